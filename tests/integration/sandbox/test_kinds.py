"""Every kind of story: played to its end, with its truth before and after a watcher's refreshes."""

from __future__ import annotations

import re
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from devstack.environment import ROOT
from sandbox.attribution import ARRIVED_S
from sandbox.config import Config
from sandbox.incidents import incidents
from sandbox.kinds import KINDS
from sandbox.plan import plan
from sandbox.scenario import Scenario
from tests.integration.sandbox.messy import QUICK, firsts, play

if TYPE_CHECKING:
    from tests.integration.sandbox.driver import Driver

SETTLED, CLOSED = "PaymentSettled", "PaymentClosed"

# What the watch of an order's first payment ends as: status, reasons, what must be told, whom it calls.
ENDS: dict[str, tuple[list[str], list[str | None], set[str], list[bool]]] = {
    "cart_abandoned": (["abandoned"], [], {"PaymentAbandoned"}, [False]),
    "deleted_cart": (["closed"], ["deleted"], {CLOSED}, [False]),
    "clean_up": (["closed"], ["deleted"], {CLOSED}, [False]),
    "deleted_payment": (["missing"], [], {"PaymentMissing"}, [True]),
    "refresh_fails": (["dead_lettered"], ["refresh_failing"], {"PaymentStillPending"}, [True]),
    "refresh_refused": (["dead_lettered"], ["refresh_failing"], {"PaymentStillPending"}, [True]),
    "cancelled_unpaid": (["closed"], ["cancelled"], {CLOSED}, [False]),
    "cancelled_then_paid": (["closed"], ["cancelled"], {"PaymentOnCancelledOrder"}, [True]),
    "paid_then_cancelled_voided": (["settled", "closed"], [None, "reversed"], set(), [False]),
    "paid_then_cancelled_kept": (["settled", "closed"], [None, "cancelled"], set(), [False]),
    "voided": (["settled", "closed"], [None, "reversed"], set(), [False]),
    "refunded": (["settled", "closed"], [None, "reversed"], set(), [False]),
    "replaced_unpaid": (["closed"], ["replaced"], {CLOSED}, [False]),
    "replaced_paid": (["closed"], ["replaced"], {CLOSED}, [False]),
    "double_charge": (["closed"], ["replaced"], {"PaymentSuperseded"}, [True]),
    "voucher_lapsed": (["abandoned"], [], {"PaymentAbandoned"}, [False]),
    "unknown_status": (["settled"], [], {SETTLED}, [False]),
    "authorized_less": (["settled"], [], {SETTLED, "PaymentAmountMismatch"}, [True]),
    "authorized_more": (["settled"], [], {SETTLED}, [False]),
    "authorized_in_part": (
        ["dead_lettered"],
        ["stayed_pending"],
        {"PaymentStillPending", "PaymentAmountMismatch"},
        [True],
    ),
    "gift_card_rest": (["settled"], [], {SETTLED}, [False]),
    "failed_with_message": (
        ["dead_lettered"],
        ["stayed_pending"],
        {"PaymentStillPending", "PaymentAttemptFailed"},
        [True],
    ),
    "odd_shapes": (["settled"], [], {SETTLED}, [False]),
    "captured_at_once": (["settled"], [], {SETTLED}, [False]),
    "placing_authorized": (["settled"], [], {"OrderAuthorizedNotPlaced"}, [True]),
    "draft_with_money": (["settled"], [], {"OrderAuthorizedNotPlaced"}, [True]),
    "touched_by_erp": (["settled"], [], {SETTLED}, [False]),
    "free_placed": (["settled", "closed"], [], set(), [False]),
    "free_unplaced": (["closed"], ["free"], {CLOSED}, [False]),
    "throttled": (["settled"], [], {SETTLED}, [False]),
    "edge_404": (["settled"], [], {SETTLED}, [False]),
    "broken_gateway": (["settled"], [], {SETTLED}, [False]),
}


@pytest.fixture
def config() -> Config:
    """Scenarios are played in real time, so the clock goes."""
    return Config()


def test_every_kind_ends_as_it_should_once_lost_payments_were_refreshed(driver: Driver) -> None:
    for row in play(driver, *ENDS, loss=1.0, auto_capture=0.0):
        if row["intent"] == "authorized" and row["moved_by"] is None and row["is_source"]:
            driver.refresh(row)
    rows = firsts(driver.truth())
    ends = {
        name: [
            (
                row["expect"]["status"],
                row["expect"]["reason"],
                set(row["expect"]["announce"]),
                row["expect"]["person"],
            )
            for row in rows[name]
        ]
        for name in ENDS
    }
    assert ends == {name: [end] * 3 for name, end in ENDS.items()}


def test_orphans_of_carts_and_of_placed_orders(driver: Driver) -> None:
    rows = driver.play(**QUICK, kinds=["orphan"], each=1, orders=30)
    ends = Counter((row["placed_at"] is not None, *row["expect"]["status"]) for row in rows)
    assert set(ends) == {(True, "missing"), (False, "closed")}
    assert set(Counter(row["expect"]["person"][0] for row in rows)) == {True, False}


def test_an_incident_is_met_by_those_who_began_shortly_before() -> None:
    scenario = Scenario.read({"mix": "messy", "orders": 290, "duration_s": 100})
    stories = plan(scenario)
    found = incidents(scenario, stories)
    assert sorted(incident.name for incident in found) == ["broken_gateway", "edge_404", "throttled"]
    for incident in found:
        begun = [story.steps[0].at for story in stories if story.name == incident.name]
        assert len(begun) == 5
        assert all(incident.at - 5 <= at <= incident.at - 1 for at in begun)
        assert incident.until - incident.at < 20
    deleted = {step.at for story in stories if story.name == "clean_up" for step in story.steps[-1:]}
    assert len(deleted) == 1
    assert incidents(scenario, [story for story in stories if story.name == "paid"]) == []


def test_an_order_placed_after_all_is_announced_where_it_was_announced_before(driver: Driver) -> None:
    [row, *_] = driver.play(**QUICK | {"time_scale": 0.1}, kinds=["placed_after_all"], each=1, orders=1, loss=0)
    assert row["order_status"] == "placed"
    assert {"OrderAuthorizedNotPlaced", "OrderPlacedAfterAll"} <= set(row["expect"]["may_announce"])
    assert row["expect"]["follows"] == {}  # no event reported it


@pytest.mark.parametrize(
    ("late_after_s", "announce", "person"), [(1000, [SETTLED], [False]), (2, [SETTLED, "OrderPlacedLate"], [True])]
)
def test_a_cart_that_our_refresh_places_late_calls_a_person(
    driver: Driver, late_after_s: float, announce: list[str], person: list[bool]
) -> None:
    order = driver.order(status="pending", intent="authorized", auto_place=True, ago_s=100)
    driver.get_q("/api/orders", {"id_in": order["order_id"]})
    driver.refresh(order)
    [row] = driver.truth(late_after_s=str(late_after_s), carts_end_after_s="200", echo_s="1")
    assert (set(row["expect"]["announce"]), row["expect"]["person"]) == (set(announce), person)
    # Who was not shown the cart before does not know how old it is.
    blind = driver.order(status="pending", intent="authorized", auto_place=True, ago_s=100)
    driver.refresh(blind)
    [row] = driver.truth(late_after_s=str(late_after_s), carts_end_after_s="200", echo_s="1")[1:]
    assert row["expect"]["person"] == [True, False]


def test_a_cart_that_changed_right_after_a_refresh_may_be_taken_for_an_old_one(driver: Driver) -> None:
    order = driver.order(status="pending", auto_place=True, ago_s=100)
    driver.refresh(order)
    driver.act(order, "pending")
    driver.act(order, "authorize")
    [row] = driver.truth(late_after_s="20", carts_end_after_s="40", echo_s="8")
    assert row["expect"]["status"] == ["settled", "abandoned"]
    [sure] = driver.truth()
    assert sure["expect"]["status"] == ["settled"]


@pytest.mark.parametrize(("skew_s", "status"), [("60", ["settled", "abandoned"]), ("0", ["settled"])])
def test_a_cart_that_changed_right_before_a_refresh_may_be_taken_for_an_old_one(
    driver: Driver, skew_s: str, status: list[str]
) -> None:
    order = driver.order(status="pending", auto_place=True, ago_s=100)
    driver.act(order, "pending")
    time.sleep(2 * ARRIVED_S)
    driver.refresh(order)
    driver.act(order, "authorize")
    driver.get_q("/api/orders", {"id_in": order["order_id"]})

    [row] = driver.truth(late_after_s="20", carts_end_after_s="40", echo_s="8", skew_s=skew_s)

    assert row["expect"]["status"] == status


def test_at_least_so_many_of_each_kind() -> None:
    for orders, each in ((290, 5), (60, 1)):
        names = Counter(
            story.name for story in plan(Scenario.read({"mix": "messy", "orders": orders, "each": each}))
        )
        assert names.keys() == KINDS.keys()
        assert min(names.values()) == each
        assert names["paid"] == orders - each * (len(KINDS) - 1)
    few = plan(Scenario.read({"mix": "messy", "orders": 12}))
    assert len({story.name for story in few}) == 12


def test_only_what_is_done_on_purpose() -> None:
    stories = plan(Scenario.read({"mix": "messy", "orders": 100, "only_on_purpose": True, "loss": 0.5}))
    names = {story.name for story in stories}
    assert names == {name for name, kind in KINDS.items() if kind.on_purpose}
    assert len(stories) == 100
    carts = [story for story in stories if KINDS[story.name].is_cart and story.webhook]
    assert {story.webhook for story in carts} == {"soon"}
    assert all(story.draft.auto_place for story in carts)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kinds": ["unheard_of"]}, "unknown kinds of stories: unheard_of"),
        ({"kinds": "paid"}, "kinds must be a list"),
        ({"only_on_purpose": 1}, "only_on_purpose must be true or false"),
        ({"only_on_purpose": True, "kinds": ["paid"], "each": 1}, "none of these kinds is on purpose"),
        ({"each": -1}, "each must not be negative"),
        ({"each": 0.5}, "each must be a whole number"),
    ],
)
def test_kinds_that_cannot_be_played(driver: Driver, wrong: dict[str, Any], message: str) -> None:
    answer = driver.client.post("/_sandbox/scenario", json=wrong)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


def test_the_documentation_names_every_kind() -> None:
    page = (ROOT / "docs/local-run.md").read_text().partition("## Kinds")[2]
    named = dict(re.findall(r"`([a-z0-9_]+)`( \*)?(?=[,| ])", page))
    assert named.keys() >= KINDS.keys()
    assert {name for name in KINDS if named[name]} == {name for name, kind in KINDS.items() if kind.on_purpose}
