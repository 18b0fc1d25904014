"""Reconciles: finds stuck orders for which no event arrived."""
