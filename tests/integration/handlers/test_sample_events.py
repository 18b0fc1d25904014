"""Every file in ``events/`` through the function it is for, with the result that each must lead to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.vocabulary import Status
from payment_refresh.errors import UnreadableOrder
from tests.integration.handlers.conftest import HEARTBEAT, TOPICS, pending
from tests.integration.handlers.sample_events import SANDBOX_SECRET, SIGNATURE, load, names, signed, webhooks
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from tests.integration.handlers.conftest import Functions

IN_EACH_RELEASE = True

ORDER_EVENTS: dict[str, tuple[int, str]] = {
    "order_events_pending": (200, "watching"),
    "order_events_placing": (200, "watching"),
    "order_events_place": (200, "watching"),
    "order_events_base64": (200, "watching"),
    "order_events_without_payment_source": (200, "watching"),
    "order_events_authorize_not_placed": (200, "watching"),
    "order_events_authorize": (200, "ignored"),
    "order_events_pay": (200, "ignored"),
    "order_events_approve": (200, "ignored"),
    "order_events_cancel": (200, "ignored"),
    "order_events_void": (200, "ignored"),
    "order_events_not_refreshable": (200, "ignored"),
    "order_events_new_model": (200, "ignored"),
    "order_events_not_json": (400, "UNREADABLE_BODY"),
}
"""Status, and result or error code, of each order event's first delivery to an empty table."""

COUNTED_APART = {"order_events_new_model": {"NewModelOrders": 1}}
"""Metrics of an order event besides that of its result."""

BUS_EVENTS: dict[str, str | type[Exception]] = {
    "order_events_bus_place": "watching",
    "order_events_bus_authorize": "ignored",
    "order_events_bus_unreadable": UnreadableOrder,
}
"""The same of order events that came by a bus, which nobody waits for an answer to; or what they raise."""

WATCHED = {
    "order_events_pending": "stripe_payments#pAyPenDing",
    "order_events_placing": "stripe_payments#pAyPlacing",
    "order_events_place": "stripe_payments#eqRZMSaNqM",
    "order_events_base64": "satispay_payments#pAyBase640",
    "order_events_without_payment_source": "orders#nOsOuRcEaB",
    "order_events_authorize_not_placed": "stripe_payments#pAyNotPlac",
}

ENDS = {
    "order_events_authorize": Status.SETTLED,
    "order_events_pay": Status.SETTLED,
    "order_events_approve": Status.SETTLED,
    "order_events_cancel": Status.CLOSED,
    "order_events_void": Status.CLOSED,
}
"""Effect of each of these on a watch that is open."""

FAILED = {
    "refresh_swept": [],
    "refresh_acknowledge": [],
    "refresh_by_hand_payment": [],
    "refresh_by_hand_order": [],
    "refresh_letter": [],
    "refresh_malformed": [f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3)],
}
"""The messages of each batch that come back."""

SECRETS = (
    "_secret_MadeUp",
    "pk_test_MadeUp",
    "pk_sbx_MadeUp",
    "tok_MadeUp",
    SANDBOX_SECRET,
    "shopper@example.com",
)
"""Contents of the files that no function may write anywhere."""


def test_every_file_is_expected_to_do_something() -> None:
    schedules = ["digest_count", "digest_schedule", "discover_schedule", "sweep_schedule"]
    assert sorted([*ORDER_EVENTS, *BUS_EVENTS, *FAILED, *schedules]) == names()
    assert sorted(ORDER_EVENTS) == webhooks()


def test_every_topic_has_a_file() -> None:
    topics = {load(name)["headers"]["x-commercelayer-topic"] for name in ORDER_EVENTS}

    assert topics == {f"orders.{topic}" for topic in TOPICS}


@pytest.mark.parametrize("name", ORDER_EVENTS)
def test_every_order_event_is_signed(name: str) -> None:
    event = load(name)

    assert event["headers"][SIGNATURE] == signed(event)["headers"][SIGNATURE]


@pytest.mark.parametrize("name", ORDER_EVENTS)
def test_every_order_event_is_answered(functions: Functions, name: str) -> None:
    status, word = ORDER_EVENTS[name]

    output = functions.run_file(name)

    assert output.answer["statusCode"] == status
    assert output.answer["headers"] == {"Content-Type": "application/vnd.api+json"}
    if status == 200:
        assert output.body == {"meta": {"result": word}}
        assert output.metrics == {f"Event{word.capitalize()}": 1} | COUNTED_APART.get(name, {})
    else:
        (error,) = output.body["errors"]
        assert (error["status"], error["code"]) == (str(status), word)
        assert output.metrics == {f"Refused{status}": 1}


@pytest.mark.parametrize("name", ORDER_EVENTS)
def test_every_order_event_watches_what_it_should(functions: Functions, name: str) -> None:
    functions.run_file(name)

    assert [str(key) for key in functions.world.table.rows] == ([WATCHED[name]] if name in WATCHED else [])


def test_order_event_of_the_new_payments_model_is_logged_by_the_orders_id_alone(functions: Functions) -> None:
    output = functions.run_file("order_events_new_model")

    (line,) = [line for line in output.log if line["message"] == "new_model_order"]
    assert (line["order_id"], "sEsSiOnAbC" in output.text) == ("nEwMoDeLaB", False)


@pytest.mark.parametrize("name", WATCHED)
def test_an_order_event_that_comes_twice_changes_nothing(functions: Functions, name: str) -> None:
    functions.run_file(name)
    writes = list(functions.world.table.writes)

    assert functions.run_file(name).body == {"meta": {"result": "stale"}}

    assert functions.world.table.writes == writes


@pytest.mark.parametrize("name", ENDS)
def test_an_order_event_may_end_a_watch(functions: Functions, name: str) -> None:
    document = json.loads(load(name)["body"])
    source = document["data"]["relationships"]["payment_source"]["data"]
    key = PaymentKey(source["type"], source["id"])
    unpaid = samples.cart(id=document["data"]["id"], source_type=key.type, source_id=key.id, at=START)
    functions.world.event(unpaid)

    assert functions.run_file(name).body == {"meta": {"result": "ended"}}

    assert functions.world.row(key).status is ENDS[name]


@pytest.mark.parametrize("name", [name for name, result in BUS_EVENTS.items() if isinstance(result, str)])
def test_every_event_of_a_bus_is_taken(functions: Functions, name: str) -> None:
    result = str(BUS_EVENTS[name])

    output = functions.run_file(name)

    assert output.answer == {"result": result}
    assert output.metrics == {f"Event{result.capitalize()}": 1}


def test_the_base64_event_is_read_like_any_other(functions: Functions) -> None:
    functions.run_file("order_events_base64")

    (row,) = functions.world.table.rows.values()
    assert (row.order_number, row.amount_cents, row.currency) == ("1010", 9900, "EUR")


@pytest.mark.parametrize("name", FAILED)
def test_every_batch_is_answered(functions: Functions, name: str) -> None:
    assert functions.run_file(name).failed == FAILED[name]


def test_swept_messages_are_checked(functions: Functions) -> None:
    world = functions.world
    for record in load("refresh_swept")["Records"]:
        message = json.loads(record["body"])
        order = samples.order(message["id"], kind=message["type"], source_id=message["id"])
        world.commerce_layer.put(order)
        world.table.put(samples.claimed(order, world.policy, until=START + 600, claim=message["claim"]))

    output = functions.run_file("refresh_swept")

    assert output.counted == {"Messages": 2, "ListCalls": 1, "RefreshCalls": 2} | pending(2)
    assert sorted(world.commerce_layer.asked("refresh")) == [
        ("satispay_payments#pAyBase640",),
        ("stripe_payments#eqRZMSaNqM",),
    ]


def test_a_payment_sent_manually_is_checked(functions: Functions) -> None:
    world = functions.world
    world.commerce_layer.put(samples.order(kind="checkout_com_payments", source_id="pAyByHand0"))

    output = functions.run_file("refresh_by_hand_payment")

    assert output.counted == {"Messages": 1, "ListCalls": 2, "RefreshCalls": 1} | pending(1)


def test_an_order_sent_manually_leads_to_its_payment(functions: Functions) -> None:
    world = functions.world
    world.commerce_layer.put(samples.order(id="oRdByHand0"))

    output = functions.run_file("refresh_by_hand_order")

    assert output.counted == {"Messages": 1, "ListCalls": 1, "Closed": 1}
    assert world.row(samples.key()).due_at == START


def test_a_letter_moved_back_starts_the_next_round(functions: Functions) -> None:
    world = functions.world
    order = samples.order(id="oRdLetter0", source_id="pAyLetter0")
    world.commerce_layer.put(order)
    world.table.put(samples.dead_lettered(order, world.policy, at=START))

    output = functions.run_file("refresh_letter")

    assert output.counted == {"Messages": 1, "ListCalls": 1, "RefreshCalls": 1} | pending(1)
    assert world.row(PaymentKey("stripe_payments", "pAyLetter0")).round == 2


def test_acknowledged_dead_letter_is_closed_with_the_note_and_calls_nobody(functions: Functions) -> None:
    world = functions.world
    order = samples.order(id="oRdStuck00", source_id="pAyStuck00")
    world.table.put(samples.dead_lettered(order, world.policy, at=START))

    output = functions.run_file("refresh_acknowledge")

    assert (output.failed, world.commerce_layer.calls) == ([], [])
    row = world.row(PaymentKey("stripe_payments", "pAyStuck00"))
    assert (row.status, row.note) == (Status.CLOSED, "Paid by bank transfer, order 1015 placed by hand.")
    assert [(event["kind"], event["reason"]) for event in world.events.details] == [
        ("PaymentClosed", "acknowledged")
    ]


def test_malformed_messages_are_reported_apart_in_the_log(functions: Functions) -> None:
    output = functions.run_file("refresh_malformed")

    assert output.counted == {"Messages": 3, "Unreadable": 3}
    details = [line["detail"] for line in output.log if line["message"] == "message_unreadable"]
    assert ["JSON" in details[0], "paypal_payments" in details[1], "id" in details[2]] == [True] * 3


def test_the_schedule_starts_a_sweep(functions: Functions) -> None:
    world = functions.world
    world.event(samples.order())
    world.clock.advance(75)

    output = functions.run_file("sweep_schedule")

    assert output.answer == {"claimed": 1, "refused": 0, "backlog": 0}
    sweep = {"Claimed": 1, "SendFailures": 0, "CartsUnserved": 0, "OldestOverdueSeconds": 15}
    assert output.metrics == sweep | HEARTBEAT
    assert len(world.queue.waiting) == 1


def test_nothing_secret_or_personal_is_written(functions: Functions, event_name: str) -> None:
    expected = BUS_EVENTS.get(event_name)
    if isinstance(expected, type):
        output = functions.run_failing("order_events", load(event_name), expected)
    else:
        output = functions.run_file(event_name)

    assert not [word for word in SECRETS if word in output.text]
    assert not [word for word in SECRETS if word in repr(functions.world.table.rows)]
