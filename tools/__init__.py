"""What `make` runs besides the programs of others."""
