"""What each function does, in terms of the domain and of the ports."""
