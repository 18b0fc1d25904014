"""Derived properties of a watch."""

from __future__ import annotations

import dataclasses
from copy import replace

import pytest
from hypothesis import given

from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import CheckSource, DueClass, OutboxItem, Status, WatchClass
from payment_refresh.domain.watch import Check, Watch
from tests.support import samples
from tests.support.clock import START
from tests.unit.strategies import watches

WATCH = samples.watch(samples.order(), Policy())
LETTER = replace(WATCH, status=Status.DEAD_LETTERED)


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


class TestDueClass:
    """The partition of the due index: what waits longest for us goes first, what is stuck is only counted."""

    checked = replace(WATCH, checks=(Check(at=START + 60, by=CheckSource.LOOK, verdict="pending"),))

    @pytest.mark.parametrize(
        ("watch", "due_class"),
        [
            (WATCH, DueClass.FIRST),
            (checked, DueClass.PLACED),
            (replace(checked, started_at=START + 61), DueClass.FIRST),
            (replace(WATCH, consecutive_failures=1), DueClass.PLACED),
            (replace(WATCH, watch_class=WatchClass.CART), DueClass.CART),
            (replace(checked, absent_twice=True), DueClass.CONFIRM),
            (replace(checked, watch_class=WatchClass.CART, absent_twice=True), DueClass.CONFIRM),
            (replace(WATCH, status=Status.SETTLED, outbox=samples.outbox_of("PaymentSettled")), DueClass.PLACED),
            (
                replace(WATCH, status=Status.DEAD_LETTERED, outbox=samples.outbox_of("dead_letter")),
                DueClass.PLACED,
            ),
            (LETTER, DueClass.STUCK),
            (replace(WATCH, status=Status.REPORTED, watch_class=WatchClass.CART), DueClass.STUCK),
        ],
        ids=[
            "never checked",
            "checked",
            "placed since",
            "a call that was not answered",
            "a cart",
            "absent twice",
            "a cart absent twice",
            "its event is to be sent",
            "its letter is to be sent",
            "dead-lettered",
            "reported",
        ],
    )
    def test_the_due_class_of_a_watch(self, watch: Watch, due_class: DueClass) -> None:
        assert watch.due_class is due_class


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
