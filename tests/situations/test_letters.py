"""Orders that a person was called for: the all-clear, and rows that stay until somebody acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life
    from tests.situations.shop_order import ShopOrder

NOT_PLACED, AFTER_ALL = "OrderAuthorizedNotPlaced", "OrderPlacedAfterAll"
CLOSED = "PaymentClosed"


def place(life: Life, order: ShopOrder, *, event: bool = True) -> None:
    """Let the order be placed, with the money it holds."""
    life.change(order, event=event, status="placed", placed_at=life.now)


def paid_cart(life: Life, kind: str, payment_status: str) -> ShopOrder:
    """A cart that was paid, as an event says, and is not placed."""
    order = life.cart(kind=kind)
    life.until("10m")
    life.pay(order, payment_status, event=True)
    return order


@pytest.mark.parametrize(
    ("placed", "payment_status", "kind"),
    [("45m", "paid", SATISPAY), ("6d", "authorized", CHECKOUT), ("20d", "paid", STRIPE)],
)
def test_order_placed_after_it_was_announced_as_not_placed_has_an_all_clear_once(
    life: Life, placed: str, payment_status: str, kind: str
) -> None:
    order = paid_cart(life, kind, payment_status)
    life.until(placed)
    assert life.alarms == [NOT_PLACED]
    place(life, order)
    life.event(order)
    life.until("22d")
    life.change(order)

    life.until("23d")

    assert (life.end(order), life.events) == (("settled", None), {NOT_PLACED: 1, AFTER_ALL: 1})
    assert life.needs_a_person(AFTER_ALL) is False


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("event", [True, False])
def test_order_placed_before_it_is_announced_has_no_all_clear(life: Life, kind: str, *, event: bool) -> None:
    order = paid_cart(life, kind, "authorized")
    life.until("18m")
    place(life, order, event=event)

    life.until("3d")

    assert (life.end(order), life.alarms) == (("settled", None), [])
    assert AFTER_ALL not in life.events


@pytest.mark.parametrize("kind", ["paypal_payments", "klarna_payments", "wire_transfers"])
def test_order_of_a_payment_that_cannot_be_refreshed_has_its_all_clear_too(life: Life, kind: str) -> None:
    order = life.cart(event=False, age="2h")
    order.use(kind, "other")
    life.pay(order, "authorized")
    life.message(order_id=order.id)
    life.until("1h")
    assert life.alarms == [NOT_PLACED]
    place(life, order)
    life.event(order)

    life.until("2h")

    assert life.events == {NOT_PLACED: 1, AFTER_ALL: 1}


def lettered(life: Life, kind: str) -> ShopOrder:
    """An order that was given up, whose letter was sent."""
    life.calmly()
    order = life.order(kind=kind)
    life.until("25d")
    assert life.row(order).status == "dead_lettered"
    return order


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("later", ["61d", "120d", "400d"])
def test_row_of_a_dead_letter_does_not_expire_and_its_letter_can_be_redriven(
    life: Life, kind: str, later: str
) -> None:
    order = lettered(life, kind)
    life.until(later)
    (letter,) = life.world.letters.contents
    assert life.row(order).status == "dead_lettered"
    life.paid_at_gateway(order)

    life.message(**letter)

    assert (life.end(order), life.row(order).round) == (("settled", None), 2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("later", "note"), [("26d", "paid in cash"), ("90d", "Storniert, siehe Ticket 4711")])
def test_dead_letter_that_a_person_acknowledges_is_closed_and_expires(
    life: Life, kind: str, later: str, note: str
) -> None:
    order = lettered(life, kind)
    life.until(later)

    life.message(type=kind, id=order.key.id, acknowledge=note)

    assert life.end(order) == ("closed", "acknowledged")
    assert (life.detail(CLOSED).get("reason"), life.needs_a_person(CLOSED)) == ("acknowledged", False)
    assert life.row(order).expires_at is not None
    assert life.asked(order, since="25d1s") == []
    life.until("130d")
    assert order.key not in life.world.table.rows


@pytest.mark.parametrize("kind", KINDS)
def test_letter_of_what_was_acknowledged_cannot_be_redriven_any_more(life: Life, kind: str) -> None:
    order = lettered(life, kind)
    (letter,) = life.world.letters.contents
    life.message(type=kind, id=order.key.id, acknowledge="done")

    life.message(**letter)

    assert (life.end(order), life.row(order).round) == (("closed", "acknowledged"), 1)


@pytest.mark.parametrize("kind", KINDS)
def test_acknowledgement_of_what_is_still_watched_changes_nothing(life: Life, kind: str) -> None:
    order = life.order(kind=kind)
    life.until("10m")

    life.message(type=kind, id=order.key.id, acknowledge="too early")

    assert (life.end(order), life.events) == (("watching", None), {})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("event", [True, False])
def test_dead_letter_that_is_paid_after_all_is_settled_and_sends_an_all_clear(
    life: Life, kind: str, *, event: bool
) -> None:
    order = lettered(life, kind)
    life.until("50d")
    life.pay(order, "paid", event=event)
    if not event:
        life.message(type=kind, id=order.key.id)

    life.until("51d")

    assert life.end(order) == ("settled", None)
    assert life.events == {"PaymentStillPending": 1, "PaymentSettled": 1}
    assert life.row(order).expires_at is not None
