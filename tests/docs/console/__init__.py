"""Runs the blocks of the documentation that are marked `console`, and compares what they print with the pages."""
