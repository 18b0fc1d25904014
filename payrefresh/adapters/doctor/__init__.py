"""Adapters of the examination, and its wiring for a stack."""
