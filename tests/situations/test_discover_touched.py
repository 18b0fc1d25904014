"""Orders that another system touches again and again, so that they are never quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life
    from tests.situations.shop_order import ShopOrder


def touched(life: Life, order: ShopOrder, every: int, minutes: int) -> None:
    """Live on for so many minutes, in which another system touches the order every so often; nobody says so."""
    start = (life.world.clock.now - life.begun_at) // 60
    for minute in range(every, minutes + 1, every):
        life.until(f"{int(start) + minute}m", discovering=True)
        life.change(order, event=False)


@pytest.mark.parametrize(("every", "kind"), [(10, CHECKOUT), (20, SATISPAY), (29, STRIPE), (3, SATISPAY)])
def test_placed_order_that_is_never_quiet_is_found_by_the_next_pass_after_its_quiet_time(
    life: Life, every: int, kind: str
) -> None:
    order = life.order(kind=kind, event=False)

    touched(life, order, every, 70)

    assert life.row(order).found_by == "discover"
    assert life.row(order).checks
    assert life.asked(order)[0] <= 47 / 1440


@pytest.mark.parametrize(("every", "kind"), [(12, SATISPAY), (25, CHECKOUT), (29, STRIPE)])
@pytest.mark.parametrize("status", ["placed", "approved", "editing"])
def test_paid_order_that_is_never_quiet_is_settled_within_the_hour(
    life: Life, every: int, kind: str, status: str
) -> None:
    order = life.order(kind=kind, event=False, status=status)
    life.paid_at_gateway(order)

    touched(life, order, every, 75)

    assert (life.end(order), life.events) == (("settled", None), {"PaymentSettled": 1})
    assert life.ended_at(order) <= 50 / 1440


@pytest.mark.parametrize(("every", "kind"), [(15, CHECKOUT), (8, SATISPAY)])
def test_touches_of_a_watched_order_cost_no_check_of_their_own(life: Life, every: int, kind: str) -> None:
    watched, quiet = life.order("a", kind), life.order("b", kind)

    touched(life, watched, every, 360)

    assert len(life.asked(watched, "look")) <= len(life.asked(quiet, "look")) + 2


def acknowledged(life: Life, kind: str) -> ShopOrder:
    """An order whose letter a person acknowledged at 26 days."""
    life.calmly()
    order = life.order(kind=kind)
    life.until("26d")
    life.message(type=kind, id=order.key.id, acknowledge="the shopper paid by cheque")
    return order


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("every", [1, 3])
def test_acknowledged_order_that_is_still_listed_does_not_come_back_when_its_row_would_expire(
    life: Life, kind: str, every: int
) -> None:
    order = acknowledged(life, kind)

    for day in range(27, 95, every):
        life.change(order, event=False)
        life.until(f"{day}d", discovering=False)
        life.discover()
        life.check_due()

    assert life.end(order) == ("closed", "acknowledged")
    assert len(life.world.letters.contents) == 1
    assert life.row(order).round == 1


@pytest.mark.parametrize("kind", KINDS)
def test_acknowledged_order_that_nobody_lists_any_more_expires(life: Life, kind: str) -> None:
    order = acknowledged(life, kind)
    assert life.end(order) == ("closed", "acknowledged")

    life.until("100d")

    assert order.key not in life.world.table.rows
