"""Development stack: runs the whole system on this machine, from an order event to a settled payment."""
