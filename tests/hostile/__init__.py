"""What comes from outside, as bad as it can be."""
