"""Planted bugs in what messy shops need: each is a mistake that such a system is easily built with."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from payment_refresh.adapters.commerce_layer import responses
from payment_refresh.domain import (
    endings,
    giving_up,
    intake,
    places,
    policy,
    rounds,
    second_payment,
    transitions,
    verdict,
)
from payment_refresh.domain.check_results import Failed, Gone
from payment_refresh.domain.vocabulary import OutboxItem, Status
from payment_refresh.use_cases import dispatch_due
from payment_refresh.use_cases.check_payments import batch, checker, refresher, single_reads

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.ports import Circuits


def believe_a_404_without_its_code(patch: pytest.MonkeyPatch) -> None:
    """A page of the edge's speaks of a record."""
    patch.setattr(responses, "RECORD_NOT_FOUND", None)


def count_a_failure_of_what_was_not_asked(patch: pytest.MonkeyPatch) -> None:
    """What nobody asked about, since the batch had stopped, backs off like what failed."""
    patch.setattr(refresher, "Snoozed", lambda **_: Failed(reason="not asked"))


@dataclass(frozen=True, slots=True)
class _BehindACircuit:
    """Commerce Layer, whose refreshes are behind one circuit for each payment type."""

    inner: Any
    circuits: Circuits

    def refresh(self, key: PaymentKey, on_sent: Callable[[], None]) -> Order | None:
        order: Order | None = self.circuits.call(key.type, partial(self.inner.refresh, key, on_sent))
        return order

    def __getattr__(self, name: str) -> Any:
        """Give what Commerce Layer itself has."""
        return getattr(self.inner, name)


def stop_a_whole_payment_type(patch: pytest.MonkeyPatch) -> None:
    """Refreshes of a payment type have one circuit, which a few of them open for all."""
    make = batch._Batch._make_checker

    def shared(self: Any, *args: Any) -> Any:
        made = make(self, *args)
        api = _BehindACircuit(self.parts.commerce_layer, self.parts.circuits)
        return replace(made, refresher=replace(made.refresher, commerce_layer=api))

    patch.setattr(batch._Batch, "_make_checker", shared)


def judge_placed_by_the_status_alone(patch: pytest.MonkeyPatch) -> None:
    """An order whose status nobody knows is a cart, whenever it was placed."""
    for module in (verdict, rounds):
        patch.setattr(module, "is_placed", lambda order: order.status in verdict.PLACED)


def take_a_record_for_money(patch: pytest.MonkeyPatch) -> None:
    """An authorization is money held, also one that was voided, or that another record means too."""
    find = second_payment.find_second_payment

    def credulous(order: Order, payment: PaymentKey) -> Any:
        records = tuple(replace(each, transaction_id=each.id) for each in order.authorizations)
        return find(replace(order, authorizations=records, reversals=()), payment)

    patch.setattr(verdict, "find_second_payment", credulous)


def make_a_cart_young_by_our_refresh(patch: pytest.MonkeyPatch) -> None:
    """A cart that our own refresh touched begins its life anew."""
    for module in (rounds, intake):
        patch.setattr(module, "is_own_change", lambda *_: False)


def drop_money_at_a_tie(patch: pytest.MonkeyPatch) -> None:
    """Of two states with the same time, the one that was seen first counts, whatever the other one has."""
    is_stale = endings.is_stale

    def hasty(order: Any, watch: Any) -> bool:
        is_tied = order.id == watch.order_id and order.updated_at == watch.order_updated_at
        is_news = is_tied and watch.unplaced_since is None and verdict.judge(order, watch.key).has_money
        return is_news or is_stale(order, watch)

    for module in (endings, transitions, intake, checker):
        patch.setattr(module, "is_stale", hasty)


def send_a_letter_for_what_is_reported(patch: pytest.MonkeyPatch) -> None:
    """What is only observed is dead-lettered besides."""
    end_stuck = giving_up.end_stuck

    def loud(*args: Any, **kwargs: Any) -> Any:
        watch = end_stuck(*args, **kwargs)
        letter = {OutboxItem.DEAD_LETTER} if watch.status is Status.REPORTED else set()
        return replace(watch, outbox=watch.outbox | letter)

    patch.setattr(giving_up, "end_stuck", loud)


def refresh_what_is_cancelled_and_captures(patch: pytest.MonkeyPatch) -> None:
    """A cancelled order's payment is refreshed whatever its method does by itself."""
    never = policy.RefreshCancelled.FALSE
    patch.setattr(
        policy.Policy, "_may_refresh_cancelled", lambda self, _watch: self.refresh_cancelled is not never
    )


def believe_an_absence_without_the_orders_word(patch: pytest.MonkeyPatch) -> None:
    """Whoever is not found is gone, also where the order names it."""
    patch.setattr(single_reads.SingleReads, "_confirm", lambda *_: Gone(is_confirmed=True))


def check_the_backlog_first(patch: pytest.MonkeyPatch) -> None:
    """Placed orders that were never checked wait behind those that were."""

    def fair(waiting: Any, free: Any) -> Any:
        line = replace(waiting, newest=(), placed=(*waiting.placed, *reversed(waiting.newest)))
        return places.choose(line, replace(free, spared=0))

    patch.setattr(dispatch_due, "choose", fair)


MESSY = (
    believe_a_404_without_its_code,
    count_a_failure_of_what_was_not_asked,
    stop_a_whole_payment_type,
    judge_placed_by_the_status_alone,
    take_a_record_for_money,
    make_a_cart_young_by_our_refresh,
    drop_money_at_a_tie,
    send_a_letter_for_what_is_reported,
    refresh_what_is_cancelled_and_captures,
    believe_an_absence_without_the_orders_word,
    check_the_backlog_first,
)
