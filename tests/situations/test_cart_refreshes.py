"""Refreshes of carts: only they find a lost webhook, and how many there are goes by the load."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.situations.life import days, occasions
from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life

FEW = days("15m")
VOUCHERS: list[tuple[dict[str, Any], str]] = [
    ({"auto_place": True, "auto_capture": True}, CHECKOUT),
    ({"auto_place": True, "auto_capture": False}, SATISPAY),
    ({"auto_place": True}, STRIPE),
]
OTHERS: list[tuple[dict[str, Any], str]] = [
    ({}, SATISPAY),
    ({"auto_place": False}, CHECKOUT),
    ({"auto_place": None, "auto_capture": True}, STRIPE),
]
LATE = "OrderPlacedLate"


@pytest.mark.parametrize(("load", "kind"), [(0.0, CHECKOUT), (0.12, SATISPAY), (0.24, STRIPE)])
def test_cart_is_refreshed_half_an_hour_apart_on_its_first_day_while_little_is_used(
    life: Life, load: float, kind: str
) -> None:
    life.busy(load)
    order = life.cart(kind=kind)

    life.until("12d")

    first_day = [at for at in occasions(life.refreshed(order)) if at < days("1d30m")]
    assert first_day[0] == pytest.approx(days("45m"), abs=FEW / 5)
    assert all(days("29m") <= after - before <= days("31m") for before, after in pairwise(first_day[:-1]))
    assert 44 <= len(first_day) <= 50
    assert occasions(life.refreshed(order, since="1d31m")) == pytest.approx([10], abs=FEW)


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        (0.25, ["45m", "1d", "10d"]),
        (0.49, ["45m", "1d", "10d"]),
        (0.5, ["1d", "10d"]),
        (0.8, ["1d", "10d"]),
        (1.0, ["1d", "10d"]),
    ],
)
@pytest.mark.parametrize("kind", [CHECKOUT, SATISPAY])
def test_cart_is_refreshed_at_few_ages_while_more_is_used(
    life: Life, load: float, expected: list[str], kind: str
) -> None:
    life.busy(load)
    order = life.cart(kind=kind)

    life.until("12d")

    assert occasions(life.refreshed(order)) == pytest.approx([days(age) for age in expected], abs=FEW)
    assert life.end(order) == ("abandoned", None)


@pytest.mark.parametrize(("paid", "kind"), [("70m", SATISPAY), ("6h10m", CHECKOUT), ("22h", STRIPE)])
@pytest.mark.parametrize("load", [0.0, 0.2])
def test_money_that_comes_on_the_first_day_with_its_webhook_lost_is_found_within_half_an_hour(
    life: Life, paid: str, kind: str, load: float
) -> None:
    life.busy(load)
    order = life.cart(kind=kind)
    life.until(paid)
    life.paid_at_gateway(order, places=True)

    life.until(f"{paid}32m")

    assert (life.end(order), life.events) == (("settled", None), {"PaymentSettled": 1})
    assert life.row(order).settled_by == "refresh"


@pytest.mark.parametrize(("method", "kind"), VOUCHERS)
@pytest.mark.parametrize(("paid", "load"), [("8d", 0.9), ("23d", 0.0)])
def test_voucher_of_a_method_that_places_by_itself_is_found_at_the_policys_end(
    life: Life, method: dict[str, Any], kind: str, paid: str, load: float
) -> None:
    life.busy(load)
    order = life.cart(kind=kind, method=method)
    life.until(paid)
    life.paid_at_gateway(order, "paid", places=True)

    life.until("26d")

    assert (life.end(order), life.alarms) == (("settled", None), [LATE])
    assert life.ended_at(order) <= 24.1


@pytest.mark.parametrize(("method", "kind"), VOUCHERS)
def test_voucher_that_lapses_is_abandoned_at_the_policys_end_calling_nobody(
    life: Life, method: dict[str, Any], kind: str
) -> None:
    order = life.cart(kind=kind, method=method)

    life.until("26d")

    assert (life.end(order), life.events) == (("abandoned", None), {"PaymentAbandoned": 1})
    assert life.ended_at(order) == pytest.approx(24, abs=0.1)
    assert len(occasions(life.refreshed(order, since="2d"))) <= 2


@pytest.mark.parametrize(("method", "kind"), OTHERS)
@pytest.mark.parametrize(("paid", "load"), [("3d", 0.0), ("9d20h", 0.9)])
def test_voucher_of_another_method_is_found_at_ten_days(
    life: Life, method: dict[str, Any], kind: str, paid: str, load: float
) -> None:
    life.busy(load)
    order = life.cart(kind=kind, method=method)
    life.until(paid)
    life.paid_at_gateway(order, "paid", places=True)

    life.until("12d")

    assert life.end(order) == ("settled", None)
    assert life.ended_at(order) == pytest.approx(10, abs=0.1)
    assert life.events == {"PaymentSettled": 1, LATE: 1}
    assert life.needs_a_person(LATE) is True


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at", ["3d", "9d"])
def test_placement_that_a_webhook_brings_late_is_no_news(life: Life, kind: str, at: str) -> None:
    order = life.cart(kind=kind)
    life.until(at)
    life.pay(order, status="placed", placed_at=life.now, event=True)

    life.until("12d")

    assert (life.row(order).status, life.alarms) == ("settled", [])
    assert LATE not in life.events


@pytest.mark.parametrize("kind", KINDS)
def test_placement_soon_after_the_shopper_returned_is_not_late(life: Life, kind: str) -> None:
    order = life.cart(kind=kind)
    life.until("6d")
    life.change(order)
    life.until("6d10m")
    life.paid_at_gateway(order, places=True)

    life.until("6d2h")

    assert (life.end(order), life.events) == (("settled", None), {"PaymentSettled": 1})


@pytest.mark.parametrize(("paid", "kind"), [("4d", CHECKOUT), ("3h", SATISPAY), ("9d", STRIPE)])
def test_late_money_that_places_nothing_is_announced_as_not_placed(life: Life, paid: str, kind: str) -> None:
    order = life.cart(kind=kind)
    life.until(paid)
    life.paid_at_gateway(order)

    life.until("12d")

    assert (life.end(order), life.alarms) == (("settled", None), ["OrderAuthorizedNotPlaced"])
