"""The use cases: the work of each function, in terms of the domain and of the ports."""
