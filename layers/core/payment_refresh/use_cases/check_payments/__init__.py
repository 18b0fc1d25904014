"""Handles a batch of queue messages: look, refresh what is pending, write and relay the results."""
