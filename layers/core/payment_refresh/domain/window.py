"""The window of discover: how far back it looks. On its own, as every function reads its settings. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from payment_refresh.domain.cursor import Pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How far back discover looks, in seconds.

    Attributes
    ----------
    after
        How long an unpaid order must have been placed, or a cart unchanged, so that its own events can arrive.
    placed
        Length of the window for placed orders, and for paid ones that were not placed or were cancelled.
    carts
        Length of the window for carts; None if carts are not listed.
    """

    after: int
    placed: int
    carts: int | None

    @property
    def passes(self) -> tuple[Pass, ...]:
        """The passes of a run, in order."""
        return (Pass.ORDERS,) if self.carts is None else (Pass.ORDERS, Pass.CARTS)
