"""The ledger: what each order costs, and what each of its payments holds, whatever happened to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.integration.sandbox.driver import Driver


def line(driver: Driver, order: dict[str, str]) -> dict[str, Any]:
    """The order's line of the ledger."""
    lines: list[dict[str, Any]] = driver.client.get("/_sandbox/orders").json()["orders"]
    return next(each for each in lines if each["order_id"] == order["order_id"])


def test_unpaid_order_has_its_cost_its_source_and_nothing_held(driver: Driver) -> None:
    order = driver.order(amount_cents=1999)

    shown = line(driver, order)

    assert (shown["amount_cents"], shown["currency_code"], shown["held_cents"]) == (1999, "EUR", {})
    assert shown["source"] == {"type": order["payment_type"], "id": order["payment_id"]}
    assert (shown["status"], shown["payment_status"], shown["has_method"]) == ("placed", "unpaid", True)


@pytest.mark.parametrize(
    ("actions", "held"),
    [
        (["deliver"], 4200),
        (["deliver", "capture"], 4200),
        (["deliver", "void"], 0),
        (["deliver", "capture", "refund"], 0),
        (["deliver", "cancel"], 0),
    ],
    ids=["authorized", "captured", "voided", "refunded", "cancelled"],
)
def test_payment_holds_what_was_authorized_less_what_was_given_back(
    actions: list[str], held: int, driver: Driver
) -> None:
    order = driver.order(intent="authorized")
    for action in actions:
        driver.act(order, action)

    assert line(driver, order)["held_cents"] == {order["payment_id"]: held}


def test_partial_refund_leaves_the_rest_of_the_money_held(driver: Driver) -> None:
    order = driver.order(intent="authorized")
    for action, wanted in {"deliver": {}, "capture": {}, "refund": {"amount_cents": 1200}}.items():
        driver.act(order, action, **wanted)

    assert line(driver, order)["held_cents"] == {order["payment_id"]: 3000}


def test_second_charge_stands_beside_the_first_by_its_own_payment(driver: Driver) -> None:
    first = driver.order()
    second = driver.act(first, "replace_payment")
    for action in ("authorize", "deliver"):
        driver.act(second, action)
    driver.act(second, "charge_again", payment_id=first["payment_id"])

    assert line(driver, first)["held_cents"] == {first["payment_id"]: 4200, second["payment_id"]: 4200}


def test_deleted_order_is_not_in_the_ledger_any_more(driver: Driver) -> None:
    driver.act(driver.order(), "delete_order")

    assert driver.client.get("/_sandbox/orders").json() == {"orders": []}
