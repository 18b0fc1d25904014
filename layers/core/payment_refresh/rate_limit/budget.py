"""The call budget: how many messages the queue may hold, and how many pages discover may list. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payment_refresh.rate_limit.gcra import RateReading

READS = "reads"
"""Circuit of all read calls; the refreshes of each payment type have a circuit of their own."""

MINUTES = 2
"""Minutes of work that the queue may hold: the next sweep, a minute later, finds it neither empty nor full."""


FAILURES_IN_A_ROW = 3
"""After so many calls of a batch without an answer, its remaining watches are released without asking."""

PAGE = 25
"""Payments covered by one look."""


MOST = 5_000
"""Upper bound in messages, so that a sweep ends well within its minute."""


PROBE = 1
"""Messages while the circuit of reads is open: one is enough to probe whether Commerce Layer has recovered."""


def capacity(calls_per_minute: int, reading: RateReading, *, circuit_open: bool) -> int:
    """How many messages may wait in the queue.

    Parameters
    ----------
    reading
        State of the rate limiter. A payment costs its share of a look, plus a refresh in the share of cases where
        a look leaves it unsettled.
    circuit_open
        Whether the circuit of reads is open.
    """
    if circuit_open:
        return PROBE
    minutes = max(0.0, MINUTES - reading.free_in / 60)
    calls_each = 1 / PAGE + reading.unsettled_share
    return max(PROBE, min(MOST, int(calls_per_minute * minutes / calls_each)))


RUN_EVERY = 15
"""Minutes from one run of discover to the next."""


def share(calls_per_minute: int) -> int:
    """How many pages a run of discover may list: a quarter of the calls allowed until the next run."""
    return calls_per_minute * RUN_EVERY // 4
