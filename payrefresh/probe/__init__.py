"""What an organization's API really does, against what the code assumes of it."""
