"""The deployed stack, as a whole, on a local AWS and against the sandbox."""
