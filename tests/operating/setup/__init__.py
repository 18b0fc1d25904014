"""Tests of `payrefresh setup` and `teardown`."""
