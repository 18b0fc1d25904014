"""How far discover has come: a cursor within a pass, and what the last complete pass reached. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

WHOLE_EVERY = 86400
"""Seconds after which a pass reads the whole window again."""


class Pass(StrEnum):
    """What a pass goes through. Each has a progress of its own, so that no placed order waits for many carts."""

    ORDERS = "orders"
    CARTS = "carts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Discover's row for one kind of pass; times are epoch seconds UTC.

    Attributes
    ----------
    of
        What the passes go through.
    revision
        Counts the writes; every write is conditional on it.
    first_at
        When the first pass began.
    begun_at
        When the pass under way began; None between passes.
    whole
        Whether that pass reads the whole window.
    listing, after
        Where it goes on: the listing, and the id of the last order it read there; None at a beginning.
    complete_to
        When the last complete pass began: what changed before that (but for the orders' quiet time) was seen.
    complete_at
        When it ended.
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
        """Begin a pass, or go on with the one under way."""
        if self.begun_at is not None:
            return self
        first_at = now if self.first_at is None else self.first_at
        whole = self.whole_at is None or now - self.whole_at >= WHOLE_EVERY
        return replace(self, first_at=first_at, begun_at=now, whole=whole, listing=None, after=None)

    def moved(self, listing: str, after: str | None) -> Cursor:
        """Go on behind an order of a listing; None for the listing's beginning."""
        return replace(self, listing=listing, after=after)

    def ended(self, now: int) -> Cursor:
        """End the pass: it has seen all it was to see."""
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
        """Seconds since the last complete pass ended; before that, since the first one began."""
        since = self.first_at if self.complete_at is None else self.complete_at
        return 0 if since is None else max(0, now - since)
