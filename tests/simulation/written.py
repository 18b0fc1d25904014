"""The rare situations that a write to the table shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.adapters.commerce_layer.responses import RECORD_NOT_FOUND
from payment_refresh.domain.vocabulary import Evidence, FoundBy, Notice, OutboxItem, Reason, Status, WatchClass
from payment_refresh.domain.watch import NOT_FOUND
from tests.simulation.probe import Probe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payment_refresh.domain.watch import Watch
    from tests.simulation.environment import Environment

LATER_ROUND = 3
"""The first round that the letter of a later round than the first can begin."""

OF_REASON: Mapping[Reason, Probe] = {
    Reason.CANNOT_PROCESS: Probe.SUSPECT_DEAD_LETTERED,
    Reason.REFRESH_FAILING: Probe.REFRESH_FAILING,
    Reason.REPLACED: Probe.REPLACED,
}
"""What the reason of an end says outright."""

OF_OUTBOX: Mapping[OutboxItem, Probe] = {
    OutboxItem.PLACED_LATE: Probe.PLACED_LATE,
    OutboxItem.PLACED_AFTER_ALL: Probe.PLACED_AFTER_ALL,
}
"""What an outcome event says outright."""


def reached_by_write(environment: Environment, old: Watch | None, new: Watch) -> Iterator[Probe]:
    """Name the probes that a write to the table reaches."""
    if new.found_by is FoundBy.REDRIVE and new.round >= LATER_ROUND and (old is None or old.round < new.round):
        yield Probe.LATER_REDRIVE
    if old is None:
        return
    for item in sorted(new.outbox - old.outbox):
        if item in OF_OUTBOX:
            yield OF_OUTBOX[item]
    if not old.is_open:
        return
    if new.isolated_attempts > old.isolated_attempts:
        yield Probe.SUSPECT_ISOLATED
    if old.absent_twice and (_is_checked(old, new) or new.last_error != old.last_error):
        yield from _of_confirmation(environment, old, new)
    if new.is_open:
        yield from _of_watching(environment, old, new)
    else:
        yield from _of_end(new)


def _of_confirmation(environment: Environment, old: Watch, new: Watch) -> Iterator[Probe]:
    if new.status is Status.MISSING:
        yield Probe.ABSENCE_CONFIRMED
    if new.reason is Reason.DELETED and new.order_id is not None:
        yield Probe.CART_ABSENCE_CONFIRMED
    is_over = environment.kernel.now >= environment.rules.policy.ends_at(old)
    if not new.is_open and new.order_id is None and not is_over:
        yield Probe.WITNESS
    if new.is_open and old.event_during_lease:
        yield Probe.ABSENCE_REFUTED
    elif new.is_open and (new.checks[-1].verdict == NOT_FOUND if _is_checked(old, new) else _is_refused(new)):
        yield Probe.ABSENCE_CONTRADICTED


def _of_watching(environment: Environment, old: Watch, new: Watch) -> Iterator[Probe]:
    is_cart = old.watch_class is new.watch_class is WatchClass.CART
    if is_cart and new.started_at > old.started_at and new.order_id == old.order_id:
        yield Probe.CART_RESTARTED
    if old.claim is not None and new.claim is None:
        if environment.name.startswith("sweep"):
            yield Probe.RELEASED
        elif environment.doings.out_of_time and _is_untried(old, new):
            yield Probe.SNOOZED_FOR_TIME


def _of_end(new: Watch) -> Iterator[Probe]:
    if new.reason is not None and new.reason in OF_REASON:
        yield OF_REASON[new.reason]
    if new.reason is Reason.CANCELLED and new.notice is None and new.watch_class is WatchClass.PLACED:
        yield Probe.CANCELLED
    if new.notice is Notice.KEPT_AFTER_CANCELLATION:
        yield Probe.KEPT
    if new.notice is Notice.SUPERSEDED and new.evidence is Evidence.MONEY:
        yield Probe.SUPERSEDED
    if new.status is Status.REPORTED:
        yield Probe.REPORTED


def _is_refused(new: Watch) -> bool:
    """Say whether the payment's own record was not found, and its order contradicts that."""
    return RECORD_NOT_FOUND in (new.last_error or "")


def _is_checked(old: Watch, new: Watch) -> bool:
    return new.checks[-1:] != old.checks[-1:]


def _is_untried(old: Watch, new: Watch) -> bool:
    return new.checks == old.checks and new.consecutive_failures == old.consecutive_failures
