"""Stories in which money is in the wrong place, or no event was sent: their plan, their play and their truth."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.config import Config
from sandbox.plan import plan
from sandbox.resources import PAYMENT_TYPES
from sandbox.scenario import Scenario
from sandbox.store import epoch
from tests.integration.sandbox.driver import wait_until

if TYPE_CHECKING:
    from tests.integration.sandbox.driver import Driver, Receiver

ONLY: dict[str, Any] = {"declined": 0, "declined_retried": 0, "never_paid": 0, "carts": 0, "late": 0}
QUICK: dict[str, Any] = {"duration_s": 0.3, "time_scale": 0.02, **ONLY}
TOPICS = ("pending", "place", "placing", "authorize", "pay", "cancel", "void")
NEW = (
    *("closed_tab", "changed_source", "old_source_wins", "double_payment"),
    *("cancelled_late_money", "stuck_before"),
)


@pytest.fixture
def config() -> Config:
    """Scenarios are played in real time, so the clock goes."""
    return Config()


@pytest.fixture
def listening(driver: Driver, receiver: Receiver) -> Driver:
    for topic in TOPICS:
        driver.webhook(f"orders.{topic}", receiver.url, "payment_source")
    driver.switch(rate_limit_factor=100.0)
    return driver


def rows_of(truth: Any) -> dict[str, list[dict[str, Any]]]:
    """Give the rows of each order, the first payment first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in truth:
        found.setdefault(row["order_id"], []).append(row)
    return found


def refresh_lost(driver: Driver) -> Any:
    """Do what a watcher does to payments that events reported, or that it finds; gives the truth afterwards."""
    for row in driver.truth():
        if not row["expect"]["optional"] and row["moved_by"] is None and row["order_status"] != "cancelled":
            driver.refresh(row)
    return driver.truth()


def test_a_mix_of_all_stories() -> None:
    stories = plan(Scenario.read({"mix": "all"}))
    assert stories == plan(Scenario.read({"mix": "all"}))
    names = Counter(story.name for story in stories)
    assert {name: count for name, count in names.items() if name.startswith(NEW)} == {
        "closed_tab": 10,
        "changed_source": 10,
        "old_source_wins": 7,
        "double_payment": 7,
        "cancelled_late_money": 7,
        "stuck_before_paid": 6,
        "stuck_before_settled": 4,
        "stuck_before_unpaid": 2,
    }
    assert max(story.steps[-1].at for story in stories) < 60 + 40
    assert 12 < sum(story.unheard for story in stories) < 40
    mixed = Scenario.read({"mix": "all", "closed_tab": 0, "loss_order_events": 1})
    assert (mixed.closed_tab, mixed.loss_order_events, mixed.stuck_before) == (0, 1, 0.05)


def test_every_payment_type_has_every_story() -> None:
    for name in NEW:
        stories = plan(Scenario.read({"orders": 30, **ONLY, name: 1.0}))
        assert {story.draft.payment_type for story in stories} == set(PAYMENT_TYPES)
        seconds = [story.second for story in stories if story.second]
        same = sum(story.second.type == story.draft.payment_type for story in stories if story.second is not None)
        assert 0 < same < len(seconds) or not seconds
        assert all(
            [step.at for step in story.steps] == sorted(step.at for step in story.steps) for story in stories
        )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mix": "some"}, "mix must be one of plain, all"),
        ({"mix": ["all"]}, "mix must be one of plain, all"),
        ({"closed_tab": 1.1}, "closed_tab must be 0 to 1"),
        ({"closed_tab": 0.5, "stuck_before": 0.4}, "together must not exceed 1"),
        ({"stuck_min_age_s": 90, "stuck_max_age_s": 60}, "stuck_min_age_s must not exceed"),
        ({"gateway_webhooks_off_after_s": -1}, "must not be negative"),
        ({"gateway_webhooks_off_after_s": "soon"}, "must be a number"),
        ({"orders": 2.5}, "orders must be a whole number"),
    ],
)
def test_impossible_scenarios(driver: Driver, wrong: dict[str, Any], message: str) -> None:
    answer = driver.client.post("/_sandbox/scenario", json=wrong)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


def test_a_closed_tab_ends_with_money_on_a_cart(listening: Driver) -> None:
    truth = listening.play(**QUICK, orders=20, seed=1, closed_tab=1.0, loss=0.5)
    for row in truth:
        assert row["order_status"] == "pending"
        assert row["payment_status"] in (("unpaid",) if row["webhook_lost"] else ("authorized", "paid"))
        expected = row["expect"]
        assert (expected["status"], expected["notice"]) == (["settled"], ["not_placed"])
        assert (expected["announce"], expected["optional"]) == (["OrderAuthorizedNotPlaced"], False)
    observed = listening.truth(refreshing="false")
    assert {(*row["expect"]["status"], row["webhook_lost"]) for row in observed} == {
        ("abandoned", True),
        ("settled", False),
    }
    for row in refresh_lost(listening):
        assert row["order_status"] == "pending"
        assert row["expect"]["settled_by"] == ["refresh" if row["webhook_lost"] else "webhook"]


def test_a_changed_source_closes_the_first_payment(listening: Driver) -> None:
    listening.play(**QUICK, orders=40, seed=2, changed_source=1.0, loss=0.5)
    reported = Counter[bool]()
    for first, second in rows_of(refresh_lost(listening)).values():
        assert second["expect"]["status"] == ["settled"]
        assert second["is_source"]
        assert second["heard"]
        assert first["expect"]["status"] == ["closed"]
        assert first["expect"]["reason"] == ["replaced"]
        assert (first["expect"]["announce"], first["expect"]["person"]) == (["PaymentClosed"], [False])
        assert first["expect"]["optional"] is not first["heard"]
        reported[first["heard"]] += 1
    assert reported[True] > 5 < reported[False]


def test_an_old_source_wins(listening: Driver) -> None:
    before = listening.play(**QUICK, orders=20, seed=3, old_source_wins=1.0, loss=0.5)
    assert sum(row["webhook_lost"] for row in before) == 10
    for old, new in rows_of(before).values():
        assert (old["expect"]["status"], new["expect"]["status"]) == (["settled"], ["closed"])
        assert (old["expect"]["optional"], new["expect"]["optional"]) == (False, not new["moved_by"])
        assert new["is_source"] is old["webhook_lost"]
    for old, new in rows_of(refresh_lost(listening)).values():
        assert (old["order_status"], old["is_source"]) == ("placed", True)
        assert (new["intent"], new["expect"]["status"]) == ("open", ["closed"])


def test_an_old_source_that_nobody_knew_of(driver: Driver) -> None:
    truth = driver.play(**QUICK, orders=10, seed=3, old_source_wins=1.0, loss=1.0, loss_order_events=1.0)
    for old, new in rows_of(truth).values():
        assert old["expect"]["optional"]
        assert (new["expect"]["status"], new["expect"]["optional"]) == (["abandoned"], False)


def test_a_double_payment_is_paid_once(listening: Driver) -> None:
    listening.play(**QUICK, orders=60, seed=4, double_payment=1.0, loss=0.3)
    won = Counter[str]()
    for first, second in rows_of(refresh_lost(listening)).values():
        assert first["intent"] == second["intent"] == "authorized"
        [winner] = [row for row in (first, second) if row["moved_by"]]
        [other] = [row for row in (first, second) if not row["moved_by"]]
        assert winner["expect"]["status"] == ["settled"]
        # The order shows no money of it, so for all that anybody knows there is one charge.
        assert (other["expect"]["status"], other["expect"]["announce"]) == (["closed"], ["PaymentClosed"])
        assert winner["order_status"] == "placed"
        won["first" if winner is first else "second"] += 1
    assert won["first"] > 3 < won["second"]


def test_late_money_on_a_cancelled_order(listening: Driver) -> None:
    truth = listening.play(**QUICK, orders=20, seed=5, cancelled_late_money=1.0, loss=0.5)
    reported = Counter[str]()
    for row in truth:
        assert row["order_status"] == "cancelled"
        assert row["expect"]["optional"] is False
        if row["webhook_lost"]:
            assert row["payment_status"] == "unpaid"
            assert row["expect"]["status"] == ["closed"]
            # Where a refresh may capture, nobody sends one, and so nobody learns of the money.
            reported[row["expect"]["announce"][0]] += 1
        else:
            assert row["payment_status"] in ("authorized", "paid")
            assert (row["expect"]["status"], row["expect"]["notice"]) == (["closed"], ["on_cancelled_order"])
            assert row["expect"]["announce"] == ["PaymentOnCancelledOrder"]
    assert {row["webhook_lost"] for row in truth} == {True, False}
    assert reported["PaymentClosed"] > 0 < reported["PaymentOnCancelledOrder"]


def test_a_cancelled_order_that_nobody_was_reported_is_found_only_with_its_money(driver: Driver) -> None:
    truth = driver.play(**QUICK, orders=20, seed=5, cancelled_late_money=1.0, loss=0.5)
    assert all(row["expect"]["optional"] is row["webhook_lost"] for row in truth)


def test_orders_stuck_before_anybody_listened(listening: Driver, receiver: Receiver) -> None:
    ages = {"stuck_min_age_s": 600, "stuck_max_age_s": 7200}
    listening.client.post(
        "/_sandbox/scenario", json={**QUICK, "duration_s": 600, "orders": 20, "stuck_before": 0.5, **ages}
    )
    wait_until(lambda: len(listening.truth()) >= 10)
    truth = [row for row in listening.truth() if row["story"].startswith("stuck_before")]
    assert Counter(row["story"] for row in truth) == {
        "stuck_before_paid": 5,
        "stuck_before_settled": 3,
        "stuck_before_unpaid": 2,
    }
    now = Config().clock()
    for row in truth:
        assert row["events_lost"]
        assert 590 < now - row["placed_at"] < 7210
        assert epoch(listening.attributes(row)["updated_at"]) < now - 1
        expected = row["expect"]
        assert (expected["status"], expected["optional"]) == {
            "stuck_before_paid": (["settled"], False),
            "stuck_before_settled": (["settled"], True),
            "stuck_before_unpaid": (["dead_lettered"], False),
        }[row["story"]]
        if row["story"] != "stuck_before_unpaid":
            assert row["placed_at"] < row["authorized_at"] < now - 1
            assert row["payment_status"] == "unpaid" or row["authorized_at"] <= row["moved_at"] < now - 1
    assert not receiver.got


def test_gateway_webhooks_stop_half_way() -> None:
    scenario = Scenario(loss=0, gateway_webhooks_off_after_s=30, double_payment=0.1)
    stories = plan(scenario)
    assert not [step for story in stories for step in story.steps if step.action == "webhook" and step.at >= 30]
    lost = [story for story in stories if story.webhook == "lost"]
    assert 60 < len(lost) < 140
    for story in stories:
        main = [step for step in story.steps if step.action == "confirm"][-1:]
        assert (story.webhook == "lost") == any(story.is_lost(step) for step in main)
    assert [story.name for story in stories] == [
        story.name for story in plan(Scenario(loss=0, double_payment=0.1))
    ]


def test_gateway_webhooks_can_be_switched_off(driver: Driver) -> None:
    order = driver.order()
    driver.switch(gateway_webhooks_off=True)
    driver.act(order, "authorize")
    driver.act(order, "deliver")
    assert driver.attributes(order)["payment_status"] == "unpaid"
    assert driver.truth()[0]["webhook_lost"] is True
    driver.switch(gateway_webhooks_off=False)
    driver.act(order, "deliver")
    assert driver.attributes(order)["payment_status"] == "authorized"
    [row] = driver.play(**QUICK, orders=1, seed=9, loss=0)[1:]
    assert row["moved_by"] == "webhook"
    driver.switch(gateway_webhooks_off=True)
    [row] = driver.play(**QUICK, orders=1, seed=10, loss=0)[2:]
    assert (row["moved_by"], row["webhook_lost"]) == (None, True)
    assert row["expect"]["settled_by"] == ["refresh"]
