"""Admission: the messages that may act on a row, and why the others are dropped."""

from __future__ import annotations

from typing import Any

import pytest

from payment_refresh.domain.admission import Dropped, dropped
from payment_refresh.domain.messages import Request
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import OutboxItem, Status
from tests.support import samples
from tests.support.clock import START

OPEN: dict[str, Any] = {}
LEASED = {"claim": "token", "due_at": START + 60}
LEASE_OVER = {"claim": "token", "due_at": START - 1}
DEAD = {"status": Status.DEAD_LETTERED, "due_at": START, "ended_at": START}
UNRELAYED = DEAD | {"outbox": frozenset({OutboxItem.DEAD_LETTER})}
SETTLED = {"status": Status.SETTLED, "due_at": None, "ended_at": START}
UNPLACED = SETTLED | {"announced": frozenset({OutboxItem.NOT_PLACED})}


@pytest.mark.parametrize(
    ("request_", "row", "why"),
    [
        ({"claim": "token"}, LEASED, None),
        ({"claim": "token"}, OPEN, Dropped.STALE_DUPLICATE),
        ({"claim": "token"}, None, Dropped.STALE_DUPLICATE),
        ({}, None, None),
        ({}, OPEN, None),
        ({}, LEASED, Dropped.UNDER_WAY),
        ({}, LEASE_OVER, None),
        ({}, UNRELAYED, Dropped.UNDER_WAY),
        ({}, DEAD, None),
        ({}, SETTLED, Dropped.ALREADY_SETTLED),
        ({}, UNPLACED, None),
        ({"letter_round": 1}, None, None),
        ({"letter_round": 1}, DEAD, None),
        ({"letter_round": 2}, DEAD, Dropped.LETTER_OF_ANOTHER_ROUND),
        ({"letter_round": 1}, OPEN, Dropped.LETTER_OF_ANOTHER_ROUND),
        ({"letter_round": 1}, SETTLED, Dropped.LETTER_OF_ANOTHER_ROUND),
        ({"acknowledge": "x"}, DEAD, None),
        ({"acknowledge": "x"}, {**DEAD, "status": Status.REPORTED}, None),
        ({"acknowledge": "x"}, OPEN, Dropped.NOTHING_TO_ACKNOWLEDGE),
        ({"acknowledge": "x"}, None, Dropped.NOTHING_TO_ACKNOWLEDGE),
    ],
)
def test_message_acts_or_is_dropped_by_the_row_as_it_stands(
    request_: dict[str, Any], row: dict[str, Any] | None, why: Dropped | None
) -> None:
    watch = None if row is None else samples.watch(samples.order(), Policy(), **row)

    assert dropped(Request(key=samples.key(), **request_), watch, START) is why
