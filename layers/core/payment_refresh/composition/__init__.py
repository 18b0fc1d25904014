"""The composition roots: which adapters and settings each function gets."""
