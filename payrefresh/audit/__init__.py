"""The audit of an organization: what stands stuck in it right now, before anything is deployed."""
