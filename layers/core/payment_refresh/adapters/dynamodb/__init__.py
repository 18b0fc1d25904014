"""Adapters that store rows in the state table."""
