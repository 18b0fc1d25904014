"""Messages of the pending queue, as bad as can be: none fails its neighbours; the unreadable are reported."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain.messages import read_message, write_letter, write_request
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import Status
from payment_refresh.errors import UnreadableMessage
from tests.hostile.endpoint import NOW, function
from tests.hostile.values import CANARY, MANY, contents, spoiled
from tests.support import samples
from tests.support.clock import START
from tests.support.deployment import deployment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.hostile.endpoint import Function

POLICY = Policy()
ORDER = samples.order("x")
SWEPT = json.loads(write_request(samples.claimed(ORDER, POLICY, until=NOW + 600)))
LETTER = json.loads(write_letter(samples.dead_lettered(ORDER, POLICY, at=START), deployment()))
MANUAL, BY_ORDER = {"type": "stripe_payments", "id": "pay-x"}, {"order_id": "order-x"}
ACKNOWLEDGED = MANUAL | {"acknowledge": "paid by bank transfer"}
MESSAGES: list[dict[str, Any]] = [
    message | {"client_secret": CANARY} for message in (SWEPT, LETTER, MANUAL, BY_ORDER, ACKNOWLEDGED)
]
NEIGHBOURS = {"first": "a", "middle": "b", "last": "c"}


def is_readable(body: str) -> bool:
    try:
        read_message(body)
    except UnreadableMessage:
        return False
    return True


def handle(refresh: Function, bodies: Sequence[str]) -> set[str]:
    """Handle these messages amid three that are right; returns the ids of those that failed."""
    world = refresh.world
    for name in NEIGHBOURS.values():
        order = samples.order(name, at=NOW - 600)
        world.commerce_layer.put(samples.authorized(order, NOW - 60))
        world.table.put(samples.claimed(order, POLICY, until=NOW + 600))
    right = {
        where: json.dumps({"type": "stripe_payments", "id": f"pay-{name}", "claim": "token"})
        for where, name in NEIGHBOURS.items()
    }
    bad = [(f"bad-{number}", body) for number, body in enumerate(bodies)]
    half = len(bad) // 2
    first, middle, last = right.items()
    batch = [first, *bad[:half], middle, *bad[half:], last]
    answer = refresh.run({"Records": [{"messageId": id_, "body": body} for id_, body in batch]})
    for name in NEIGHBOURS.values():
        assert world.row(samples.key(name)).status is Status.SETTLED
    return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}


@MANY
@given(st.lists(st.sampled_from(MESSAGES).flatmap(contents), min_size=1, max_size=5))
def test_bad_messages_fail_alone(contents: list[bytes]) -> None:
    bodies = [content.decode(errors="surrogateescape") for content in contents]
    unreadable = {f"bad-{number}" for number, body in enumerate(bodies) if not is_readable(body)}
    with function("refresh") as refresh:
        assert handle(refresh, bodies) == unreadable

        lines = [line for line in refresh.log if line["message"] == "message_unreadable"]
        assert {line["message_id"] for line in lines} == unreadable
        assert all(line["detail"] for line in lines)
        # What should have been a type or an id is shown, or nobody could find out what was wrong.
        assert not [line for line in refresh.log if line not in lines and CANARY in repr(line)]


@pytest.mark.parametrize("message", MESSAGES, ids=["swept", "letter", "by hand", "by order", "acknowledged"])
def test_strange_values_in_messages_fail_alone(message: dict[str, Any]) -> None:
    for name in sorted({"type", "id", "order_id", "claim", "round", "acknowledge"} & message.keys()):
        bodies = [json.dumps(document) for document in spoiled(message, name)]
        unreadable = {f"bad-{number}" for number, body in enumerate(bodies) if not is_readable(body)}
        with function("refresh") as refresh:
            assert handle(refresh, bodies) == unreadable


def test_a_message_that_names_a_secret_by_mistake_shows_little_of_it() -> None:
    with function("refresh") as refresh:
        handle(
            refresh,
            [
                json.dumps({"type": "x" * 9_000, "id": "x"}),
                json.dumps({"type": "stripe_payments", "id": "y" * 9_000}),
            ],
        )

        assert "x" * 81 not in refresh.text
        assert "y" * 81 not in refresh.text


@pytest.mark.parametrize(
    "id_", ["", "../orders/x", "a/b", "a?b", "a#b", "a b", "a\n", "%2e", "é", "x" * 65, "a,b", None, 7, ["a"]]
)
@pytest.mark.parametrize("as_order", [False, True])
def test_an_id_that_could_not_stand_in_a_url_never_gets_there(id_: object, as_order: bool) -> None:
    message = {"order_id": id_} if as_order else {"type": "stripe_payments", "id": id_}
    with function("refresh") as refresh:
        assert handle(refresh, [json.dumps(message)]) == {"bad-0"}

        asked = {about for _, abouts in refresh.world.commerce_layer.calls for about in abouts}
        assert asked == {f"order-{name}" for name in NEIGHBOURS.values()}


def test_the_same_message_many_times_is_one_check() -> None:
    with function("refresh") as refresh:
        refresh.world.commerce_layer.put(samples.order("x", at=NOW - 600))

        assert handle(refresh, [json.dumps(MANUAL)] * 20) == set()
        assert refresh.world.commerce_layer.count["refresh"] == 1
