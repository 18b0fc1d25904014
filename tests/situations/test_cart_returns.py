"""Carts that their shoppers return to: a cart's age counts from its last change that is not our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.situations.life import days
from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life

ABANDONED = ("abandoned", None)
LOADS = [0.0, 0.4, 0.9]


@pytest.mark.parametrize(("returned", "found", "kind"), [("30h", "31h", CHECKOUT), ("9d", "9d1h", SATISPAY)])
@pytest.mark.parametrize("load", [0.0, 0.4])
def test_cart_that_an_event_says_has_changed_is_refreshed_as_if_it_had_just_begun(
    life: Life, returned: str, found: str, kind: str, load: float
) -> None:
    life.busy(load)
    order = life.cart(kind=kind)
    life.until(returned)
    life.change(order, total_amount_with_taxes_cents=10_900)
    life.world.clock.advance(600)
    life.paid_at_gateway(order, places=True)

    life.until(found)

    assert (life.end(order), life.events) == (("settled", None), {"PaymentSettled": 1})


@pytest.mark.parametrize(("returned", "kind"), [("26h", SATISPAY), ("5d", STRIPE), ("9d20h", CHECKOUT)])
@pytest.mark.parametrize("load", LOADS)
def test_cart_that_changed_unseen_lives_on_from_its_change_and_its_money_is_found(
    life: Life, returned: str, kind: str, load: float
) -> None:
    life.busy(load)
    order = life.cart(kind=kind)
    life.until(returned)
    life.change(order, event=False)
    life.world.clock.advance(1200)
    life.paid_at_gateway(order, places=True)

    life.until("21d")

    assert life.end(order) == ("settled", None)
    assert life.ended_at(order) <= days(returned) + 10.1


@pytest.mark.parametrize(("changed", "kind"), [("20h", CHECKOUT), ("6d", STRIPE), ("9d", SATISPAY)])
@pytest.mark.parametrize("event", [True, False])
def test_unpaid_cart_is_abandoned_ten_days_after_its_last_change(
    life: Life, changed: str, kind: str, *, event: bool
) -> None:
    order = life.cart(kind=kind)
    life.until(changed)
    life.change(order, event=event)

    life.until("25d")

    assert (life.end(order), life.alarms) == (ABANDONED, [])
    assert life.ended_at(order) == pytest.approx(days(changed) + 10, abs=0.1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("load", LOADS)
def test_change_that_our_own_refresh_makes_does_not_make_a_cart_young(life: Life, kind: str, load: float) -> None:
    life.busy(load)
    order = life.cart(kind=kind)
    life.world.commerce_layer.on_refresh(order.key, lambda: life.change(order, event=False))

    life.until("25d")

    assert (life.end(order), life.events) == (ABANDONED, {"PaymentAbandoned": 1})
    assert life.ended_at(order) == pytest.approx(10, abs=0.1)
    assert life.row(order).round == 1


@pytest.mark.parametrize(("every", "kind"), [(3, SATISPAY), (7, CHECKOUT), (1, STRIPE)])
@pytest.mark.parametrize("event", [True, False])
def test_cart_that_changes_again_and_again_ends_thirty_days_after_it_was_created(
    life: Life, every: int, kind: str, *, event: bool
) -> None:
    order = life.cart(kind=kind)
    for day in range(every, 30, every):
        life.until(f"{day}d")
        life.change(order, event=event)

    life.until("32d")

    assert (life.end(order), life.alarms) == (ABANDONED, [])
    assert life.ended_at(order) == pytest.approx(30, abs=0.2)


@pytest.mark.parametrize("kind", KINDS)
def test_cart_older_than_thirty_days_that_changes_is_not_asked_about_for_days_again(life: Life, kind: str) -> None:
    order = life.cart(kind=kind)
    life.until("33d")
    life.change(order)

    life.until("45d")

    assert (life.end(order), life.alarms) == (ABANDONED, [])
    assert len(life.asked(order, since="33d")) <= 4


@pytest.mark.parametrize(("changed", "kind"), [("11d", CHECKOUT), ("16d", STRIPE), ("27d", SATISPAY)])
@pytest.mark.parametrize("by_discover", [False, True])
def test_abandoned_cart_that_changed_since_is_watched_again_and_its_money_found(
    life: Life, changed: str, kind: str, *, by_discover: bool
) -> None:
    order = life.cart(kind=kind)
    life.until(changed)
    assert life.end(order) == ABANDONED
    life.change(order, event=not by_discover)
    life.paid_at_gateway(order, places=True)

    life.until(f"{changed}2h", discovering=by_discover)

    assert (life.end(order), life.alarms) == (("settled", None), [])
    assert life.row(order).round == 2


@pytest.mark.parametrize("kind", KINDS)
def test_abandoned_cart_that_only_our_refresh_touched_is_left_alone_by_discover(life: Life, kind: str) -> None:
    order = life.cart(kind=kind)
    life.world.commerce_layer.on_refresh(order.key, lambda: life.change(order, event=False))

    life.until("14d", discovering=True)

    assert (life.end(order), life.row(order).round) == (ABANDONED, 1)
    assert life.ended_at(order) == pytest.approx(10, abs=0.1)
