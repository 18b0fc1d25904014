"""Findings about what waits for a person: dead letters, reported payments, failed runs. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.digest_mail import money
from payment_refresh.domain.vocabulary import DueClass
from payment_refresh.metrics import Metric
from payrefresh.overview.findings import Finding, note
from payrefresh.overview.moments import moment
from payrefresh.overview.numbers import HOUR
from payrefresh.ports import DueCount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payment_refresh.domain.stuck import Sums
    from payrefresh.overview.snapshot import Snapshot


def waiting(seen: Snapshot) -> tuple[int, int]:
    """How many payments are dead-lettered, and how many reported.

    Where there are too many to be read, as the digest counted them last.
    """
    if seen.stuck is not None:
        return seen.stuck.dead_lettered.count, seen.stuck.reported.count
    rows = seen.due.get(DueClass.STUCK, DueCount()).due
    newest = seen.recent.newest(Metric.DEAD_LETTERED_WAITING, 2 * HOUR)
    dead_lettered = rows if newest is None else min(rows, round(newest.value))
    return dead_lettered, rows - dead_lettered


def wait_for_a_person(seen: Snapshot) -> Iterator[Finding]:
    """What somebody has to deal with."""
    dead_lettered, reported = waiting(seen)
    letters = seen.dead_letters.waiting + seen.dead_letters.in_flight
    if dead_lettered:
        sums = "" if seen.stuck is None else _in_words(seen.stuck.dead_lettered)
        yield Finding(
            name="DeadLettersAlarm",
            what=f"{_counted(dead_lettered, 'payment')} of placed orders stayed pending to the end, and "
            f"{'waits' if dead_lettered == 1 else 'wait'} for a person{sums}.",
            to_do="`payrefresh list --status dead_lettered` names them, `payrefresh show ID` says what to do.",
        )
    elif letters:
        yield Finding(
            name="DeadLettersAlarm",
            what=f"{_counted(letters, 'message')} in the dead-letter queue, and no payment is dead-lettered: "
            "its payment has settled since, or it is no message of ours.",
            to_do="`payrefresh redrive` says what becomes of each.",
        )
    failed = seen.failed_runs.waiting + seen.failed_runs.in_flight
    if failed:
        yield Finding(
            name="AsyncFailuresAlarm",
            what=f"{_counted(failed, 'scheduled run')} or order events from a bus failed at each attempt.",
            to_do="Read the queue AsyncFailuresQueue and the function's log, fix the cause, then purge the queue.",
        )
    if reported:
        sums = "" if seen.stuck is None else _in_words(seen.stuck.reported)
        yield note(
            "reported",
            f"{_counted(reported, 'payment')} stayed pending to the end, and nothing is done about "
            f"{'it' if reported == 1 else 'them'} unasked{sums}.",
            "`payrefresh list --status reported` names them.",
        )


def _in_words(sums: Sums) -> str:
    """Totals by currency, and the oldest one."""
    totals = " + ".join(money(cents, currency) for currency, cents in sums.by_currency.items())
    oldest = sums.oldest
    parts = [totals] if totals else []
    if oldest is not None and sums.count > 1:
        name = f"order {oldest.order_number}" if oldest.order_number else str(oldest.key)
        parts.append(f"the oldest is {name}, pending since {moment(oldest.since)}")
    return f" ({'; '.join(parts)})" if parts else ""


def _counted(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"
