"""Messages that a person has sent to the stack: to check payments, to redrive or acknowledge dead letters."""
