"""Scenarios: the plan follows from the seed, the play from the plan, and the truth from what happened."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox.config import Config
from sandbox.plan import plan
from sandbox.resources import PAYMENT_TYPES
from sandbox.scenario import Scenario
from sandbox.server import running
from tests.integration.sandbox.driver import Driver

if TYPE_CHECKING:
    from sandbox.story import Story
    from tests.integration.sandbox.driver import Receiver

QUICK: dict[str, Any] = {"orders": 60, "duration_s": 0.3, "time_scale": 0.02, "loss": 0.3}


@pytest.fixture
def config() -> Config:
    """Scenarios are played in real time, so the clock goes."""
    return Config()


def test_the_plan_follows_from_the_seed() -> None:
    assert plan(Scenario(seed=7)) == plan(Scenario(seed=7))
    assert plan(Scenario(seed=7)) != plan(Scenario(seed=8))


def test_the_shares_are_kept() -> None:
    stories = plan(Scenario())
    names = Counter(story.name for story in stories)
    assert names == {
        "paid": 161,
        "declined": 12,
        "declined_retried": 19,
        "never_paid": 12,
        "cart_abandoned": 18,
        "cart_paid": 11,
        "cart_cancelled": 7,
    }
    webhooks = Counter(story.webhook for story in stories)
    assert webhooks == {"soon": 134, "lost": 38, "late": 19, None: 49}
    assert Counter(story.draft.payment_type for story in stories) == dict.fromkeys(PAYMENT_TYPES, 80)
    assert len({story.draft.order_id for story in stories}) == 240


def actions(story: Story) -> list[str]:
    return [step.action for step in story.steps]


def test_each_story_is_reported_in_order() -> None:
    for story in plan(Scenario(orders=400, seed=3)):
        times = [step.at for step in story.steps]
        assert times == sorted(times)
        reported = actions(story)
        assert reported[0] == "create"
        assert set(reported[1:3]) == {"attach", "pending"}
        rest = [action for action in reported[3:] if action != "placing"]
        placed = [] if story.name.startswith("cart_") else ["placed"]
        delivered = ["webhook"] if story.webhook in ("soon", "late") else []
        assert (
            rest
            == placed
            + {
                "paid": ["confirm", *delivered],
                "cart_paid": ["confirm", *delivered],
                "declined": ["decline", "webhook"],
                "declined_retried": ["decline", "webhook", "confirm", *delivered],
                "never_paid": [],
                "cart_abandoned": [],
                "cart_cancelled": ["cancelled"],
            }[story.name]
        )


def test_the_same_seed_plays_the_same_orders() -> None:
    def run() -> list[tuple[str, ...]]:
        with running() as sandbox, httpx.Client(base_url=sandbox.url, trust_env=False) as client:
            keys = (
                "order_id",
                "order_number",
                "payment_type",
                "payment_id",
                "story",
                "payment_status",
                "order_status",
            )
            truth = Driver(sandbox, client).play(**QUICK, seed=11)
            return sorted(tuple(row[key] for key in keys) for row in truth)

    first = run()
    assert len(first) == 60
    assert first == run()


def test_a_played_scenario_ends_as_its_truth_says(driver: Driver) -> None:
    driver.switch(rate_limit_factor=100.0)
    truth = driver.play(**QUICK, seed=5)
    assert len(truth) == 60
    for row in truth:
        paid = row["story"] in ("paid", "declined_retried", "cart_paid")
        expected = {
            "declined": "dead_lettered",
            "never_paid": "dead_lettered",
            "cart_abandoned": "abandoned",
            "cart_cancelled": "closed",
        }.get(row["story"], "settled")
        assert row["expect"]["status"] == [expected]
        assert (row["authorized_at"] is not None) == paid
        if not paid:
            assert row["payment_status"] == "unpaid"
            assert row["expect"]["settled_by"] == []
        elif row["webhook_lost"]:
            assert (row["payment_status"], row["moved_by"]) == ("unpaid", None)
            assert row["expect"]["settled_by"] == ["refresh"]
        else:
            assert row["moved_by"] == "webhook"
            assert row["expect"]["settled_by"] == ["webhook"]
            assert row["moved_at"] == row["settled_at"] >= row["authorized_at"] - 0.002
    lost = [row for row in truth if row["webhook_lost"]]
    assert len(lost) == round(0.3 * sum(row["authorized_at"] is not None for row in truth))
    # Who only observes cannot settle what was lost.
    for row in driver.truth(refreshing="false"):
        if row["webhook_lost"]:
            cart = row["story"] == "cart_paid"
            assert row["expect"]["status"] == ["abandoned" if cart else "reported"]
    for row in lost:
        driver.refresh(row)
    moved = {row["payment_id"]: row for row in driver.truth()}
    for row in lost:
        after = moved[row["payment_id"]]
        assert after["moved_by"] == "refresh"
        assert after["expect"] == {
            "status": ["settled"],
            "settled_by": ["refresh"],
            "reason": [],
            "notice": [None],
            "announce": ["PaymentSettled"],
            "may_announce": [
                *(["OrderPlacedLate"] if row["story"] == "cart_paid" else []),
                *(["PaymentAttemptFailed"] if row["story"] == "declined_retried" else []),
            ],
            "follows": {},
            "person": [True, False] if row["story"] == "cart_paid" else [False],
            "optional": False,
        }
        assert after["order_status"] == "placed"


def test_order_webhooks_report_every_order(driver: Driver, receiver: Receiver) -> None:
    for topic in ("pending", "place", "authorize", "cancel"):
        driver.webhook(f"orders.{topic}", receiver.url, "payment_source")
    truth = driver.play(**QUICK, seed=6)
    reported: dict[str, set[str]] = {}
    without_source = 0
    for headers, body in receiver.got:
        order = json.loads(body)["data"]
        reported.setdefault(headers["x-commercelayer-topic"], set()).add(order["id"])
        without_source += order["relationships"]["payment_source"]["data"] is None
    carts = {row["order_id"] for row in truth if row["story"].startswith("cart_")}
    assert reported["orders.pending"] == {row["order_id"] for row in truth}
    assert reported["orders.place"] == {row["order_id"] for row in truth if row["placed_at"] is not None}
    assert reported["orders.authorize"] == {row["order_id"] for row in truth if row["moved_by"] == "webhook"}
    assert reported["orders.cancel"] <= carts
    assert 0 < without_source < 60


def test_all_events_of_an_order_can_be_lost(driver: Driver, receiver: Receiver) -> None:
    for topic in ("pending", "place", "authorize"):
        driver.webhook(f"orders.{topic}", receiver.url, "payment_source")
    truth = driver.play(**QUICK, seed=6, loss_order_events=0.5)
    lost = {row["order_id"] for row in truth if row["events_lost"]}
    assert 15 < len(lost) < 45
    assert {json.loads(body)["data"]["id"] for _, body in receiver.got} == {
        row["order_id"] for row in truth
    } - lost
    assert driver.calls()["webhook_deliveries"]["lost"] >= 3 * len(lost)
    for row in truth:
        assert row["heard"] or row["events_lost"] or row["order_status"] != "placed"
        # A watcher without events still finds what waits for a refresh.
        settled_alone = row["moved_by"] == "webhook" or row["order_status"] == "cancelled"
        if row["events_lost"]:
            assert row["expect"]["optional"] == settled_alone


def test_one_scenario_at_a_time_and_each_seed_once(driver: Driver) -> None:
    driver.client.post("/_sandbox/scenario", json={"orders": 5, "duration_s": 600})
    refused = driver.client.post("/_sandbox/scenario", json={"orders": 5})
    assert "a scenario is being played" in refused.json()["error"]
    state = driver.client.get("/_sandbox/scenario").json()
    assert (state["state"], state["orders_total"]) == ("running", 5)
    assert state["next_event_in_s"] > 0


def test_scenarios_one_after_another(driver: Driver) -> None:
    driver.play(**QUICK, seed=1)
    again = driver.client.post("/_sandbox/scenario", json={**QUICK, "seed": 1})
    assert "seed 1 has been played here already" in again.json()["error"]
    assert len(driver.play(**QUICK, seed=2)) == 120
