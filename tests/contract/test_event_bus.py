"""Contract of the `EventBus` port, held against the fake and against EventBridge."""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from botocore.exceptions import EndpointConnectionError

from devstack.outcome_queue import subscribe_queue
from payment_refresh.adapters.aws import client
from payment_refresh.adapters.eventbridge import PUT_BATCH, EventBridgeBus
from payment_refresh.domain.outcome_events import OutcomeEvent, write_events
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.stuck import Digest, summarize
from payment_refresh.domain.vocabulary import OutboxItem, SettledBy
from tests.support import samples
from tests.support.clock import START
from tests.support.deployment import deployment
from tests.support.event_bus import FakeEventBus
from tests.support.log import FakeLog
from tests.unit.outcome_schemas import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.awsrequest import AWSResponse

    from devstack.local_aws import LocalAws
    from payment_refresh.ports import EventBus


class Bench(Protocol):
    """A bus, with what the tests need besides the port."""

    bus: EventBus

    def arrived(self) -> list[tuple[str, str]]:
        """Take out all that arrived: kind and detail of each event."""
        ...

    def refuse(self, *kinds: str) -> None:
        """Let the bus refuse events of these kinds from now on."""
        ...


class FakeBench:
    """The fake."""

    def __init__(self) -> None:
        self.fake = FakeEventBus()
        self.bus: EventBus = self.fake

    def arrived(self) -> list[tuple[str, str]]:
        return [(event.kind, event.detail) for event in self.fake.events]

    def refuse(self, *kinds: str) -> None:
        self.fake.refused = set(kinds)


class EventBridgeBench:
    """EventBridge in the local AWS; what is to be refused is not sent, and reported as EventBridge does."""

    def __init__(self, name: str, queue_url: str) -> None:
        self.queue_url = queue_url
        self.refused: tuple[str, ...] = ()
        self.bus: EventBus = EventBridgeBus(name=name, log=FakeLog())

    def arrived(self) -> list[tuple[str, str]]:
        envelopes = [json.loads(body) for body in received(self.queue_url)]
        return [(envelope["detail-type"], json.dumps(envelope["detail"])) for envelope in envelopes]

    def refuse(self, *kinds: str) -> None:
        self.refused = kinds

    def leave_out(self, params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        refused = [entry["DetailType"] in self.refused for entry in params["Entries"]]
        context["refused"] = refused
        params["Entries"] = [
            entry for entry, is_refused in zip(params["Entries"], refused, strict=True) if not is_refused
        ]

    def report(self, parsed: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        taken = iter(parsed["Entries"])
        refusal = {"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}
        parsed["Entries"] = [refusal if is_refused else next(taken) for is_refused in context["refused"]]
        parsed["FailedEntryCount"] = sum(context["refused"])


def received(queue_url: str) -> list[str]:
    """Take all messages out of a queue."""
    found: list[str] = []
    while messages := client("sqs").receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages"):
        found += [message["Body"] for message in messages]
    return found


@contextmanager
def registered(event: str, handler: Any) -> Iterator[None]:
    """Let a handler take part in the client's calls."""
    client("events").meta.events.register(event, handler)
    try:
        yield
    finally:
        client("events").meta.events.unregister(event, handler)


@pytest.fixture
def bus_name() -> str:
    return f"bus-{uuid.uuid4().hex}"


@pytest.fixture
def subscriber(aws: LocalAws, bus_name: str) -> str:
    """A new bus, and the queue that a rule on it sends all outcome events to; gives the queue's URL."""
    return subscribe_queue(aws.clients, f"subscriber-{uuid.uuid4().hex}", bus_name)


@pytest.fixture(params=["fake", "EventBridge"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "fake":
        yield FakeBench()
        return
    queue_url = request.getfixturevalue("subscriber")
    events = EventBridgeBench(request.getfixturevalue("bus_name"), queue_url)
    with (
        registered("before-parameter-build.events.PutEvents", events.leave_out),
        registered("after-call.events.PutEvents", events.report),
    ):
        yield events


def event(name: str, kind: OutboxItem = OutboxItem.SETTLED) -> OutcomeEvent:
    """The event of a payment."""
    watch = samples.watch(
        samples.order(name), Policy(), outbox=samples.outbox_of(kind), settled_by=SettledBy.REFRESH
    )
    (written,) = write_events(watch, deployment())
    return written


def several(count: int) -> list[OutcomeEvent]:
    return [event(f"{number:02}") for number in range(count)]


def test_an_event_arrives_with_its_kind_and_its_detail(bench: Bench) -> None:
    sent = event("a")

    assert list(bench.bus.send([sent])) == [True]

    ((kind, detail),) = bench.arrived()
    assert (kind, json.loads(detail)) == ("PaymentSettled", json.loads(sent.detail))
    check([json.loads(detail)])


@pytest.mark.parametrize("count", [PUT_BATCH, PUT_BATCH + 1, 2 * PUT_BATCH + 3])
def test_more_than_a_call_takes_are_sent_too(bench: Bench, count: int) -> None:
    assert list(bench.bus.send(several(count))) == [True] * count

    names = sorted(json.loads(detail)["payment"]["id"] for _, detail in bench.arrived())
    assert names == [f"pay-{number:02}" for number in range(count)]


def test_each_refused_event_is_reported_apart(bench: Bench) -> None:
    bench.refuse(OutboxItem.CLOSED)
    sent = [event("a"), event("b", OutboxItem.CLOSED), event("c", OutboxItem.ABANDONED)]

    assert list(bench.bus.send(sent)) == [True, False, True]

    assert sorted(kind for kind, _ in bench.arrived()) == ["PaymentAbandoned", "PaymentSettled"]


def test_each_is_reported_apart_over_several_calls_too(bench: Bench) -> None:
    bench.refuse(OutboxItem.CLOSED)
    sent = several(23)
    sent[7], sent[11], sent[22] = (event(name, OutboxItem.CLOSED) for name in "abc")

    assert [index for index, taken in enumerate(bench.bus.send(sent)) if not taken] == [7, 11, 22]

    assert len(bench.arrived()) == 20


def test_event_of_the_digest_is_sent_like_any_other(bench: Bench) -> None:
    row = samples.reported(samples.order("a"), Policy(), at=START)
    digest = Digest().updated(summarize([row], complete=True), START, deployment()).event
    assert digest is not None

    assert list(bench.bus.send([digest])) == [True]

    ((kind, detail),) = bench.arrived()
    assert kind == "StuckOrdersReported"
    check([json.loads(detail)])


def test_no_events_are_no_call(bench: Bench) -> None:
    assert list(bench.bus.send([])) == []


class TestEventBridge:
    """Properties that the fake does not have."""

    def test_a_rule_can_match_our_events_by_their_source(self, subscriber: str, bus_name: str) -> None:
        EventBridgeBus(name=bus_name, log=FakeLog()).send([event("a")])
        foreign = {
            "EventBusName": bus_name,
            "Source": "com.example",
            "DetailType": "PaymentSettled",
            "Detail": "{}",
        }
        client("events").put_events(Entries=[foreign])

        (body,) = received(subscriber)
        assert json.loads(body)["source"] == "payment-refresh"

    def test_what_is_sent_to_one_bus_does_not_reach_another(self, subscriber: str, log: FakeLog) -> None:
        EventBridgeBus(name="default", log=log).send([event("a")])

        assert received(subscriber) == []

    @pytest.mark.usefixtures("aws")
    def test_a_call_that_fails_refuses_its_own_events_and_no_others(self, log: FakeLog) -> None:
        """AWS answers a whole call with an error where the role may not put events on the bus."""
        calls: list[int] = []

        def count(params: dict[str, Any], **_: object) -> None:
            calls.append(len(params["Entries"]))

        def answer(parsed: dict[str, Any], http_response: AWSResponse, **_: object) -> None:
            if len(calls) == 1:
                http_response.status_code = 400
                parsed["Error"] = {"Code": "AccessDeniedException", "Message": "made up"}

        with (
            registered("before-parameter-build.events.PutEvents", count),
            registered("after-call.events.PutEvents", answer),
        ):
            taken = EventBridgeBus(name="default", log=log).send(several(PUT_BATCH + 1))

        assert (calls, list(taken)) == ([PUT_BATCH, 1], [False] * PUT_BATCH + [True])
        assert log.of("events_not_sent") == [{"bus": "default", "reason": "AccessDeniedException"}]

    @pytest.mark.usefixtures("aws")
    def test_a_bus_out_of_reach_refuses_everything(self, log: FakeLog) -> None:
        def unreachable(**_: object) -> None:
            raise EndpointConnectionError(endpoint_url="http://made-up")

        with registered("before-send.events.PutEvents", unreachable):
            assert list(EventBridgeBus(name="default", log=log).send(several(2))) == [False, False]

        assert log.of("events_not_sent") == [{"bus": "default", "reason": "EndpointConnectionError"}]

    def test_refusals_are_logged_without_the_event(self, subscriber: str, bus_name: str, log: FakeLog) -> None:
        def refuse(parsed: dict[str, Any], **_: object) -> None:
            parsed["Entries"] = [{"ErrorCode": "InternalFailure", "ErrorMessage": "made up"}]

        with registered("after-call.events.PutEvents", refuse):
            EventBridgeBus(name=bus_name, log=log).send([event("a")])

        assert received(subscriber)
        assert log.of("event_refused") == [{"bus": bus_name, "reason": "InternalFailure"}]
        assert "pay-a" not in log.text
