"""What a watch says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payment_refresh.policy import Policy
from payment_refresh.watch import DEAD_LETTER, Status
from tests.fakes import samples

WATCH = samples.watch(samples.order(), Policy())


@pytest.mark.parametrize("status", Status)
def test_every_status_but_watching_is_an_end(status: Status) -> None:
    assert replace(WATCH, status=status).is_open is (status is Status.WATCHING)


@pytest.mark.parametrize(
    ("status", "owes", "done"),
    [
        (Status.WATCHING, frozenset(), False),
        (Status.SETTLED, frozenset(), True),
        (Status.DEAD_LETTERED, frozenset({DEAD_LETTER}), False),
        (Status.DEAD_LETTERED, frozenset(), True),
    ],
)
def test_a_watch_is_done_once_it_ended_and_owes_nothing(status: Status, owes: frozenset[str], done: bool) -> None:
    assert replace(WATCH, status=status, owes=owes).is_done is done
