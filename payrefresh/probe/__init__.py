"""Findings of an organization's API: what it really does, against what the code assumes of it."""
