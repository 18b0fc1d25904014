"""Payments of placed orders that are deleted, or that nobody can find: missing on evidence only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.situations.life import days
from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life

MISSING = ("missing", None)
EVENT = "PaymentMissing"


@pytest.mark.parametrize(("deleted", "kind"), [("30s", CHECKOUT), ("7h", SATISPAY), ("12d", STRIPE)])
def test_placed_order_that_is_deleted_with_its_payment_is_missing_and_calls_a_person_once(
    life: Life, deleted: str, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until(deleted)
    life.delete(order)

    life.until(f"{deleted}4h")

    assert (life.end(order), life.alarms) == (MISSING, [EVENT])
    assert life.needs_a_person(EVENT) is True
    assert life.ended_at(order) >= days(deleted) + days("1h")
    assert len(life.asked(order, "retrieve", since=deleted)) <= 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("deleted", ["2m", "5d"])
def test_placed_order_that_names_no_payment_any_more_has_a_missing_one(
    life: Life, kind: str, deleted: str
) -> None:
    order = life.order(kind=kind)
    life.until(deleted)
    order.source = None
    life.change(order, event=False)
    life.delete(order, payment_only=True)

    life.until(f"{deleted}6h")

    assert (life.end(order), life.alarms) == (MISSING, [EVENT])


@pytest.mark.parametrize(("placed", "kind"), [("10m", SATISPAY), ("3h", STRIPE), ("2d", CHECKOUT)])
def test_payment_of_a_cart_that_no_event_reported_as_placed_is_missing_as_well(
    life: Life, placed: str, kind: str
) -> None:
    order = life.cart(kind=kind)
    life.until(placed)
    order.source = None
    life.change(order, event=False, status="placed", placed_at=life.now)
    life.delete(order, payment_only=True)

    life.until("12d")

    assert (life.end(order), life.alarms) == (MISSING, [EVENT])


@pytest.mark.parametrize(("deleted", "kind"), [("1m30s", SATISPAY), ("1d", STRIPE), ("3d", CHECKOUT)])
def test_order_that_still_names_its_payment_means_missing_rights_and_never_absence(
    life: Life, deleted: str, kind: str
) -> None:
    life.calmly()
    order = life.order(kind=kind, age="19d")
    life.until(deleted)
    life.delete(order, payment_only=True)

    life.until("4d20h")
    assert (life.end(order), life.alarms) == (("watching", None), [])
    assert life.counts["MayNotRead"] > 0
    life.until("8d")

    assert life.row(order).status == "dead_lettered"
    assert EVENT not in life.events


@pytest.mark.parametrize("kind", KINDS)
def test_payment_that_the_order_names_settles_once_it_can_be_read_again(life: Life, kind: str) -> None:
    order = life.order(kind=kind)
    life.until("10m")
    life.delete(order, payment_only=True)
    life.until("3d")
    life.show(order)
    life.paid_at_gateway(order)

    life.until("3d2h")

    assert (life.end(order), life.alarms) == (("settled", None), [])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("back", ["35m", "1h5m"])
def test_order_event_between_the_absences_has_the_payment_watched_on(life: Life, kind: str, back: str) -> None:
    order = life.order(kind=kind)
    life.until("10m")
    life.delete(order)
    life.until(back)
    life.change(order)

    life.until("1d")

    assert (life.end(order), life.alarms) == (("watching", None), [])


@pytest.mark.parametrize(("kind", "other"), [(CHECKOUT, SATISPAY), (SATISPAY, STRIPE), (STRIPE, CHECKOUT)])
def test_payment_of_an_unknown_order_is_not_ended_while_no_other_of_its_type_has_answered(
    life: Life, kind: str, other: str
) -> None:
    life.calmly()
    life.order("other", other)
    gone = life.order("gone", kind, event=False)
    life.delete(gone)
    life.message(type=kind, id=gone.key.id)

    life.until("23d20h")
    assert life.end(gone) == ("watching", None)
    life.until("26d")

    assert (life.row(gone).status, life.alarms_of(gone)) == ("closed", [])
    assert life.row(gone).expires_at is not None


@pytest.mark.parametrize("kind", KINDS)
def test_payment_of_an_unknown_order_ends_where_another_of_its_type_has_answered_since(
    life: Life, kind: str
) -> None:
    gone = life.order("gone", kind, event=False)
    life.delete(gone)
    life.message(type=kind, id=gone.key.id)
    life.until("30m")
    life.order("there", kind, event=False)
    life.message(type=kind, id="pay-there")

    life.until("6h")

    assert life.row(gone).status in ("missing", "closed")
    assert life.world.letters.contents == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [3, 20])
def test_deleted_payments_in_a_batch_of_their_own_are_believed_as_single_ones_are(
    life: Life, kind: str, count: int
) -> None:
    orders = [life.order(f"{number:02}", kind) for number in range(count)]
    life.until("12m")
    life.delete(*orders)

    life.until("6h")

    assert life.ends(orders) == {MISSING: count}
    assert life.events == {EVENT: count}
