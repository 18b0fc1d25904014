"""The deployed stack while what it stands on fails: `make chaos`."""
