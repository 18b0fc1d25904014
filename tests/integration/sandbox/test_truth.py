"""Who may be said to have settled a payment: both only where nobody outside can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.sandbox.driver import Clock, Driver

BOTH = ["refresh", "webhook"]


def settled_by(driver: Driver) -> list[str]:
    [row] = driver.truth()
    assert row["expect"]["status"] == ["settled"]
    names: list[str] = row["expect"]["settled_by"]
    return names


@pytest.mark.parametrize(("pause", "expected"), [(0.2, BOTH), (0.3, ["webhook"])])
def test_a_webhook_shortly_before_a_refresh(
    driver: Driver, clock: Clock, pause: float, expected: list[str]
) -> None:
    order = driver.order()
    clock.now += 1
    driver.act(order, "authorize")
    driver.act(order, "deliver")
    clock.now += pause
    driver.refresh(order)
    assert settled_by(driver) == expected


@pytest.mark.parametrize(("pause", "expected"), [(0.4, BOTH), (0.6, ["webhook"])])
def test_a_webhook_shortly_after_a_refresh(
    driver: Driver, clock: Clock, pause: float, expected: list[str]
) -> None:
    order = driver.order()
    clock.now += 1
    driver.refresh(order)
    clock.now += pause
    driver.act(order, "authorize")
    driver.act(order, "deliver")
    assert settled_by(driver) == expected


def test_a_refresh_that_moved_it_is_a_refresh(driver: Driver) -> None:
    order = driver.order(intent="authorized")
    driver.refresh(order)
    driver.act(order, "deliver")
    assert settled_by(driver) == ["refresh"]


def test_what_has_not_moved_yet(driver: Driver) -> None:
    driver.order(intent="authorized")
    assert settled_by(driver) == ["refresh"]


def test_ends_that_are_not_settled(driver: Driver) -> None:
    def expected(order: dict[str, str], **query: str) -> list[str]:
        [row] = (row for row in driver.truth(**query) if row["payment_id"] == order["payment_id"])
        status: list[str] = row["expect"]["status"]
        return status

    assert expected(driver.order()) == ["dead_lettered"]
    assert expected(driver.order(intent="declined")) == ["dead_lettered"]
    assert expected(driver.order(status="pending")) == ["abandoned"]
    cancelled = driver.order(status="pending")
    driver.act(cancelled, "cancel")
    assert expected(cancelled) == ["closed"]
    voided = driver.order(intent="authorized")
    driver.refresh(voided)
    driver.act(voided, "cancel")
    assert expected(voided) == ["settled", "closed"]
    lost = driver.order(intent="authorized")
    assert expected(lost, refreshing="false") == ["dead_lettered"]
