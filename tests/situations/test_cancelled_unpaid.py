"""Placed orders and carts that the merchant cancels before they are paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.times import to_iso
from tests.situations.life import days, occasions
from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE
from tests.support.clock import START

if TYPE_CHECKING:
    from tests.situations.life import Life
    from tests.situations.shop_order import ShopOrder

QUARTER = days("15m")
CLOSED = ("closed", "cancelled")
SAFE = {"auto_capture": False, "auto_place": False}


def ages_after(cancelled: str) -> list[float]:
    """When an order that was placed at ``START`` is asked about after its cancellation, in days."""
    first = [days(cancelled) + days(age) for age in ("1h", "1d", "7d", "14d")]
    return [*first[:-1], max(first[-1], 24)]


def old_cancelled(life: Life, kind: str, **more: Any) -> ShopOrder:
    """An order that was placed 50 days ago and cancelled 30 days ago, unpaid, of which nothing was heard."""
    cancelled_at = to_iso(START - 30 * 86400)
    changes = {"status": "cancelled", "cancelled_at": cancelled_at, "updated_at": cancelled_at}
    return life.order(kind=kind, age="50d", event=False, **changes | more)


@pytest.mark.parametrize(
    ("cancelled", "kind"), [("40m", STRIPE), ("2d", CHECKOUT), ("13d", SATISPAY), ("23d20h", CHECKOUT)]
)
def test_placed_order_that_an_event_says_is_cancelled_is_asked_at_few_ages_and_closed_quietly(
    life: Life, cancelled: str, kind: str
) -> None:
    life.calmly()
    order = life.order(kind=kind)
    life.until(cancelled)
    life.cancel(order)

    life.until("45d")

    assert (life.end(order), life.events, life.alarms) == (CLOSED, {"PaymentClosed": 1}, [])
    detail = life.detail("PaymentClosed")
    assert (detail.get("reason"), detail.get("needs_a_person")) == ("cancelled", False)
    expected = ages_after(cancelled)
    asked = occasions(life.asked(order, since=cancelled))
    assert asked[-4:] == pytest.approx(expected, abs=QUARTER)
    assert len(asked) <= 5
    assert expected[-1] <= life.ended_at(order) < expected[-1] + days("1h")


@pytest.mark.parametrize(("cancelled", "kind"), [("3h", SATISPAY), ("9d12h", STRIPE), ("18d", CHECKOUT)])
def test_placed_order_that_only_a_look_shows_cancelled_is_asked_at_few_ages_and_closed_quietly(
    life: Life, cancelled: str, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until(cancelled)
    life.cancel(order, event=False)

    life.until("45d")

    assert (life.end(order), life.events, life.alarms) == (CLOSED, {"PaymentClosed": 1}, [])
    expected = ages_after(cancelled)
    asked = occasions(life.asked(order, since=cancelled))
    assert asked[-4:] == pytest.approx(expected, abs=QUARTER)
    assert asked[0] <= days(cancelled) + days("31m")
    assert life.ended_at(order) == pytest.approx(expected[-1], abs=days("1h"))


@pytest.mark.parametrize(
    ("count", "age", "cancelled", "kinds"),
    [(45, 20, "6h", KINDS), (7, 6, "1d", KINDS[1:]), (110, 22, "1h", KINDS)],
)
def test_many_old_orders_cancelled_at_once_give_no_letter_and_few_looks(
    life: Life, count: int, age: int, cancelled: str, kinds: tuple[str, ...]
) -> None:
    orders = [
        life.order(f"{number:03}", kinds[number % len(kinds)], age=f"{age - number % 3}d")
        for number in range(count)
    ]
    life.until(cancelled)
    for order in orders:
        life.cancel(order)

    life.until("25d")

    assert (life.ends(orders), life.alarms) == ({CLOSED: count}, [])
    assert life.events == {"PaymentClosed": count}
    assert max(len(life.asked(order, since=cancelled)) for order in orders) <= 8


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["message", "order message", "event"])
def test_order_first_seen_when_its_ages_have_passed_is_asked_now_and_once_more_and_then_closed(
    life: Life, kind: str, how: str
) -> None:
    order = old_cancelled(life, kind)
    if how == "event":
        life.event(order)
    else:
        life.message(**({"type": kind, "id": order.key.id} if how == "message" else {"order_id": order.id}))
    life.until("30s")
    assert life.end(order) == ("watching", None)

    life.until("2h")

    assert (life.end(order), life.events, life.alarms) == (CLOSED, {"PaymentClosed": 1}, [])
    looked = [at for at in life.asked(order, "look", "retrieve") if at < days("2h")]
    assert looked[0] <= days("2m")
    assert days("1m") <= looked[-1] - looked[0] < days("30m")
    assert len(looked) <= 4
    assert life.refreshed(order) == []


@pytest.mark.parametrize("kind", KINDS)
def test_order_first_seen_late_is_refreshed_now_where_its_payment_method_does_nothing_by_itself(
    life: Life, kind: str
) -> None:
    order = old_cancelled(life, kind, method=SAFE)

    life.message(type=kind, id=order.key.id)
    assert life.refreshed(order) == [0]
    assert life.end(order) == ("watching", None)
    life.until("2h")

    assert (life.end(order), life.alarms) == (CLOSED, [])


@pytest.mark.parametrize(("cancelled", "redriven", "kind"), [("25d", "50d", SATISPAY), ("30d", "46d", CHECKOUT)])
def test_dead_letter_redriven_long_after_the_cancellation_is_asked_twice_and_closed(
    life: Life, cancelled: str, redriven: str, kind: str
) -> None:
    life.calmly()
    order = life.order(kind=kind)
    life.until(cancelled)
    (letter,) = life.world.letters.contents
    life.cancel(order, event=False)
    life.until(redriven)

    life.message(**letter)
    assert (life.row(order).status, life.row(order).round) == ("watching", 2)
    life.until("51d")

    assert life.end(order) == CLOSED
    assert life.events == {"PaymentStillPending": 1, "PaymentClosed": 1}
    assert len(life.world.letters.contents) == 1
    assert 2 <= len(life.asked(order, since=redriven)) <= 4


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("event", [True, False])
def test_cart_that_is_cancelled_is_closed_as_soon_as_that_is_seen(life: Life, kind: str, *, event: bool) -> None:
    order = life.cart(kind=kind)
    life.until("20m")
    life.cancel(order, event=event)

    life.until("1h")

    assert (life.end(order), life.alarms) == (CLOSED, [])
    assert life.events == ({} if event else {"PaymentClosed": 1})
    assert life.refreshed(order) == []


@pytest.mark.parametrize(
    ("payment_status", "kind"), [("voided", SATISPAY), ("partially_voided", CHECKOUT), ("refunded", STRIPE)]
)
def test_cancelled_order_whose_money_went_back_is_closed_as_reversed(
    life: Life, payment_status: str, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until("4h")
    life.cancel(order, event=False, payment_status=payment_status)

    life.until("6h")

    assert (life.end(order), life.alarms) == (("closed", "reversed"), [])
    assert life.detail("PaymentClosed").get("reason") == "reversed"


@pytest.mark.parametrize(("again", "kind"), [("approved", CHECKOUT), ("placed", SATISPAY), ("editing", STRIPE)])
@pytest.mark.parametrize("event", [True, False])
def test_cancellation_that_is_taken_back_has_the_payment_watched_and_refreshed_again(
    life: Life, again: str, kind: str, *, event: bool
) -> None:
    order = life.order(kind=kind)
    life.until("1d")
    life.cancel(order)
    life.until("1d3h")
    life.change(order, event=event, status=again, cancelled_at=None)
    life.until("4d")
    life.paid_at_gateway(order)

    life.until("5d")

    assert (life.end(order), life.events) == (("settled", None), {"PaymentSettled": 1})
    assert life.detail("PaymentSettled")["settled_by"] == "refresh"
