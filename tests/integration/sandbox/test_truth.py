"""Attribution of a settled payment: to both only where nobody outside can know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.attribution import settled_by as attribute
from sandbox.gateway import Intent
from sandbox.store import Ref
from tests.integration.sandbox.driver import wait_until

if TYPE_CHECKING:
    from tests.integration.sandbox.driver import Clock, Driver, Receiver

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


@pytest.mark.parametrize(
    ("looked_after", "expected"), [(2.0, ["refresh"]), (6.0, BOTH), (9.0, BOTH), (None, BOTH)]
)
def test_refresh_whose_answer_lags_is_recognised_only_where_a_look_shows_it_in_time(
    looked_after: float | None, expected: list[str]
) -> None:
    """A watcher judges what a look showed some seconds later, at worst when it takes it for a webhook's."""
    payment, order = Ref("stripe_payments", "p"), Ref("orders", "o")
    intent = Intent(payment, order, moved_at=100.0, moved_by="refresh", lagged=True)
    looks = [90.0] if looked_after is None else [90.0, 100.0 + looked_after]

    assert attribute(intent, looks, echo_s=8.0, reported_at=None) == expected


@pytest.mark.parametrize(
    ("looks", "reported_at", "expected"),
    [
        ([99.0], None, BOTH),
        ([99.0], 106.0, BOTH),
        ([99.0], 104.0, ["webhook"]),
        ([99.0, 104.0], None, ["webhook"]),
        ([99.0, 106.0], None, BOTH),
    ],
)
def test_webhook_that_nobody_could_see_before_a_refresh_arrived_passes_for_that(
    looks: list[float], reported_at: float | None, expected: list[str]
) -> None:
    """Between a look and the refresh that it leads to lie other calls of its batch; an event may be late."""
    payment, order = Ref("stripe_payments", "p"), Ref("orders", "o")
    intent = Intent(payment, order, moved_at=100.0, moved_by="webhook", refreshes=[(105.0, 105.5)])

    assert attribute(intent, looks, echo_s=8.0, reported_at=reported_at) == expected


def test_event_that_shows_the_money_counts_from_when_it_was_taken(
    driver: Driver, clock: Clock, receiver: Receiver
) -> None:
    listen(driver, receiver)
    order = driver.order()
    clock.now += 20
    driver.act(order, "authorize")
    driver.act(order, "deliver")
    quiet(driver)
    clock.now += 20
    driver.refresh(order)
    unseen = driver.order()
    clock.now += 20
    driver.act(unseen, "authorize")
    driver.act(unseen, "deliver", announce=False)
    clock.now += 20
    driver.refresh(unseen)

    expected = expectations(driver, echo_s="8")

    assert expected[order["payment_id"]]["settled_by"] == ["webhook"]
    assert expected[unseen["payment_id"]]["settled_by"] == BOTH


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
    assert expected(lost, refreshing="false") == ["reported"]


def expectations(driver: Driver, **query: str) -> dict[str, dict[str, Any]]:
    return {row["payment_id"]: row["expect"] for row in driver.truth(**query)}


def listen(driver: Driver, receiver: Receiver) -> None:
    for topic in ("pending", "place", "authorize", "cancel"):
        driver.webhook(f"orders.{topic}", receiver.url, "payment_source")


def quiet(driver: Driver) -> None:
    wait_until(lambda: driver.client.get("/_sandbox/scenario").json()["deliveries_pending"] == 0)


def test_what_an_event_alone_reported_need_not_be_announced(driver: Driver, receiver: Receiver) -> None:
    listen(driver, receiver)
    reported = driver.order()
    driver.act(reported, "authorize")
    driver.act(reported, "deliver")
    looked = driver.order()
    driver.act(looked, "authorize")
    driver.act(looked, "deliver", announce=False)
    cart = driver.order(status="pending")
    driver.act(cart, "cancel")
    silent = driver.order(status="pending")
    driver.act(silent, "cancel", announce=False)
    quiet(driver)
    expected = expectations(driver)

    def announced(order: dict[str, str]) -> tuple[list[str], list[str], bool]:
        found = expected[order["payment_id"]]
        return found["announce"], found["may_announce"], found["optional"]

    assert announced(reported) == ([], ["PaymentSettled"], False)
    assert announced(looked) == (["PaymentSettled"], [], False)
    assert announced(cart) == ([], ["PaymentClosed"], False)
    assert announced(silent) == (["PaymentClosed"], [], False)


def test_no_watch_is_needed_where_nothing_was_reported_and_nothing_is_left(driver: Driver) -> None:
    settled = driver.order(intent="authorized")
    driver.act(settled, "deliver")
    refreshed = driver.order(intent="authorized")
    driver.refresh(refreshed)
    cancelled = driver.order()
    driver.act(cancelled, "cancel")
    orders = {
        "settled": settled,
        "refreshed": refreshed,
        "cancelled": cancelled,
        "cart": driver.order(status="pending"),
        "unpaid": driver.order(),
    }
    expected = expectations(driver)
    optional = {name for name, order in orders.items() if expected[order["payment_id"]]["optional"]}
    assert optional == {"settled", "cancelled"}


def test_an_event_without_the_payment_source_reports_no_payment(driver: Driver, receiver: Receiver) -> None:
    driver.webhook("orders.place", receiver.url)
    driver.order()
    quiet(driver)
    assert driver.truth()[0]["heard"] is False


def test_an_event_that_did_not_arrive_reported_nothing(driver: Driver, receiver: Receiver) -> None:
    driver.switch(webhook_retry_pause_s=0.0001)
    driver.webhook("orders.place", receiver.url, "payment_source")
    receiver.answers += [503] * 11
    driver.order()
    quiet(driver)
    driver.order()
    quiet(driver)
    assert [row["heard"] for row in driver.truth()] == [False, True]


def test_failed_attempts(driver: Driver) -> None:
    declined = driver.order(intent="declined")
    expected = expectations(driver)[declined["payment_id"]]
    assert expected["notice"] == ["attempt_failed"]
    assert expected["announce"] == ["PaymentAttemptFailed", "PaymentStillPending"]
    # Who observes does not make Commerce Layer hear of it.
    observed = expectations(driver, refreshing="false")[declined["payment_id"]]
    assert (observed["status"], observed["notice"], observed["announce"]) == (["reported"], [None], [])
    driver.switch(refused_includes=["authorizations"])
    blind = expectations(driver)[declined["payment_id"]]
    assert (blind["announce"], blind["may_announce"]) == (["PaymentStillPending"], ["PaymentAttemptFailed"])
    driver.switch(refused_includes=[], declined_leaves_authorization=False)
    assert expectations(driver)[declined["payment_id"]]["notice"] == [None]


def test_money_that_came_before_the_order_was_cancelled(driver: Driver, clock: Clock) -> None:
    paid = driver.order(intent="authorized", auto_capture=True)
    driver.refresh(paid)
    clock.now += 10
    driver.act(paid, "cancel")
    expected = expectations(driver)[paid["payment_id"]]
    assert expected["status"] == ["settled", "closed"]
    assert expected["announce"] == []


def test_an_order_placed_after_its_money_was_unplaced_for_a_while(driver: Driver, clock: Clock) -> None:
    order = driver.order(status="pending", intent="authorized")
    driver.refresh(order)
    assert expectations(driver)[order["payment_id"]]["notice"] == ["not_placed"]
    clock.now += 10
    driver.act(order, "place")
    expected = expectations(driver)[order["payment_id"]]
    assert (expected["status"], expected["notice"]) == (["settled"], [None, "not_placed"])
    assert expected["may_announce"] == ["OrderAuthorizedNotPlaced", "OrderPlacedAfterAll", "PaymentSettled"]
    assert expected["person"] == [True, False]


def test_two_payments_that_both_can_still_win(driver: Driver, receiver: Receiver) -> None:
    listen(driver, receiver)
    first = driver.order(status="pending", auto_place=True)
    quiet(driver)
    second = driver.act(first, "replace_payment")
    driver.act(first, "authorize", payment_id=first["payment_id"])
    driver.act(first, "authorize", payment_id=second["payment_id"])
    ends = [expected["status"] for expected in expectations(driver).values()]
    assert ends == [["settled", "closed"]] * 2
    driver.switch(force_payments=False)
    ends = [expected["status"] for expected in expectations(driver).values()]
    assert ends == [["closed"], ["settled"]]


def test_a_mismatch_may_be_announced(driver: Driver) -> None:
    order = driver.order(intent="authorized")
    driver.act(order, "mismatch")
    expected = expectations(driver)[order["payment_id"]]
    assert "PaymentAmountMismatch" in expected["may_announce"]
