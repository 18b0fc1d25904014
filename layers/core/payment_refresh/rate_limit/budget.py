"""The API budget: every share, limit and wait that calls to Commerce Layer are held to, each with its reason.

How slots are given out within the budget is `payment_refresh.rate_limit.gcra`; here is who gets how many, how many
calls go at once, how long anything waits, and when to stop calling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payment_refresh.rate_limit.gcra import RateReading

# Calls per minute, by API mode (`payment_refresh.domain.deployment.ApiMode`).

API_LIMIT = {"live": 200, "test": 100}
"""Calls a minute that Commerce Layer answers for one egress IP; the next gets a 429."""

MOST_CALLS = {mode: limit * 9 // 10 for mode, limit in API_LIMIT.items()}
"""At most 90 % of the limit: what is left covers clocks that differ, and late slots (`gcra`)."""

DEFAULT_CALLS = {mode: limit // 2 for mode, limit in API_LIMIT.items()}
"""Half of the limit: others may call from the same IP."""

LEAST_CALLS = 10
"""With fewer calls a minute, environments would wait for each other's slots in vain."""

# How much runs at once.

ENVIRONMENTS = 4
"""Environments of ``refresh``, as the template's ``MaximumConcurrency`` says; reasons in ``docs/adr/0012``."""

THREADS = 4
"""Threads of an environment.

Four environments that call three times a second between them can let an answer take five seconds; more threads
would only wait.
"""

PAGE_SIZE = 25
"""Records a page, the most the API gives: so one look answers for as many payments."""

# How much waits in the queue.

QUEUED_MINUTES = 2
"""Minutes of work that the queue may hold: the next sweep, a minute later, finds it neither empty nor full."""

HELD_SECONDS = 75
"""Seconds of it that placed orders may hold while a sweep stays to top the queue up.

The less, the sooner a first check is made that falls due meanwhile; it lasts until the next sweep all the same,
also where the one that stays dies.
"""

MOST_QUEUED = 5_000
"""Messages at most, so that a sweep ends well within its minute."""

PROBE = 1
"""Messages while the circuit of reads is open: one is enough to probe whether Commerce Layer has recovered."""


def capacity(calls_per_minute: int, reading: RateReading, *, circuit_open: bool) -> int:
    """Say how many messages may wait in the queue: what two minutes of the budget can serve.

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
    minutes = max(0.0, QUEUED_MINUTES - reading.free_in / 60)
    calls_each = 1 / PAGE_SIZE + reading.unsettled_share
    return max(PROBE, min(MOST_QUEUED, int(calls_per_minute * minutes / calls_each)))


# Who gets which share.

RUN_EVERY = 15
"""Minutes from one run of discover to the next, as the template's schedule says."""

DISCOVER_SHARE = 1 / 4
"""What discover may take of the budget: it finds what events missed, which must not delay what they reported."""

CARTS_SHARE = 1 / 2
"""What carts may take of discover's pages: they are many, and a shopper waits for each placed order."""

CARTS_QUARTER, CARTS_HALF = 0.25, 0.5
"""Utilisation from which on carts are not refreshed between their first two ages, and not at the first of them.

There are many of them, and they would crowd out placed orders. At the later ages they are refreshed at any load.
"""

CONFIRM_SHARE = 1 / 20
"""What single calls may take that confirm that a payment is gone: a clean-up can delete thousands at once."""


CONFIRM_CALLS = 2
"""Calls that confirm that one payment is gone: for the payment, then for its order."""


def confirms(calls_per_minute: int) -> int:
    """Say how many absences a sweep may have confirmed: their share of a minute's budget, but at least one."""
    return max(1, int(calls_per_minute * CONFIRM_SHARE / CONFIRM_CALLS))


def share(calls_per_minute: int) -> int:
    """Say how many pages a run of discover may list: its share of what the budget gives until the next run."""
    return int(calls_per_minute * RUN_EVERY * DISCOVER_SHARE)


def carts_share(pages: int) -> int:
    """Say how many of a run's pages carts may take."""
    return int(pages * CARTS_SHARE)


# How long anything waits.

LONGEST_WAIT = 20.0
"""Seconds a thread waits for its turn and for a slot to book; beyond that, callers release their work."""

RESERVE_MS = 75_000
"""Milliseconds of an invocation within which no call starts.

They are for the longest call (25 s until its slot; a slow one, its repeat and a new token between them: 40 s) and
for writing what came of it.
"""

# When to stop calling.

READS = "reads"
"""The circuit of lists; refreshes and single reads have none: one payment's trouble is not another's."""

CIRCUIT_FAILURES = 3
"""Lists in a row without an answer that open a circuit, for all environments."""

CIRCUIT_PROBE_EVERY = 30
"""Seconds after which an open circuit lets one call through."""
