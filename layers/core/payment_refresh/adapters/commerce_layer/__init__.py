"""Commerce Layer's API over HTTP."""
