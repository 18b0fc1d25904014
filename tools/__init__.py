"""Programs of this project that `make` runs."""
