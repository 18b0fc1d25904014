"""The examination of a stack and its organization: one table of checks, each with a remedy."""
