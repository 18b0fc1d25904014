"""Discover's cursor: its position within a pass, and how far the last complete pass reached. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

WHOLE_EVERY = 86400
"""Seconds between passes over the whole window."""


class Pass(StrEnum):
    """A kind of pass. Each has its own cursor, so that placed orders do not wait for the many carts."""

    ORDERS = "orders"
    CARTS = "carts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Discover's row for one kind of pass; times are epoch seconds UTC.

    Attributes
    ----------
    of
        The kind of pass.
    revision
        Incremented by every write; every write is conditional on it.
    first_at
        When the first pass began.
    begun_at
        When the pass in progress began; None between passes.
    whole
        Whether that pass covers the whole window.
    listing, after
        Where to resume: the listing, and the id of the last order read in it; None at the beginning.
    complete_to
        When the last complete pass began: changes before that (less the quiet time of orders) have been seen.
    complete_at
        When that pass ended.
    whole_at
        When the last complete pass over the whole window began.
    """

    of: Pass
    revision: int = 0
    first_at: int | None = None
    begun_at: int | None = None
    whole: bool = False
    listing: str | None = None
    after: str | None = None
    complete_to: int | None = None
    complete_at: int | None = None
    whole_at: int | None = None

    def begun(self, now: int) -> Cursor:
        """Begin a pass, or resume the one in progress."""
        if self.begun_at is not None:
            return self
        first_at = now if self.first_at is None else self.first_at
        whole = self.whole_at is None or now - self.whole_at >= WHOLE_EVERY
        return replace(self, first_at=first_at, begun_at=now, whole=whole, listing=None, after=None)

    def moved(self, listing: str, after: str | None) -> Cursor:
        """Move to the position after an order of a listing; None for the listing's beginning."""
        return replace(self, listing=listing, after=after)

    def ended(self, now: int) -> Cursor:
        """Complete the pass."""
        return replace(
            self,
            begun_at=None,
            listing=None,
            after=None,
            complete_to=self.begun_at,
            complete_at=now,
            whole_at=self.begun_at if self.whole else self.whole_at,
        )

    def age(self, now: int) -> int:
        """Seconds since the last complete pass ended; if there is none, since the first pass began."""
        since = self.first_at if self.complete_at is None else self.complete_at
        return 0 if since is None else max(0, now - since)
