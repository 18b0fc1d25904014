"""How many payments the queue may hold: what two minutes of the pace can serve. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payment_refresh.rate_limit.gcra import RateReading

READS = "reads"
"""The circuit of all calls that only read; each payment type's refreshes have one of their own."""

MINUTES = 2
"""Minutes of work that the queue may hold: the next sweep, a minute later, finds it neither empty nor full."""


FAILURES_IN_A_ROW = 3
"""After so many calls of a batch without an answer, its remaining watches are released without asking."""

PAGE = 25
"""Payments one look answers for."""


MOST = 5_000
"""Messages at most, so that a sweep ends well within its minute."""


PROBE = 1
"""Messages while Commerce Layer does not answer: one is enough to find out when it does again."""


def capacity(calls_per_minute: int, reading: RateReading, *, circuit_open: bool) -> int:
    """Say how many messages may wait in the queue.

    Parameters
    ----------
    reading
        A payment costs its share of a look, and a refresh of its own as often as looks leave one to be refreshed.
    circuit_open
        Whether reads are not answered at the moment.
    """
    if circuit_open:
        return PROBE
    minutes = max(0.0, MINUTES - reading.free_in / 60)
    calls_each = 1 / PAGE + reading.unsettled_share
    return max(PROBE, min(MOST, int(calls_per_minute * minutes / calls_each)))


RUN_EVERY = 15
"""Minutes from one run to the next."""


def share(calls_per_minute: int) -> int:
    """Tell how many pages a run may list: a quarter of what the pace gives until the next run."""
    return calls_per_minute * RUN_EVERY // 4
