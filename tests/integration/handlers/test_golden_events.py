"""Every file in ``events/`` through its function, in several circumstances: all that comes out is as recorded.

``RECORD_GOLDEN=1`` records anew: only where behaviour is meant to change, and the change says so.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.order_document import read_order
from payment_refresh.domain.payment import PaymentKey
from tests.golden.names import translated
from tests.golden.ports import RecordedApi, RecordedBus, RecordedLetters, RecordedQueue, RecordedTable
from tests.golden.tape import RECORDED, Tape
from tests.integration.handlers.conftest import function_of
from tests.integration.handlers.sample_events import load, names
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from tests.integration.handlers.conftest import Functions
    from tests.support.world import World

IN_EACH_RELEASE = True

CIRCUMSTANCES = ("nothing is known", "it is watched", "it is claimed")
RECORDING = RECORDED / "events.json"


def order_in(name: str) -> Order | None:
    """The order in a file, where there is one with a payment that can be refreshed."""
    event = load(name)
    with suppress(Exception):
        order = read_order(event["detail"] if "detail" in event else json.loads(event["body"]))
        return order if order.payment is not None else None
    return None


def prepare_events(world: World, order: Order | None, circumstance: str) -> None:
    """Let the order of an event be watched as an unpaid cart."""
    if order is None or order.payment is None or circumstance == CIRCUMSTANCES[0]:
        return
    world.event(
        samples.cart(id=order.id, source_type=order.payment.type, source_id=order.payment.id, at=START - 10**8)
    )
    if circumstance == CIRCUMSTANCES[2]:
        row = world.row(order.payment)
        world.table.write(replace(row, claim="token", claims=1, due_at=world.now + 600))


def prepare_messages(world: World, name: str, circumstance: str) -> None:
    """Let the payments and orders that messages name exist, and be claimed or dead-lettered as these say."""
    if circumstance == CIRCUMSTANCES[0]:
        return
    for number, record in enumerate(load(name)["Records"]):
        try:
            message = json.loads(record["body"])
            key = PaymentKey(message.get("type", "orders"), message.get("id") or message["order_id"])
        except Exception:  # noqa: S112  what nobody can read names no payment
            continue
        if key.is_order:
            order = samples.order(id=key.id)
        else:
            order = samples.order(f"o{number}", kind=key.type, source_id=key.id)
        if circumstance == CIRCUMSTANCES[2] and number == 0:
            order = samples.authorized(order, START + 30)
        world.commerce_layer.put(order)
        if "claim" in message:
            world.table.put(samples.claimed(order, world.policy, until=START + 600, claim=message["claim"]))
        elif "round" in message:
            world.table.put(samples.dead_lettered(order, world.policy, at=START, round=message["round"]))


def prepare_schedule(world: World, function: str, circumstance: str) -> None:
    """Let payments be due or reported, or orders be listed that nobody watches."""
    if circumstance == CIRCUMSTANCES[0]:
        return
    for number in range(3):
        order = samples.order(f"s{number}")
        if function == "sweep":
            world.event(order)
        elif function == "digest":
            world.table.put(samples.reported(order, world.policy, at=START))
        else:
            world.commerce_layer.put(order)
    if circumstance == CIRCUMSTANCES[2]:
        world.queue.refused = {"pay-s1"}
        world.events.refused = {"StuckOrdersReported"}
    world.clock.advance(3600)


def play(functions: Functions, name: str, circumstance: str) -> dict[str, Any]:
    """Run a file's function in a circumstance and give all that came out."""
    world, function, event = functions.world, function_of(name), load(name)
    if function == "order_events":
        prepare_events(world, order_in(name), circumstance)
    elif function == "refresh":
        prepare_messages(world, name, circumstance)
    else:
        prepare_schedule(world, function, circumstance)
    tape = Tape(clock=world.clock)
    around: dict[str, Any] = {
        "table": RecordedTable(world.table, tape),
        "commerce_layer": RecordedApi(world.commerce_layer, tape),
        "listing": RecordedApi(world.listing, tape),
        "queue": RecordedQueue(world.queue, tape),
        "letters": RecordedLetters(world.letters, tape),
        "events": RecordedBus(world.events, tape),
    }
    for port, recorded in around.items():
        setattr(world, port, recorded)
    try:
        output = functions.run(function, event)
    except Exception as error:
        return {"raised": type(error).__name__, "facts": tape.facts}
    answer = output.answer
    if isinstance(answer, dict) and "body" in answer:
        answer = answer | {"body": json.loads(answer["body"])}
    return {"answer": answer, "metrics": output.metrics, "facts": tape.facts}


def assert_as_recorded(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, name: str, circumstance: str
) -> None:
    """Run a file's function in a circumstance, and compare all that comes out with the recording."""
    monkeypatch.setattr(time, "time", functions.world.clock)
    played = json.loads(json.dumps(play(functions, name, circumstance)))
    recorded = json.loads(RECORDING.read_text()) if RECORDING.exists() else {}
    if os.environ.get("RECORD_GOLDEN"):
        recorded.setdefault(name, {})[circumstance] = played
        RECORDING.write_text(json.dumps(recorded, indent=1) + "\n")
    assert played == translated(recorded[name][circumstance])


@pytest.mark.parametrize("circumstance", CIRCUMSTANCES)
@pytest.mark.parametrize("name", names())
def test_an_event_leads_to_what_was_recorded(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, name: str, circumstance: str
) -> None:
    assert_as_recorded(functions, monkeypatch, name, circumstance)
