"""The receiver of order events: the answer to the sender, and the metrics."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from payment_refresh.domain.intake import Result
from payment_refresh.domain.measures import Measures
from payment_refresh.domain.policy import Policy
from payment_refresh.errors import SettingsError, UnreadableOrder
from payment_refresh.metrics import Metric
from payment_refresh.use_cases.receive_order_event.receiver import METRICS, OrderEventParts, ReceiveOrderEvent
from payment_refresh.use_cases.receive_order_event.signature import WebhookSecrets
from payment_refresh.use_cases.receive_order_event.webhook import Refusal
from tests.integration.handlers.sample_events import SANDBOX_SECRET, load
from tests.support.clock import FakeClock
from tests.support.log import Entry, FakeLog
from tests.support.state_table import FakeStateTable


def receiver(log: FakeLog) -> ReceiveOrderEvent:
    clock = FakeClock()
    secrets = WebhookSecrets(fetch=lambda: {"orders.place": [SANDBOX_SECRET]}, clock=clock, log=log)
    parts = OrderEventParts(secrets, FakeStateTable(), Policy())
    return ReceiveOrderEvent(parts=lambda: parts, clock=clock, log=log)


def test_every_result_of_an_order_event_has_a_metric_of_its_own() -> None:
    assert {result: f"Event{result.capitalize()}" for result in Result} == METRICS


@pytest.mark.parametrize("status", [400, 401, 405, 413])
def test_a_refusal_counts_in_the_metric_of_its_status(status: int) -> None:
    assert Refusal(status, "CODE", "title", "detail").metrics == (f"Refused{status}",)


def test_a_signed_webhook_is_answered_with_its_result() -> None:
    log = FakeLog()

    answer = receiver(log).from_webhook(load("order_events_place"))

    assert answer == (200, {"meta": {"result": "watching"}}, [Metric.EVENT_WATCHING], Measures())
    assert [entry.level for entry in log.entries] == ["debug"]


def test_an_event_that_settles_a_watch_counts_who_settled_it() -> None:
    receive, event = receiver(FakeLog()), load("order_events_bus_authorize")
    before = deepcopy(event)
    unpaid = {"payment_status": "unpaid", "payment_updated_at": None, "updated_at": "2026-01-01T00:00:00.000Z"}
    before["detail"]["data"]["attributes"] |= unpaid
    receive.from_bus(before)

    received = receive.from_bus(event)

    assert received.metrics == [Metric.EVENT_ENDED, Metric.SETTLED_BY_WEBHOOK]


def test_a_refused_webhook_is_answered_with_an_error_object_and_logged_as_a_warning() -> None:
    log, event = FakeLog(), load("order_events_place")
    event["requestContext"]["http"]["method"] = "PUT"

    answer = receiver(log).from_webhook(event)

    error = {"status": "405", "code": "METHOD_NOT_ALLOWED", "title": "Method not allowed"}
    assert (answer.status, answer.metrics) == (405, (Metric.REFUSED_405,))
    assert answer.document == {"errors": [error | {"detail": "send order events with POST"}]}
    refused = {"status": 405, "code": "METHOD_NOT_ALLOWED"}
    assert log.entries == [Entry("warning", "order_event_refused", refused)]


class TestWrongSettings:
    """Whatever the fault of ours, the sender is to send the event again, and a person reads why in the log."""

    @pytest.fixture
    def log(self) -> FakeLog:
        return FakeLog()

    @pytest.fixture
    def broken(self, log: FakeLog) -> ReceiveOrderEvent:
        def parts() -> OrderEventParts:
            raise SettingsError("STATE_TABLE_NAME is not set")

        return ReceiveOrderEvent(parts=parts, clock=FakeClock(), log=log)

    def test_a_webhook_is_answered_with_500_that_tells_nothing_of_them(
        self, broken: ReceiveOrderEvent, log: FakeLog
    ) -> None:
        answer = broken.from_webhook(load("order_events_place"))

        assert (answer.status, answer.metrics) == (500, (Metric.FAULTS,))
        assert "STATE_TABLE_NAME" not in str(answer.document)
        assert log.entries == [Entry("exception", "order_event_failed", {})]

    def test_an_event_of_the_bus_is_logged_by_its_id_and_raised(
        self, broken: ReceiveOrderEvent, log: FakeLog
    ) -> None:
        event = load("order_events_bus_place")

        with pytest.raises(SettingsError):
            broken.from_bus(event)

        assert log.entries == [Entry("exception", "order_event_failed", {"event_id": event["id"]})]


@pytest.mark.parametrize("event_id", [None, 7, "not an id", {}])
def test_an_id_of_the_bus_that_can_be_none_is_not_logged(event_id: object) -> None:
    log = FakeLog()
    event: dict[str, Any] = {"id": event_id, "detail": {}}

    with pytest.raises(UnreadableOrder):
        receiver(log).from_bus(event)

    assert log.entries == [Entry("exception", "order_event_failed", {"event_id": None})]
