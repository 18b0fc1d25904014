"""Order events that come by an EventBridge bus: no signature, no answer, and failures that are tried again."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.vocabulary import SettledBy, Status
from payment_refresh.errors import StateUnavailable, UnreadableOrder
from tests.integration.handlers.sample_events import load
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from tests.integration.handlers.conftest import Functions

KEY = PaymentKey("stripe_payments", "eqRZMSaNqM")


@pytest.fixture
def event() -> dict[str, Any]:
    """An order event as the rule hands it on: the order alone, without what it includes."""
    return load("order_events_bus_place")


def whole() -> dict[str, Any]:
    """One as a rule of somebody else's might hand it on: all of EventBridge's envelope, all of the document."""
    return {
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000004",
        "detail-type": "orders.place",
        "source": "com.example.orders",
        "account": "123456789012",
        "time": "2026-01-31T12:00:01Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": json.loads(load("order_events_place")["body"]),
    }


class TestTaken:
    """IAM stands in for the signature."""

    def test_the_order_is_watched_as_if_a_webhook_had_reported(
        self, functions: Functions, event: dict[str, Any], secrets: dict[str, object]
    ) -> None:
        secrets.clear()

        assert functions.run("order_events", event).answer == {"result": "watching"}

        row = functions.world.row(KEY)
        assert (row.order_id, row.order_number, row.found_by) == ("pLaCeAbCdE", "1003", "event")

    def test_the_whole_document_is_read_too_and_nothing_secret_of_it_is_written(
        self, functions: Functions
    ) -> None:
        output = functions.run("order_events", whole())

        assert functions.world.row(KEY).gateway_id == "pi_3SampleMadeUp"
        assert not [
            word for word in ("_secret_MadeUp", "pk_test_MadeUp", "shopper@example") if word in output.text
        ]

    def test_by_both_ways_it_is_the_same_news(self, functions: Functions) -> None:
        functions.run_file("order_events_place")

        assert functions.run("order_events", whole()).answer == {"result": "stale"}

    def test_it_ends_a_watch_and_says_who_settled_it(self, functions: Functions) -> None:
        event = load("order_events_bus_authorize")
        source = event["detail"]["data"]["relationships"]["payment_source"]["data"]
        order_id = event["detail"]["data"]["id"]
        functions.world.event(samples.order(id=order_id, kind=source["type"], source_id=source["id"], at=START))

        output = functions.run("order_events", event)

        assert output.answer == {"result": "ended"}
        assert output.metrics == {"EventEnded": 1, "SettledByWebhook": 1}
        row = functions.world.row(PaymentKey(source["type"], source["id"]))
        assert (row.status, row.settled_by) == (Status.SETTLED, SettledBy.WEBHOOK)


class TestFailures:
    """The invocation fails, so that it is repeated, and the event kept if that does not help."""

    @pytest.mark.parametrize("detail", [None, "text", [], {}, {"data": None}, {"data": {"type": "customers"}}])
    def test_what_is_no_order(self, functions: Functions, event: dict[str, Any], detail: object) -> None:
        output = functions.run_failing("order_events", event | {"detail": detail}, UnreadableOrder)

        assert output.metrics == {"Faults": 1}
        assert not functions.world.table.rows

    def test_the_log_names_the_event(self, functions: Functions) -> None:
        event = load("order_events_bus_unreadable")

        output = functions.run_failing("order_events", event, UnreadableOrder)

        (line,) = output.log
        assert (line["level"], line["message"], line["event_id"]) == ("ERROR", "order_event_failed", event["id"])

    @pytest.mark.parametrize("error", [StateUnavailable("down"), RuntimeError("cannot happen")], ids=repr)
    def test_a_table_that_fails(self, functions: Functions, event: dict[str, Any], error: Exception) -> None:
        functions.world.table.faults.add("write", error)

        output = functions.run_failing("order_events", event, type(error))

        assert output.metrics == {"Faults": 1}
        assert functions.run("order_events", event).answer == {"result": "watching"}


class TestNobodyAtTheUrlPassesForTheBus:
    """What a caller sends is inside the body; the envelope around it is AWS's."""

    def test_a_body_that_looks_like_an_event_of_the_bus(self, functions: Functions, event: dict[str, Any]) -> None:
        request = load("order_events_place") | {"body": json.dumps(event)}

        output = functions.run("order_events", request)

        assert (output.answer["statusCode"], output.metrics) == (401, {"Refused401": 1, "RefusedSignatures": 1})
        assert not functions.world.table.rows

    def test_a_request_with_a_detail_beside_its_body(self, functions: Functions, event: dict[str, Any]) -> None:
        request = load("order_events_place")
        request["headers"]["x-commercelayer-signature"] = "AAAA"

        output = functions.run("order_events", request | {"detail": event["detail"]})

        assert output.answer["statusCode"] == 401
        assert not functions.world.table.rows


def test_event_that_first_shows_what_our_refresh_settled_measures_it(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the answer to that refresh was lost."""
    world = functions.world
    monkeypatch.setattr(time, "time", world.clock)
    world.clock.advance(90)
    order = samples.order(id="aUtHoRiZeA", kind="checkout_com_payments", source_id="pAyAuThOri")
    sent: dict[str, Any] = {
        "refresh_sent_at": "2026-01-31T12:00:19.500Z",
        "refresh_answered_at": "2026-01-31T12:00:29.500Z",
    }
    world.table.put(samples.watch(order, world.policy, **sent))

    output = functions.run("order_events", load("order_events_bus_authorize"))

    assert output.metrics == {"EventEnded": 1, "SettledByRefresh": 1, "DetectionDelaySeconds": 90}
    (money,) = [line for line in output.emitted if "currency" in line]
    assert (money["currency"], money["SettledByRefreshCents"]) == ("EUR", [9900])
