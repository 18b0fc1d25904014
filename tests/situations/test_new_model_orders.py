"""Orders of the new payments model: no watch, no dead letter and no settlement by guesswork."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.metrics import Metric
from tests.situations.shop_order import BUS, SESSIONS, WEBHOOK

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch
    from tests.situations.life import Life
    from tests.situations.shop_order import ShopOrder

PARTS = ("unpaid", "partially_authorized", "partially_paid", "refunded")
"""Payment statuses in which the order's money does not cover it."""


def new_model(life: Life, status: str = "placed", payment_status: str = "unpaid") -> ShopOrder:
    """Let an order with a payment session appear, of which no event tells yet."""
    made: dict[str, Any] = {"status": status, "payment_status": payment_status}
    order = life.cart(event=False, **made) if status == "pending" else life.order(event=False, **made)
    order.source, order.sessions = None, ("session-a",)
    life.delete(order, payment_only=True)
    life.show(order)
    return order


def row(life: Life, order: ShopOrder) -> Watch | None:
    """The order's own row."""
    return life.world.table.rows.get(PaymentKey("orders", order.id))


def logged(life: Life) -> list[object]:
    """The orders that the log names as of the new model."""
    return [each.extra["order_id"] for each in life.world.log.entries if each.message == "new_model_order"]


@pytest.mark.parametrize("payment_status", PARTS)
@pytest.mark.parametrize(
    ("status", "relations"),
    [("placed", (*WEBHOOK, SESSIONS)), ("placed", WEBHOOK), ("pending", (SESSIONS,)), ("approved", (SESSIONS,))],
)
def test_event_that_shows_the_new_model_leads_to_no_watch(
    life: Life, payment_status: str, status: str, relations: tuple[str, ...]
) -> None:
    order = new_model(life, status, payment_status)

    life.event(order, relations)

    assert (life.world.table.rows, life.alarms) == ({}, [])


@pytest.mark.parametrize("payment_status", PARTS)
@pytest.mark.parametrize("relations", [BUS, ()])
def test_watch_that_an_event_began_without_knowing_the_model_is_closed_quietly_by_its_first_look(
    life: Life, payment_status: str, relations: tuple[str, ...]
) -> None:
    order = new_model(life, payment_status=payment_status)
    life.event(order, relations)

    life.until("26d")

    watch = row(life, order)
    assert watch is None or (watch.status, watch.reason) == ("closed", None)
    assert (life.alarms, life.events, life.refreshed(order)) == ([], {}, [])
    if payment_status != "refunded":
        assert len(life.asked(order)) == 1
        assert (life.counts[Metric.NEW_MODEL_ORDERS], logged(life)) == (1, [order.id])


@pytest.mark.parametrize("is_claimed", [False, True])
def test_watch_of_a_cart_without_payment_is_closed_quietly_once_it_has_a_session(
    life: Life, *, is_claimed: bool
) -> None:
    order = new_model(life, "pending")
    life.event(order)
    if is_claimed:
        life.world.clock.now += 3600
        life.world.sweep()
    life.event(order, (*WEBHOOK, SESSIONS))
    life.change(order, status="placed", placed_at=life.now)

    life.until("26d")

    watch = row(life, order)
    assert watch is None or watch.status == "closed"
    assert (life.alarms, life.events) == ([], {})


@pytest.mark.parametrize("payment_status", ["authorized", "paid"])
def test_order_that_is_covered_and_not_placed_is_announced_and_so_is_its_placement(
    life: Life, payment_status: str
) -> None:
    order = new_model(life, "pending", payment_status)
    life.event(order, (*WEBHOOK, SESSIONS))
    life.until("1h")
    assert life.alarms == ["OrderAuthorizedNotPlaced"]

    life.change(order, status="placed", placed_at=life.now)
    life.until("1d")

    assert life.events == {"OrderAuthorizedNotPlaced": 1, "OrderPlacedAfterAll": 1}


@pytest.mark.parametrize("status", ["draft", "pending", "placing"])
def test_listed_order_with_part_of_its_money_is_counted_and_not_watched(life: Life, status: str) -> None:
    order = new_model(life, status, "partially_paid")
    life.until("1h")

    report = life.world.discover()

    assert report.counts[Metric.NEW_MODEL_ORDERS] == len(logged(life)) == 1
    assert (life.world.table.rows, logged(life)) == ({}, [order.id])


def test_order_asked_for_manually_is_looked_at_once_and_closed(life: Life) -> None:
    order = new_model(life)

    life.message(order_id=order.id)
    life.until("2d")

    watch = row(life, order)
    assert watch is not None
    assert (watch.status, life.alarms, len(life.asked(order))) == ("closed", [], 1)
    assert life.counts[Metric.NEW_MODEL_ORDERS] == 1


@pytest.mark.parametrize("payment_status", ["unpaid", "authorized", "partially_paid"])
@pytest.mark.parametrize("is_cart", [False, True])
def test_payment_whose_order_turns_out_to_be_of_the_new_model_is_closed_as_replaced(
    life: Life, payment_status: str, *, is_cart: bool
) -> None:
    order = life.cart() if is_cart else life.order()
    order.source, order.sessions = None, ("session-a",)
    life.change(order, event=False, status="placed", placed_at=life.now, payment_status=payment_status)

    life.until("26d")

    assert (life.end(order), life.alarms) == (("closed", "replaced"), [])
    assert life.events == {"PaymentClosed": 1}
    assert life.counts[Metric.NEW_MODEL_ORDERS] >= 1
    assert len(life.refreshed(order)) <= 2
