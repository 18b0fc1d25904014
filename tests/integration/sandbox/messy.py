"""Plays kinds of messy stories quickly, and sorts their truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.integration.sandbox.driver import Driver

QUICK: dict[str, Any] = {
    "mix": "messy",
    "duration_s": 0.3,
    "time_scale": 0.01,
    "late": 0.0,
    "loss_order_events": 0,
}
TOPICS = ("pending", "place", "placing", "authorize", "pay", "cancel", "void", "approve")


def play(driver: Driver, *kinds: str, **wanted: Any) -> list[dict[str, Any]]:
    driver.switch(rate_limit_factor=100.0)
    rows: list[dict[str, Any]] = driver.play(**QUICK, kinds=list(kinds), each=3, orders=3 * len(kinds), **wanted)
    return rows


def firsts(truth: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Give the rows of the first payment of each order, by kind."""
    seen: set[str] = set()
    found: dict[str, list[dict[str, Any]]] = {}
    for row in truth:
        if row["order_id"] not in seen:
            seen.add(row["order_id"])
            found.setdefault(row["story"], []).append(row)
    return found
