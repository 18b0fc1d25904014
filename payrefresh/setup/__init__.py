"""Connects a shop: step by step from credentials to webhooks that arrive, and the way back."""
