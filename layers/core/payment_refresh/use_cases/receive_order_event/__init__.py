"""Takes order events that arrive as signed webhooks."""
