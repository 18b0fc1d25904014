"""The webhook's body, rightly signed and as wrong as can be: it is taken or refused, and does no harm later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain.order_document import (
    AUTHORIZATION_FIELDS,
    NEW_MODEL_RELATIONS,
    ORDER_FIELDS,
    ORDER_RELATIONS,
)
from payment_refresh.domain.policy import DAY, Policy
from tests.hostile.endpoint import function, request
from tests.hostile.values import CANARY, MANY, contents, encode, spoiled
from tests.support import samples
from tests.support.clock import START
from tests.unit import payloads

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch
    from tests.hostile.endpoint import Function
    from tests.support.world import World

DOCUMENT = payloads.document(
    payloads.payment(client_secret=CANARY),
    [payloads.failed("aTtEmPt"), payloads.attempt("aNoThEr")],
    auto_place=True,
    customer_email=CANARY,
)
READ = {
    *ORDER_FIELDS,
    *ORDER_RELATIONS,
    *AUTHORIZATION_FIELDS,
    *NEW_MODEL_RELATIONS,
    *(
        "id",
        "type",
        "data",
        "attributes",
        "relationships",
        "included",
        "stripe_id",
        "mismatched_amounts",
        "auto_place",
        "payment_taken_sessions_count",
    ),
}
"""Names of all that the code reads of a document."""

POLICY = Policy()


def rows() -> list[Watch | None]:
    """Rows that may stand in the table when the event comes."""
    order = samples.order(id=payloads.ORDER_ID, source_id=payloads.PAYMENT_ID)
    return [
        None,
        samples.watch(order, POLICY),
        samples.claimed(order, POLICY, until=START + 600),
        samples.dead_lettered(order, POLICY, at=START),
        samples.unrelayed(order, POLICY, at=START),
    ]


def take(order_events: Function, body: bytes) -> None:
    """Send a body, and check the answer."""
    answer = order_events.run(request(body))

    assert answer["statusCode"] in (200, 400), order_events.text
    assert CANARY not in answer["body"] + order_events.text
    assert json.loads(answer["body"])


def play_on(world: World) -> None:
    """Let what the event left in the table be checked to its end: it must not fail any message."""
    for _ in range(4):
        world.clock.advance(30 * DAY)
        world.sweep()
        assert world.take_batch().failed == set(), world.log.text
    assert not [row for row in world.table.rows.values() if row.claim or row.is_open]


@MANY
@given(contents(DOCUMENT), st.sampled_from(rows()))
def test_no_body_is_answered_with_a_fault_or_harms_later(body: bytes, row: Watch | None) -> None:
    with function("order_events") as order_events:
        if row is not None:
            order_events.table.put(row)

        take(order_events, body)

        play_on(order_events.world)


@pytest.mark.parametrize("name", sorted(READ))
def test_no_strange_value_is_answered_with_a_fault_or_harms_later(name: str) -> None:
    with function("order_events") as order_events:
        for document in spoiled(DOCUMENT, name):
            take(order_events, encode(document))
        play_on(order_events.world)
        for document in spoiled(DOCUMENT, name):  # now on a row that ended
            take(order_events, encode(document))
        play_on(order_events.world)


def test_what_a_body_says_of_a_shopper_and_of_secrets_goes_no_further() -> None:
    def with_canaries(value: Any) -> Any:
        if isinstance(value, list):
            return [with_canaries(part) for part in value]
        return (
            {name: with_canaries(part) for name, part in value.items()} | {"canary": CANARY, CANARY: CANARY}
            if isinstance(value, dict)
            else value
        )

    with function("order_events") as order_events:
        world = order_events.world
        take(order_events, encode(with_canaries(DOCUMENT)))
        play_on(world)

        assert world.table.writes
        assert world.letters.letters or world.events.events
        left = (world.table.writes, world.letters.letters, world.events.events, world.queue, world.log.text)
        assert CANARY not in repr(left) + order_events.text
