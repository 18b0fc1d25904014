"""Derived properties of a watch."""

from __future__ import annotations

import dataclasses
from copy import replace

import pytest
from hypothesis import given

from payment_refresh.domain.policy import Policy
from payment_refresh.domain.watch import OutboxItem, Status, Watch
from tests.support import samples
from tests.unit.strategies import watches

WATCH = samples.watch(samples.order(), Policy())


@pytest.mark.parametrize("status", Status)
def test_every_status_but_watching_is_an_end(status: Status) -> None:
    assert replace(WATCH, status=status).is_open is (status is Status.WATCHING)


@pytest.mark.parametrize(
    ("status", "outbox", "done"),
    [
        (Status.WATCHING, frozenset(), False),
        (Status.SETTLED, frozenset(), True),
        (Status.DEAD_LETTERED, frozenset({OutboxItem.DEAD_LETTER}), False),
        (Status.DEAD_LETTERED, frozenset(), True),
    ],
)
def test_a_watch_is_done_once_it_ended_and_has_an_empty_outbox(
    status: Status, outbox: frozenset[OutboxItem], done: bool
) -> None:
    assert replace(WATCH, status=status, outbox=outbox).is_done is done


class TestTheNextValue:
    """`copy.replace` makes it; a value never changes."""

    @given(watches())
    def test_it_differs_in_what_was_changed_alone(self, watch: Watch) -> None:
        changed = replace(watch, claim="token", claims=7)

        assert changed == dataclasses.replace(watch, claim="token", claims=7)
        assert replace(changed, claim=watch.claim, claims=watch.claims) == watch

    def test_the_old_value_stays_as_it_was(self) -> None:
        watch = samples.watch(samples.order(), Policy())
        changed = replace(watch, claim="token")

        assert (watch.claim, changed.claim) == (None, "token")
        with pytest.raises(dataclasses.FrozenInstanceError):
            changed.claim = "other"  # type: ignore[misc]  # on purpose

    def test_what_a_watch_does_not_have_is_refused(self) -> None:
        with pytest.raises(TypeError, match="claimed"):
            replace(samples.watch(samples.order(), Policy()), claimed="token")  # type: ignore[call-arg]  # on purpose
