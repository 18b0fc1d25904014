"""Use case: once a day, say what waits for a person; and in between, count it."""
