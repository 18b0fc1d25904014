"""Payment Refresh: watches pending Commerce Layer payments and refreshes them until they settle."""
