"""Chaos tests of the deployed stack, `make chaos`: everything around it fails."""
