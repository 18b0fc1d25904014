"""`payrefresh`: runs the whole stack on this machine, from an order event to a settled payment."""
