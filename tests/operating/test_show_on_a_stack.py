"""`payrefresh show` on a deployed stack: by payment, by order, by key, and what is not there."""

from __future__ import annotations

import time
from copy import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import Status
from payrefresh.overview import scan_cost
from tests.support.samples import dead_lettered, order, order_key, watch, without_source

if TYPE_CHECKING:
    from tests.operating.command import Command
    from tests.operating.hollow import HollowStack


@pytest.fixture(scope="module", autouse=True)
def rows(stack: HollowStack) -> None:
    """An order with a payment that was given up, and one whose payment was not known at first."""
    now = time.time()
    closed = watch(without_source(order("b", at=now - 60)), Policy(), now=now - 60)
    stack.put(
        dead_lettered(order("a", at=now - 90_000), Policy(), at=now - 60, now=now),
        replace(closed, status=Status.CLOSED, ended_at=int(now), due_at=None),
        watch(order("b", at=now - 60), Policy(), now=now - 60),
    )


@pytest.mark.parametrize("name", ["pay-a", "stripe_payments#pay-a", "order-a", "10a"])
def test_show_finds_a_payment_by_whatever_name_it_has(command: Command, name: str) -> None:
    ran = command("show", name)

    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("Placed order 10a, 99.00 EUR: dead_lettered\n")
    assert "payrefresh redrive pay-a" in ran.out


def test_show_as_json_has_history_future_and_advice_of_each_watch(command: Command) -> None:
    (story,) = command("show", "10a", "--json").json

    assert (story["key"], story["status"], story["reason"]) == (
        "stripe_payments#pay-a",
        "dead_lettered",
        "stayed_pending",
    )
    assert story["history"][0]["what"] == "The order was placed."
    assert story["next"] == {"being_checked": False, "at": None, "gives_up_at": None} | {
        "in_words": story["next"]["in_words"]
    }
    assert len(story["to_do"]) == 3


def test_show_of_an_order_whose_payment_became_known_shows_both_its_rows(command: Command) -> None:
    stories = command("show", "order-b", "--json").json

    assert {each["key"] for each in stories} == {str(order_key("b")), "stripe_payments#pay-b"}


def test_show_of_an_unknown_name_says_what_to_give_instead(command: Command) -> None:
    ran = command("show", "4711")

    assert ran.status == 2
    assert ran.out == ""
    assert ran.err.startswith(
        "payrefresh: nothing is known of 4711: give a payment's id, an order's id or number;"
    )
    assert ran.err.count("\n") == 1


def test_show_says_what_a_scan_costs_and_asks_before_a_large_one(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_cost, "SMALL", -1)
    assert "about 3 rows, 1 read units" in command("show", "10a").err
    assert command("show", "pay-a").err == ""  # a payment's id is read directly

    monkeypatch.setattr(scan_cost, "LARGE", 0)
    refused = command("show", "10a")
    assert (refused.status, refused.out) == (2, "")
    assert "add --yes" in refused.err
    assert command("show", "10a", "--yes").status == 0
