"""Rules of every row by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.vocabulary import STUCK, OutboxItem, Status
from tests.simulation.weather import CANARY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payment_refresh.domain.watch import Watch

CALLS = {OutboxItem.DEAD_LETTER, OutboxItem.STILL_PENDING}


def broken_by_row(row: Watch) -> Iterator[str]:
    """Name the rules that a row breaks by itself."""
    if row.is_open and row.due_at is None:
        yield "1: a watch that is never due"
    if row.outbox and row.due_at is None:
        yield "4: an outbox is not empty, and never due"
    is_stuck = row.status in STUCK
    if row.is_done and (row.due_at is not None) is not is_stuck:
        yield "1: a watch has ended with an empty outbox, and is still due, or is stuck and not counted"
    if (row.status is Status.DEAD_LETTERED) is not (row.expires_at is None and not row.is_open):
        yield "1: the row of a dead letter would expire, or another one that has ended never does"
    if row.status is Status.REPORTED and CALLS & row.outbox:
        yield "7: what is only reported has a dead letter"
    if CANARY in f"{row.last_error}{row.checks[-1:]}":
        yield "5: a secret is on a row"
