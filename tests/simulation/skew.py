"""By how much clocks differ in a simulated world, and how old an answer may be."""

from __future__ import annotations

SKEW = 4.0
"""Seconds by which two clocks may differ: each is at most two wrong."""

ON_THE_WAY = 15.0
"""Seconds that an answer may be old when it is there: it may have been behind, and have come slowly."""

EXACT = 0.15
"""Skew up to which it is certain who moved an order."""
