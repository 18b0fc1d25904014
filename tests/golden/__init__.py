"""Recorded behaviour that a change of names or structure must replay, fact by fact."""
