"""The cost of reading a whole table: said before a scan of a large one, which asks for `--yes`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from payrefresh.prices import PRICES

UNIT = 4096
"""Bytes of two eventually consistent reads for one read request unit."""

DOLLARS_EACH = PRICES["DynamoDB reads"].of(1)
"""Price of a read request unit of an on-demand table."""

SMALL = 10_000_000
"""Bytes up to which nothing is said: a scan of so much takes about ten seconds."""

LARGE = 1_000_000_000
"""Bytes from which on `--yes` is asked for: a scan of so much takes minutes."""


@dataclass(frozen=True, slots=True)
class ScanCost:
    """The cost of one scan of a table of so many rows and bytes."""

    rows: int
    size: int

    @property
    def units(self) -> int:
        """Read request units."""
        return math.ceil(self.size / UNIT / 2)

    @property
    def dollars(self) -> float:
        """What AWS charges for them."""
        return self.units * DOLLARS_EACH

    @property
    def is_worth_a_word(self) -> bool:
        """Whether to say it before."""
        return self.size > SMALL

    @property
    def needs_consent(self) -> bool:
        """Whether to ask before."""
        return self.size >= LARGE

    def __str__(self) -> str:
        return (
            f"this reads the whole table: about {self.rows:,} rows, {self.units:,} read units, "
            f"${self.dollars:.2f}{' at most' if self.dollars < 0.005 else ''}"
        )
