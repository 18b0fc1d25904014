"""The report: what the stack brought, what it found for a person, and what it cost."""
