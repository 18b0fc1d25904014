"""Failed attempts to pay that bear a message and no code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.situations.shop_order import CHECKOUT, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life

MESSAGES = [
    ("Do not honor", CHECKOUT),
    ("Insufficient funds on the account", SATISPAY),
    ("3DS_AUTHENTICATION_REJECTED", STRIPE),
    ("pending review was denied", CHECKOUT),
]
NOT_FAILED = [("", SATISPAY), ("pending", CHECKOUT), ("received", SATISPAY), (None, STRIPE)]
FAILED = "PaymentAttemptFailed"


@pytest.mark.parametrize(("message", "kind"), MESSAGES)
def test_attempt_that_failed_with_a_message_only_is_announced_once(life: Life, message: str, kind: str) -> None:
    order = life.order(kind=kind)
    life.until("40s")
    life.authorize(order, succeeded=False, message=message)

    life.until("1d")

    assert (life.end(order), life.events) == (("watching", None), {FAILED: 1})
    assert life.needs_a_person(FAILED) is False
    assert life.detail(FAILED)["authorization_id"] == "auth-a-1"


@pytest.mark.parametrize(("message", "kind"), NOT_FAILED)
def test_attempt_whose_message_says_nothing_yet_is_not_taken_for_failed(
    life: Life, message: str | None, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until("40s")
    life.authorize(order, succeeded=False, message=message)

    life.until("1d")

    assert (life.end(order), life.events) == (("watching", None), {})


@pytest.mark.parametrize(("message", "kind"), MESSAGES)
def test_second_failed_attempt_is_known_to_the_row_and_a_third_that_succeeds_settles(
    life: Life, message: str, kind: str
) -> None:
    order = life.order(kind=kind)
    for minute in ("2m", "3h"):
        life.until(minute)
        life.authorize(order, succeeded=False, message=message)
        life.change(order)
    life.until("1d")
    failures = [detail["authorization_id"] for detail in life.world.events.details]
    life.pay(order)

    life.until("2d")

    # A kind of event is sent once a round; the row knows the newer attempt.
    assert failures == ["auth-a-1"]
    assert (life.row(order).failed_attempt, life.end(order)) == ("auth-a-2", ("settled", None))
    assert life.events == {FAILED: 1, "PaymentSettled": 1}


@pytest.mark.parametrize(("message", "kind"), MESSAGES)
def test_attempt_of_another_payment_that_failed_with_a_message_is_not_announced(
    life: Life, message: str, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until("40s")
    life.authorize(order, of=("paypal_payments", "other"), succeeded=False, message=message)

    life.until("1d")

    assert (life.end(order), life.events) == (("watching", None), {})


@pytest.mark.parametrize(("message", "kind"), MESSAGES)
def test_message_of_an_attempt_that_succeeded_is_no_failure(life: Life, message: str, kind: str) -> None:
    order = life.order(kind=kind)
    life.until("40s")
    life.authorize(order, message=message)
    life.change(order, event=False, payment_status="authorized")

    life.until("1d")

    assert (life.end(order), life.events) == (("settled", None), {"PaymentSettled": 1})
