"""Attribution of a settlement to our refresh or to the gateway's webhook, whenever the capture follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.times import to_iso
from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE
from tests.support.clock import START

if TYPE_CHECKING:
    from tests.situations.life import Life
    from tests.situations.shop_order import ShopOrder


def until_next_check(life: Life, order: ShopOrder) -> None:
    """Live until just before the order's next check, which the caller makes."""
    due_at = life.row(order).due_at
    assert due_at is not None
    life.world.clock.now = due_at


@pytest.mark.parametrize(
    ("age", "captured", "kind"), [("20m", 40, CHECKOUT), ("30m", 70, SATISPAY), ("38m", 110, STRIPE)]
)
def test_capture_that_follows_our_refresh_within_two_minutes_does_not_hide_it(
    life: Life, age: str, captured: int, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until(age)
    until_next_check(life, order)
    life.world.commerce_layer.lagging = True
    life.paid_at_gateway(order)
    life.check_due()
    assert life.end(order) == ("watching", None)
    refreshed_at = life.world.now
    due_at = life.row(order).due_at or 0
    life.world.clock.now = min(refreshed_at + captured, due_at - 1)
    life.change(order, event=False, payment_status="paid")
    life.world.clock.now = due_at
    assert due_at - refreshed_at <= 120

    life.check_due()

    assert (life.end(order), life.row(order).settled_by) == (("settled", None), "refresh")
    assert life.detail("PaymentSettled")["settled_by"] == "refresh"


@pytest.mark.parametrize(("moved", "kind"), [(90, CHECKOUT), (-600, SATISPAY), (None, STRIPE), (7, SATISPAY)])
def test_answer_to_our_refresh_that_shows_money_counts_for_it_whatever_time_it_bears(
    life: Life, moved: int | None, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until("20m")
    until_next_check(life, order)
    moved_at = None if moved is None else to_iso(life.world.now + moved)

    def show() -> None:
        life.authorize(order)
        life.change(order, event=False, payment_status="paid", payment_updated_at=moved_at)

    life.on_refresh(order, show)
    life.check_due()

    assert (life.end(order), life.row(order).settled_by) == (("settled", None), "refresh")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("minutes_before", [0.1, 2.0])
def test_event_recorded_before_our_refresh_was_sent_counts_for_the_webhook(
    life: Life, kind: str, minutes_before: float
) -> None:
    order = life.order(kind=kind)
    life.until("20m")
    until_next_check(life, order)
    life.world.sweep()
    unpaid = order.shown()
    life.pay(order, event=True)
    paid = order.shown()
    life.world.commerce_layer.put(unpaid)
    life.world.clock.advance(minutes_before * 60)
    life.world.commerce_layer.on_refresh(order.key, lambda: life.world.commerce_layer.put(paid))

    life.check_due()

    assert (life.end(order), life.row(order).settled_by) == (("settled", None), "webhook")


@pytest.mark.parametrize("kind", KINDS)
def test_event_that_our_own_refresh_sets_off_counts_for_the_refresh(life: Life, kind: str) -> None:
    order = life.order(kind=kind)
    life.until("20m")
    until_next_check(life, order)

    def echo() -> None:
        life.world.clock.advance(1)
        life.pay(order, event=True)

    life.on_refresh(order, echo)
    life.check_due()
    life.until("40m")

    assert (life.end(order), life.row(order).settled_by) == (("settled", None), "refresh")


@pytest.mark.parametrize(
    ("age", "paid", "kind"), [("3h", 300, CHECKOUT), ("9h", 1200, SATISPAY), ("1h", 130, STRIPE)]
)
def test_money_that_comes_long_after_our_refresh_counts_for_the_webhook(
    life: Life, age: str, paid: int, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until(age)
    until_next_check(life, order)
    life.check_due()
    life.world.clock.advance(paid)
    life.pay(order)

    life.until("10h")

    assert (life.end(order), life.row(order).settled_by) == (("settled", None), "webhook")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seconds", [5, 55])
def test_money_before_any_refresh_counts_for_the_webhook(life: Life, kind: str, seconds: int) -> None:
    order = life.order(kind=kind)
    life.world.clock.now = START + seconds
    life.pay(order, "paid")

    life.until("5m")

    assert (life.end(order), life.row(order).settled_by) == (("settled", None), "webhook")
    assert life.refreshed(order) == []
