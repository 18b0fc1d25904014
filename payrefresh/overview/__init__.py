"""A stack at a glance, its watches in a list, and the history of one of them in words."""
