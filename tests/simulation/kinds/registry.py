"""All kinds of cases."""

from __future__ import annotations

from tests.simulation.kinds import cancelled, carts, faults, gone, orders, ordinary, replaced, unseen

KINDS = (
    *ordinary.KINDS,
    *gone.KINDS,
    *faults.KINDS,
    *cancelled.KINDS,
    *replaced.KINDS,
    *carts.KINDS,
    *orders.KINDS,
    *unseen.KINDS,
)

ON_PURPOSE = tuple(kind for kind in KINDS if kind.on_purpose)
"""In a world of only these nobody is called."""
