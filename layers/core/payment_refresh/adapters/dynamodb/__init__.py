"""What is kept in the state table."""
