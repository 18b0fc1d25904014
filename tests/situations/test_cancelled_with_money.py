"""Money on cancelled orders: after the cancellation it calls a person, before it waits for its void."""

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

ON_CANCELLED = "PaymentOnCancelledOrder"
SAFE = {"auto_capture": False, "auto_place": False}
UNSAFE: list[dict[str, bool]] = [
    {},
    {"auto_place": False},
    {"auto_capture": False},
    {"auto_capture": True, "auto_place": False},
    {"auto_capture": False, "auto_place": True},
]


def cancelled(life: Life, at: str, kind: str, **more: Any) -> ShopOrder:
    """A placed order that is cancelled at a time, unpaid, with an event."""
    life.calmly()
    order = life.order(kind=kind, **more)
    life.until(at)
    life.cancel(order)
    return order


def paid_then_cancelled(life: Life, kind: str, payment_status: str, *, event: bool) -> ShopOrder:
    """A placed order that is paid at six days, a quarter of a minute before it is cancelled."""
    life.calmly()
    order = life.order(kind=kind)
    life.until("6d")
    life.pay(order, payment_status)
    life.world.clock.advance(15)
    life.cancel(order, event=event)
    return order


@pytest.mark.parametrize(("at", "kind"), [("3h", SATISPAY), ("1d", CHECKOUT), ("20d", STRIPE)])
def test_cancelled_order_is_refreshed_at_few_ages_where_its_method_does_nothing_by_itself(
    life: Life, at: str, kind: str
) -> None:
    order = cancelled(life, at, kind, method=SAFE)

    life.until("45d")

    first = [days(at) + days(age) for age in ("1h", "1d", "7d", "14d")]
    expected = [*first[:-1], max(first[-1], 24)]
    assert occasions(life.refreshed(order, since=at)) == pytest.approx(expected, abs=days("15m"))
    assert (life.end(order), life.alarms) == (("closed", "cancelled"), [])


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize("kind", [CHECKOUT, SATISPAY])
def test_cancelled_order_is_never_refreshed_where_nobody_knows_what_that_sets_off(
    life: Life, method: dict[str, bool], kind: str
) -> None:
    order = cancelled(life, "2d", kind, method=method)

    life.until("40d")

    assert life.refreshed(order, since="2d1s") == []
    assert (life.end(order), life.alarms) == (("closed", "cancelled"), [])


@pytest.mark.parametrize("method", UNSAFE)
def test_setting_true_has_any_cancelled_order_refreshed(life: Life, method: dict[str, bool]) -> None:
    life.configure(refresh_cancelled="true")
    order = cancelled(life, "2d", CHECKOUT, method=method)

    life.until("4d")

    asked = occasions(life.refreshed(order, since="2d1s"))
    assert asked == pytest.approx([days("2d1h"), 3], abs=days("15m"))


@pytest.mark.parametrize("kind", KINDS)
def test_setting_false_has_no_cancelled_order_refreshed(life: Life, kind: str) -> None:
    life.configure(refresh_cancelled="false")
    order = cancelled(life, "2d", kind, method=SAFE)

    life.until("40d")

    assert life.refreshed(order, since="2d1s") == []
    assert life.end(order) == ("closed", "cancelled")


@pytest.mark.parametrize(
    ("at", "paid", "found", "payment_status", "kind"),
    [
        ("5h", "5h30m", "6h", "paid", CHECKOUT),
        ("3d", "6d", "10d", "authorized", SATISPAY),
        ("2d", "12d", "24d", "partially_paid", STRIPE),
    ],
)
def test_money_after_the_cancellation_that_a_refresh_finds_is_announced_once(
    life: Life, at: str, paid: str, found: str, payment_status: str, kind: str
) -> None:
    order = cancelled(life, at, kind, method=SAFE)
    life.until(paid)
    life.paid_at_gateway(order, payment_status)

    life.until("33d")

    assert (life.row(order).status, life.events) == ("closed", {ON_CANCELLED: 1})
    assert life.needs_a_person(ON_CANCELLED) is True
    assert life.ended_at(order) == pytest.approx(days(found), abs=days("15m"))


@pytest.mark.parametrize(("payment_status", "kind"), [("paid", SATISPAY), ("authorized", CHECKOUT)])
@pytest.mark.parametrize(("at", "event"), [("1d12h", True), ("2d", False), ("30d", True)])
def test_money_after_the_cancellation_that_a_webhook_brings_is_announced_once(
    life: Life, payment_status: str, kind: str, at: str, *, event: bool
) -> None:
    order = cancelled(life, "1d", kind)
    life.until(at)
    life.pay(order, payment_status, event=event)
    if event:
        life.event(order)

    life.until("33d")

    assert (life.row(order).status, life.alarms) == ("closed", [ON_CANCELLED])
    assert life.events[ON_CANCELLED] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_money_on_a_cancelled_cart_is_announced_once_and_the_cart_is_not_refreshed(life: Life, kind: str) -> None:
    order = life.cart(kind=kind)
    life.until("10m")
    life.cancel(order)
    life.until("3h")
    life.pay(order, event=True)
    life.event(order)

    life.until("2d")

    assert (life.row(order).status, life.alarms, life.refreshed(order)) == ("closed", [ON_CANCELLED], [])


@pytest.mark.parametrize(("payment_status", "kind"), [("paid", STRIPE), ("authorized", SATISPAY)])
@pytest.mark.parametrize("event", [True, False])
def test_money_before_the_cancellation_that_stays_is_closed_with_a_notice_and_calls_nobody(
    life: Life, payment_status: str, kind: str, *, event: bool
) -> None:
    order = paid_then_cancelled(life, kind, payment_status, event=event)
    life.until("6d12h")
    assert (life.end(order), life.events) == (("watching", None), {})

    life.until("8d")

    assert (life.end(order), life.alarms) == (("closed", "cancelled"), [])
    assert str(life.row(order).notice) == "kept_after_cancellation"
    assert life.events == {"PaymentClosed": 1}
    assert life.ended_at(order) == pytest.approx(7, abs=days("15m"))
    assert len(occasions(life.asked(order, since="6d15s"))) <= 3
    assert life.refreshed(order, since="6d15s") == []


@pytest.mark.parametrize(
    ("reversed_as", "kind"), [("voided", CHECKOUT), ("refunded", STRIPE), ("partially_refunded", SATISPAY)]
)
@pytest.mark.parametrize("event", [True, False])
def test_money_before_the_cancellation_that_goes_back_is_closed_as_reversed(
    life: Life, reversed_as: str, kind: str, *, event: bool
) -> None:
    order = paid_then_cancelled(life, kind, "authorized", event=event)
    life.until("6d20h")
    life.change(order, event=event, payment_status=reversed_as)

    life.until("8d")

    assert (life.end(order), life.row(order).notice, life.alarms) == (("closed", "reversed"), None, [])


@pytest.mark.parametrize("unknown", ["cancelled_at", "payment_updated_at"])
@pytest.mark.parametrize("kind", KINDS)
def test_money_that_may_have_come_after_the_cancellation_calls_a_person(
    life: Life, unknown: str, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until("2d")
    life.pay(order)
    life.world.clock.advance(15)
    life.cancel(order, event=False, **{unknown: None})

    life.until("4d")

    assert (life.row(order).status, life.alarms) == ("closed", [ON_CANCELLED])


@pytest.mark.parametrize(("payment_status", "kind"), [("paid", SATISPAY), ("authorized", CHECKOUT)])
def test_settled_order_that_is_cancelled_with_its_money_later_calls_nobody(
    life: Life, payment_status: str, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until("30s")
    life.pay(order, payment_status, event=True)
    life.until("5d")
    life.cancel(order)

    life.until("30d")

    assert (life.row(order).status, life.alarms) == ("settled", [])


@pytest.mark.parametrize(("paid", "alarms"), [("-21d", []), ("-19d", [ON_CANCELLED])])
@pytest.mark.parametrize("kind", KINDS)
def test_money_on_an_order_cancelled_long_ago_is_judged_by_its_times(
    life: Life, paid: str, alarms: list[str], kind: str
) -> None:
    times: dict[str, Any] = {
        "cancelled_at": to_iso(START + 86400 * -20),
        "payment_updated_at": to_iso(START + 86400 * days(paid)),
    }
    order = life.order(kind=kind, age="40d", event=False, status="cancelled", payment_status="paid", **times)

    life.message(type=kind, id=order.key.id)
    life.until("2d")

    assert (life.row(order).status, life.alarms) == ("closed", alarms)
    assert life.refreshed(order) == []
