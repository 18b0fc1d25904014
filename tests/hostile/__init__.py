"""Fuzz tests of everything that comes from outside."""
