"""Simulation of the whole system on a virtual clock, for weeks, while everything around it fails; by seed."""
