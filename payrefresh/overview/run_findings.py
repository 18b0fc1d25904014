"""Findings about the scheduled functions: the sweep, refresh behind it, discover and the digest. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.vocabulary import DueClass
from payment_refresh.metrics import Metric
from payrefresh.overview.findings import Finding, note
from payrefresh.overview.moments import ago, moment, span
from payrefresh.overview.numbers import HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payrefresh.overview.snapshot import Snapshot

FRESH = 15 * MINUTE
"""Seconds after its first deployment within which a stack need not have swept."""

SILENCE = 10 * MINUTE
"""Seconds without a sweep, which runs each minute, after which it has stopped."""

OVERDUE = 15 * MINUTE
"""Seconds by which a placed order may be overdue, as `OverdueAlarm` has it."""

RECEIVED_WITHIN = 20 * MINUTE
"""Seconds within which a message is received for certain; normally it takes one."""

DISCOVER_SILENCE, DISCOVER_OVERDUE = HOUR, 3 * HOUR
"""Seconds without a run of discover, and without a complete pass, as `DiscoverAgeAlarm` has it."""

DIGEST_OVERDUE = 49 * HOUR
"""Seconds without a daily digest; where its hour is changed, two may be nearly two days apart."""


def check_runs(seen: Snapshot) -> Iterator[Finding]:
    """Whether the sweep, refresh, discover and the digest do their work."""
    sweeps = last_sweep(seen)
    if sweeps is None or seen.now - sweeps > SILENCE:
        if seen.age < FRESH:
            yield note("OverdueAlarm", "The stack was just deployed; its first sweep comes within minutes.")
        else:
            last = (
                "No sweep has reported" if sweeps is None else f"The last sweep reported {ago(sweeps, seen.now)}"
            )
            yield Finding(
                name="OverdueAlarm",
                what=f"{last}: nothing is checked.",
                to_do="See `payrefresh doctor` for the schedule of the function sweep, then its log.",
            )
    else:
        yield from _overdue(seen)
    yield from _discover(seen)
    yield from _digest(seen)


def last_sweep(seen: Snapshot) -> float | None:
    """When the last sweep reported, to the minute (epoch seconds UTC)."""
    newest = seen.recent.newest(Metric.OBSERVING, seen.now)
    return None if newest is None else min(seen.now, newest.at + MINUTE)


def _overdue(seen: Snapshot) -> Iterator[Finding]:
    oldest = [seen.due[each].oldest_at for each in (DueClass.FIRST, DueClass.PLACED) if each in seen.due]
    waited = max((seen.now - at for at in oldest if at is not None), default=0)
    received = seen.recent.total(Metric.MESSAGES, RECEIVED_WITHIN)
    claimed = seen.recent.total(Metric.CLAIMED, RECEIVED_WITHIN) - seen.recent.total(Metric.CLAIMED, 5 * MINUTE)
    if seen.pending.waiting and claimed and not received:
        yield Finding(
            name="QueueAgeAlarm",
            what=f"{seen.pending.waiting} payments wait in the queue, and none has been received for 20 minutes.",
            to_do="Check that the queue's trigger of the function refresh is enabled, then its log for throttles.",
        )
    elif waited > OVERDUE:
        why, to_do = _why_overdue(seen)
        yield Finding(
            name="OverdueAlarm",
            what=f"A placed order's payment has been due for {span(waited)}: {why}.",
            to_do=to_do,
        )


def _why_overdue(seen: Snapshot) -> tuple[str, str]:
    if seen.reads_are_paused:
        return "Commerce Layer does not answer, so calls are paused", "See Commerce Layer's status page."
    if utilisation(seen) > 0.9:
        return (
            "more is to be checked than CallsPerMinute allows",
            "Raise CallsPerMinute, if you may.",
        )
    return "sweeps run and do not get to it", "Read the logs of the functions sweep and refresh."


def utilisation(seen: Snapshot) -> float:
    """The used share of the call budget."""
    return 0.0 if seen.rate is None else seen.rate.utilisation_at(int(seen.now * 1000))


def _discover(seen: Snapshot) -> Iterator[Finding]:
    newest = seen.recent.newest(Metric.DISCOVER_AGE_SECONDS, seen.now)
    if newest is None or seen.now - newest.at > DISCOVER_SILENCE + 15 * MINUTE:
        if seen.age > DISCOVER_SILENCE:
            ever = "never run" if seen.orders.first_at is None else "not run for more than an hour"
            yield _discover_stopped(f"Discover has {ever}")
    elif seen.orders.age(int(seen.now)) > DISCOVER_OVERDUE:
        yield Finding(
            name="DiscoverAgeAlarm",
            what=f"Discover runs, but has not completed a pass for {span(seen.orders.age(int(seen.now)))}.",
            to_do="CallsPerMinute may be too small for what it lists; see its log.",
        )


def _discover_stopped(what: str) -> Finding:
    return Finding(
        name="DiscoverAgeAlarm",
        what=f"{what}: an order whose event was lost is not found.",
        to_do="See `payrefresh doctor` for the schedule of the function discover, then its log.",
    )


def _digest(seen: Snapshot) -> Iterator[Finding]:
    last = seen.digest.at
    # A stack of an earlier release may have had no digest until its last deployment.
    if seen.now - (last or max(seen.stack.created_at, seen.stack.updated_at)) > DIGEST_OVERDUE:
        yield Finding(
            name="digest",
            what="No daily digest was ever made."
            if last is None
            else f"The last daily digest was made {ago(last, seen.now)}.",
            to_do="Check that the schedule of the function digest is enabled, then its log.",
        )
    elif last is not None and seen.digest.is_unfinished and seen.now - last > 6 * HOUR:
        yield Finding(
            name="digest",
            what=f"The daily digest of {moment(last)} could not be sent.",
            to_do="The log of the function digest says why: mostly the event bus, or the alarms' topic.",
        )
