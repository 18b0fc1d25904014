"""Tests of `payrefresh audit`, on sandboxes and without any AWS."""
