"""Orders that no event ever announced: discover finds each, and each is announced as what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.times import to_iso
from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE
from tests.support.clock import START

if TYPE_CHECKING:
    from tests.situations.life import Life
    from tests.situations.shop_order import ShopOrder

NOT_PLACED, MISMATCH, ON_CANCELLED = "OrderAuthorizedNotPlaced", "PaymentAmountMismatch", "PaymentOnCancelledOrder"


def ago(minutes: int) -> str:
    """A time before ``START``."""
    return to_iso(START - 60 * minutes)


def unseen(life: Life, kind: str, payment_status: str, *, held: int = 9900, **changes: Any) -> ShopOrder:
    """An order with money that came two hours ago, of which no event came."""
    times: dict[str, Any] = {"payment_updated_at": ago(120), "updated_at": ago(120)}
    order = life.order(kind=kind, age="3h", event=False, payment_status=payment_status, **times | changes)
    life.authorize(order, amount=held)
    return order


@pytest.mark.parametrize(
    ("status", "payment_status", "kind"),
    [("placing", "paid", CHECKOUT), ("draft", "paid", STRIPE), ("draft", "authorized", SATISPAY)],
)
@pytest.mark.parametrize("placed_at", [None, ago(150)])
def test_money_on_an_order_that_is_not_placed_is_found_and_announced_once(
    life: Life, status: str, payment_status: str, kind: str, placed_at: str | None
) -> None:
    order = unseen(life, kind, payment_status, status=status, placed_at=placed_at)

    life.until("2h", discovering=True)
    assert (life.end(order), life.alarms) == (("settled", None), [NOT_PLACED])
    life.until("3d", discovering=True)

    assert life.alarms == [NOT_PLACED]


@pytest.mark.parametrize("other", ["paypal_payments", "wire_transfers", "klarna_payments"])
@pytest.mark.parametrize(("status", "payment_status"), [("placing", "authorized"), ("draft", "paid")])
def test_money_of_a_payment_that_cannot_be_refreshed_is_announced_on_its_order(
    life: Life, other: str, status: str, payment_status: str
) -> None:
    order = unseen(life, STRIPE, payment_status, status=status)
    order.use(other, "other")
    life.show(order)

    life.until("2h", discovering=True)

    assert life.alarms == [NOT_PLACED]
    assert life.detail(NOT_PLACED)["payment"] is None
    assert life.detail(NOT_PLACED)["order"]["id"] == order.id


@pytest.mark.parametrize(("kind", "held"), [(CHECKOUT, 4000), (SATISPAY, 9000), (STRIPE, 1)])
def test_order_authorized_in_part_by_our_payment_is_found_as_a_mismatch(life: Life, kind: str, held: int) -> None:
    order = unseen(life, kind, "partially_authorized", held=held)

    life.until("2h", discovering=True)

    assert (life.end(order), life.alarms) == (("watching", None), [MISMATCH])
    assert life.row(order).found_by == "discover"
    assert life.refreshed(order) == []


@pytest.mark.parametrize(
    ("kind", "payment_status"),
    [(CHECKOUT, "partially_authorized"), (SATISPAY, "partially_paid"), (STRIPE, "partially_authorized")],
)
def test_rest_of_an_order_that_another_payment_holds_a_part_of_is_found_and_refreshed(
    life: Life, kind: str, payment_status: str
) -> None:
    order = life.order(kind=kind, age="3h", event=False, payment_status=payment_status)
    life.authorize(order, of=("external_payments", "gift"), amount=2500, transaction="txn_gift")
    life.on_refresh(order, lambda: life.pay(order, "paid", amount=7400))

    life.until("2h", discovering=True)

    assert (life.end(order), life.events) == (("settled", None), {"PaymentSettled": 1})


@pytest.mark.parametrize(
    ("payment_status", "kind"), [("paid", SATISPAY), ("authorized", CHECKOUT), ("paid", STRIPE)]
)
def test_money_that_came_after_the_cancellation_is_found_and_announced(
    life: Life, payment_status: str, kind: str
) -> None:
    order = unseen(life, kind, payment_status, status="cancelled", cancelled_at=ago(160))

    life.until("2h", discovering=True)
    assert (life.row(order).status, life.alarms) == ("closed", [ON_CANCELLED])
    life.until("2d", discovering=True)

    assert life.alarms == [ON_CANCELLED]


@pytest.mark.parametrize(("payment_status", "kind"), [("paid", CHECKOUT), ("authorized", SATISPAY)])
def test_money_that_came_before_the_cancellation_is_found_and_closed_with_a_notice(
    life: Life, payment_status: str, kind: str
) -> None:
    order = unseen(life, kind, payment_status, status="cancelled", cancelled_at=ago(100), updated_at=ago(100))

    life.until("2d", discovering=True)

    assert (life.end(order), life.alarms) == (("closed", "cancelled"), [])
    assert str(life.row(order).notice) == "kept_after_cancellation"


@pytest.mark.parametrize(
    ("status", "kind"), [("on_backorder", SATISPAY), ("approved", CHECKOUT), ("editing", STRIPE)]
)
def test_unpaid_order_that_was_placed_is_found_and_refreshed(life: Life, status: str, kind: str) -> None:
    order = life.order(kind=kind, age="2h", event=False, status="placed")
    life.paid_at_gateway(order)
    if status != "on_backorder":
        life.change(order, event=False, status=status, updated_at=ago(60))

    life.until("40m", discovering=True)

    assert (life.end(order), life.events) == (("settled", None), {"PaymentSettled": 1})
    assert life.detail("PaymentSettled")["found_by"] == "discover"


@pytest.mark.parametrize("kind", KINDS)
def test_placed_order_whose_money_is_as_it_should_be_is_not_watched(life: Life, kind: str) -> None:
    order = unseen(life, kind, "authorized")

    life.until("3h", discovering=True)

    assert order.key not in life.world.table.rows
    assert life.events == {}
