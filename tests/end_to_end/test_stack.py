"""One deployed stack, in tests that no smaller part could pass or fail."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from devstack.canary import find_secrets
from devstack.environment import ROOT
from devstack.event_schemas import FOLDER, EventSchemas
from devstack.leftovers import left_behind
from devstack.stack import FUNCTIONS
from tests.end_to_end.driver import key_of

if TYPE_CHECKING:
    from tests.end_to_end.driver import Driver

TYPES = ["stripe_payments", "checkout_com_payments", "satispay_payments"]


@pytest.mark.parametrize("payment_type", TYPES)
def test_a_payment_whose_webhook_was_lost_is_settled_by_refresh(driver: Driver, payment_type: str) -> None:
    key = key_of(driver.order(payment_type=payment_type, intent="authorized"))

    driver.wait_for(f"{key} settled", lambda: driver.status(key) == "settled")

    row = driver.row(key)
    assert row is not None
    assert (row.settled_by, row.refreshes) == ("refresh", 1)


def test_a_payment_whose_webhook_came_is_settled_without_a_refresh(driver: Driver) -> None:
    order = driver.order(intent="open")
    driver.act(order["order_id"], "authorize")
    driver.act(order["order_id"], "deliver")

    driver.wait_for("settled", lambda: driver.status(key_of(order)) == "settled")

    row = driver.row(key_of(order))
    assert row is not None
    assert row.settled_by == "webhook"


def test_an_order_that_no_event_reported_is_found_settled_and_announced(driver: Driver) -> None:
    key = key_of(driver.order(announce=False, intent="authorized"))

    assert driver.find(key).found_by == "discover"
    driver.wait_for("the event", lambda: bool(driver.announced(key)))

    [event] = driver.announced(key)
    assert driver.status(key) == "settled"
    assert (event.kind, event.id) == ("PaymentSettled", f"{key}#1#PaymentSettled")
    assert (event.detail["found_by"], event.detail["settled_by"]) == ("discover", "refresh")
    assert EventSchemas.load(ROOT / FOLDER).violations([event]) == []


def test_the_documented_request_is_what_goes_over_the_wire(driver: Driver) -> None:
    order = driver.order(intent="authorized")
    driver.wait_for("settled", lambda: driver.status(key_of(order)) == "settled")

    sent = next(call for call in driver.calls()["refreshes"] if order["payment_id"] in call["path"])

    # https://docs.commercelayer.io/core/how-tos/placing-orders/payments/stripe/refreshing-the-payment-source
    assert sent["method"] == "PATCH"
    assert sent["path"] == f"/api/stripe_payments/{order['payment_id']}"
    assert sent["headers"]["accept"] == "application/vnd.api+json"
    assert sent["headers"]["content-type"] == "application/vnd.api+json"
    assert sent["body"] == {
        "data": {"type": "stripe_payments", "id": order["payment_id"], "attributes": {"_refresh": True}}
    }


def test_bad_messages_end_in_the_dead_letter_queue_and_hold_nothing_up(driver: Driver) -> None:
    good = driver.order(announce=False, intent="authorized")
    bad = ["not even JSON", json.dumps({"type": "unicorn_payments", "id": "eqRZMSaNqM"})]
    missing = json.dumps({"type": "stripe_payments", "id": "noSuchOne"})
    for message in (*bad, missing, json.dumps({"type": good["payment_type"], "id": good["payment_id"]})):
        driver.stack.send(message)

    driver.wait_for("the neighbour settled", lambda: driver.status(key_of(good)) == "settled")
    driver.wait_for("missing", lambda: driver.status("stripe_payments#noSuchOne") == "missing")
    driver.wait_for("both dead", lambda: {letter.body for letter in driver.stack.letters()} >= set(bad))

    log = "\n".join(driver.stack.log("Refresh"))
    assert "unicorn_payments" in log
    assert "not JSON" in log


def test_an_order_can_be_checked_manually(driver: Driver) -> None:
    order = driver.order(announce=False, intent="authorized")

    driver.stack.send({"order_id": order["order_id"]})

    driver.wait_for("settled", lambda: driver.status(key_of(order)) == "settled")


def test_a_letter_moved_back_starts_one_new_round(driver: Driver) -> None:
    key = key_of(driver.order(intent="open"))
    driver.wait_for("the first letter", lambda: len(driver.letters(key)) == 1)
    first = driver.letters(key)[0]
    assert (first.round, first.reason) == (1, "stayed_pending")

    driver.move_letter_back(first)
    driver.wait_for("round 2", lambda: (row := driver.row(key)) is not None and row.round == 2)
    driver.stack.send(first.body)  # the same letter once more
    driver.wait_for("the second letter", lambda: any(letter.round == 2 for letter in driver.letters(key)))

    row = driver.row(key)
    assert row is not None
    assert (row.round, row.status) == (2, "dead_lettered")
    assert [letter.round for letter in driver.letters(key)] == [2]


def test_no_secret_is_left_behind_and_one_that_is_planted_in_a_log_line_is_found(driver: Driver) -> None:
    stack, sandbox = driver.stack, driver.stack.sandbox
    assert sandbox is not None
    secrets = sandbox.secrets()
    left = list(left_behind(stack))
    assert all(secrets.values())
    assert {text.where for text in left} >= {"a row of the table", "a dead letter", "an outcome event"}
    assert {f"the log of {function}" for function in FUNCTIONS} <= {text.where for text in left}
    assert find_secrets(secrets, left) == ()
    assert not [text for text in left if "_secret_" in text.text or "Bearer" in text.text]

    group, stream = f"/aws/lambda/{stack.resources['Refresh']}", "planted"
    stack.aws.clients.logs.create_log_stream(logGroupName=group, logStreamName=stream)
    line = json.dumps({"level": "INFO", "message": "planted", "url": f"/?token={secrets['access token'][0]}"})
    event: Any = {"timestamp": int(time.time() * 1000), "message": line}
    stack.aws.clients.logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])

    assert find_secrets(secrets, left_behind(stack)) == ("secret in the log of Refresh: access token",)
