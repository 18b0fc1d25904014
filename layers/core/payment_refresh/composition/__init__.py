"""The composition roots, one a function: its settings, and which adapters its use case gets."""
