"""Payments whose own refresh always fails, while everything else is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.errors import MayNotUpdate, RequestRefused, ServerError, TimedOut
from tests.situations.life import days
from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life

BAD_GATEWAY = ServerError("PATCH answered 502", status=502)
NO_DOCUMENT = ServerError("PATCH answered 200 with no JSON document", status=200)
SLOW = TimedOut("PATCH timed out")
NOT_ALLOWED = MayNotUpdate("PATCH answered 401", status=401, code="UNAUTHORIZED")
BAD_REQUEST = RequestRefused("PATCH answered 400", status=400, code="BAD_REQUEST")
FAILURES = [
    (BAD_GATEWAY, CHECKOUT),
    (NO_DOCUMENT, STRIPE),
    (SLOW, SATISPAY),
    (NOT_ALLOWED, CHECKOUT),
    (BAD_REQUEST, SATISPAY),
]
LETTER = ["letter: refresh_failing", "PaymentStillPending"]


@pytest.mark.parametrize(("error", "kind"), FAILURES)
def test_payment_whose_refresh_always_fails_is_given_up_a_day_after_the_policys_end(
    life: Life, error: Exception, kind: str
) -> None:
    order = life.order(kind=kind, age="20d")
    life.refuse(order, error)

    life.until("4d23h")
    assert (life.end(order), life.alarms) == (("watching", None), [])
    life.until("7d")

    assert (life.end(order), life.alarms) == (("dead_lettered", "refresh_failing"), LETTER)
    assert life.detail("PaymentStillPending").get("reason") == "refresh_failing"
    assert 5 <= life.ended_at(order) < 5.1
    assert life.counts["RefreshFailing"] > 0


@pytest.mark.parametrize(("error", "kind"), FAILURES)
@pytest.mark.parametrize("broken", ["20d", "23d23h"])
def test_payment_whose_refresh_begins_to_fail_is_given_up_at_the_same_time(
    life: Life, error: Exception, kind: str, broken: str
) -> None:
    life.calmly()
    order = life.order(kind=kind)
    life.until(broken)
    life.refuse(order, error)

    life.until("27d")

    assert (life.end(order), life.alarms) == (("dead_lettered", "refresh_failing"), LETTER)
    assert 25 <= life.ended_at(order) < 25.1


@pytest.mark.parametrize(
    ("mended", "error", "kind"),
    [(mended, *failure) for mended, failure in zip(["2d", "3d12h", "1d", "3d20h", "1h"], FAILURES, strict=True)],
)
def test_refresh_that_works_again_before_the_end_settles_what_was_paid(
    life: Life, mended: str, error: Exception, kind: str
) -> None:
    order = life.order(kind=kind, age="21d")
    life.paid_at_gateway(order)
    life.refuse(order, error)
    life.until(mended)
    life.world.commerce_layer.forget("refresh")

    life.until("6d")

    assert (life.end(order), life.alarms) == (("settled", None), [])
    assert life.ended_at(order) <= days(mended) + days("31m")


@pytest.mark.parametrize(("error", "kind"), FAILURES)
def test_refresh_that_works_again_after_the_policys_end_gives_an_ordinary_letter(
    life: Life, error: Exception, kind: str
) -> None:
    life.calmly()
    order = life.order(kind=kind)
    life.until("22d")
    life.refuse(order, error)
    life.until("24d8h")
    life.world.commerce_layer.forget("refresh")

    life.until("27d")

    assert life.end(order) == ("dead_lettered", "stayed_pending")
    assert life.ended_at(order) <= days("24d13h")


@pytest.mark.parametrize(("error", "kind"), [(BAD_GATEWAY, SATISPAY), (SLOW, CHECKOUT), (NO_DOCUMENT, STRIPE)])
@pytest.mark.parametrize(("down", "up"), [("23d", "26d"), ("20d", "22d"), ("23d23h", "27d")])
def test_outage_counts_for_nothing_and_ends_no_watch(
    life: Life, error: Exception, kind: str, down: str, up: str
) -> None:
    life.calmly()
    paid, unpaid = life.order(kind=kind), life.order("b", kind)
    life.until(down)
    life.paid_at_gateway(paid)
    life.world.commerce_layer.down = error
    life.until(up)
    assert life.ends([paid, unpaid]) == {("watching", None): 2}
    assert life.counts["RefreshFailing"] == 0
    life.world.commerce_layer.down = None

    life.until("29d")

    assert life.end(paid) == ("settled", None)
    assert life.end(unpaid) == ("dead_lettered", "stayed_pending")
    assert life.ended_at(unpaid) <= max(24, days(up)) + days("1h")


@pytest.mark.parametrize(("error", "kind"), FAILURES)
def test_cart_whose_refresh_always_fails_is_not_watched_for_ever_and_calls_nobody(
    life: Life, error: Exception, kind: str
) -> None:
    order = life.cart(kind=kind, age="7d")
    life.refuse(order, error)

    life.until("5d")

    assert life.row(order).status != "watching"
    assert life.alarms == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("error", [BAD_GATEWAY, NOT_ALLOWED])
def test_debit_that_a_webhook_brings_settles_a_payment_that_cannot_be_refreshed(
    life: Life, kind: str, error: Exception
) -> None:
    life.calmly()
    order = life.order(kind=kind)
    life.until("23d12h")
    life.refuse(order, error)
    life.until("24d18h")
    life.pay(order)

    life.until("27d")

    assert (life.end(order), life.alarms) == (("settled", None), [])
