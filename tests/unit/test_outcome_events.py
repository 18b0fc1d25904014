"""Outcome events of a payment: their kinds, and which of them are announced."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain.outcome_events import (
    KINDS,
    NEEDS_A_PERSON,
    add_to_outbox,
    is_urgent,
    outcome_of,
)
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import Evidence, Notice, OutboxItem, Reason, Status
from tests.support import samples
from tests.unit.strategies import watches

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch

POLICY = Policy()
WATCH = samples.watch(samples.order(), POLICY)
ORDERS_ROW = samples.watch(samples.without_source(samples.order()), POLICY)
QUIET = frozenset(KINDS) - NEEDS_A_PERSON


@pytest.mark.parametrize(
    ("kind", "changes", "urgent"),
    [
        (OutboxItem.ON_CANCELLED_ORDER, {}, True),
        (OutboxItem.SUPERSEDED, {"evidence": Evidence.MONEY}, True),
        (OutboxItem.SUPERSEDED, {"evidence": Evidence.AUTHORIZATION_ONLY}, False),
        (OutboxItem.STILL_PENDING, {"reason": Reason.REFRESH_FAILING}, True),
        (OutboxItem.STILL_PENDING, {"reason": Reason.CANNOT_PROCESS}, True),
        (OutboxItem.STILL_PENDING, {"reason": Reason.STAYED_PENDING}, False),
        (OutboxItem.DEAD_LETTER, {"reason": Reason.CANNOT_PROCESS}, False),  # its event counts already
        (OutboxItem.MISSING, {}, False),
        (OutboxItem.NOT_PLACED, {}, False),
        (OutboxItem.SETTLED, {}, False),
    ],
)
def test_outcome_is_urgent_where_money_is_in_the_wrong_place_or_something_is_broken(
    kind: OutboxItem, changes: dict[str, Any], urgent: bool
) -> None:
    assert is_urgent(replace(WATCH, **changes), kind) is urgent


class TestWhichEnd:
    """The status names the outcome; some notices name it better."""

    @pytest.mark.parametrize(
        ("status", "notice", "outcome"),
        [
            (Status.SETTLED, None, OutboxItem.SETTLED),
            (Status.SETTLED, Notice.NOT_PLACED, OutboxItem.NOT_PLACED),
            (Status.CLOSED, None, OutboxItem.CLOSED),
            (Status.CLOSED, Notice.ATTEMPT_FAILED, OutboxItem.CLOSED),
            (Status.CLOSED, Notice.AMOUNT_MISMATCH, OutboxItem.CLOSED),
            (Status.CLOSED, Notice.SUPERSEDED, OutboxItem.SUPERSEDED),
            (Status.CLOSED, Notice.ON_CANCELLED_ORDER, OutboxItem.ON_CANCELLED_ORDER),
            (Status.MISSING, Notice.ATTEMPT_FAILED, OutboxItem.MISSING),
            (Status.ABANDONED, None, OutboxItem.ABANDONED),
            (Status.DEAD_LETTERED, None, OutboxItem.STILL_PENDING),
            (Status.DEAD_LETTERED, Notice.AMOUNT_MISMATCH, OutboxItem.STILL_PENDING),
            (Status.CLOSED, Notice.KEPT_AFTER_CANCELLATION, OutboxItem.CLOSED),
            (Status.REPORTED, None, None),
        ],
    )
    def test_an_end_has_one_outcome(
        self, status: Status, notice: Notice | None, outcome: OutboxItem | None
    ) -> None:
        assert outcome_of(replace(WATCH, status=status, notice=notice)) is outcome

    @pytest.mark.parametrize("notice", Notice)
    def test_what_a_person_acknowledged_is_closed_whatever_its_notice(self, notice: Notice) -> None:
        watch = replace(WATCH, status=Status.CLOSED, notice=notice, reason=Reason.ACKNOWLEDGED)

        assert outcome_of(watch) is OutboxItem.CLOSED

    @pytest.mark.parametrize(
        ("notice", "outcome"), [(None, OutboxItem.PLACED_AFTER_ALL), (Notice.NOT_PLACED, None)]
    )
    def test_what_was_announced_as_not_placed_is_placed_after_all(
        self, notice: Notice | None, outcome: OutboxItem | None
    ) -> None:
        reported = samples.outbox_of(OutboxItem.NOT_PLACED)

        assert outcome_of(replace(WATCH, status=Status.SETTLED, notice=notice, announced=reported)) is outcome


class TestAddToOutbox:
    """Each kind once a round; what only an order event reported is announced where somebody must act."""

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_check_enqueues_every_kind(self, kind: OutboxItem) -> None:
        watch = add_to_outbox(WATCH, [kind], by_event=False)

        assert watch == replace(WATCH, outbox=samples.outbox_of(kind), announced=samples.outbox_of(kind))

    @pytest.mark.parametrize("by_event", [False, True])
    @pytest.mark.parametrize("kind", KINDS)
    def test_no_kind_is_unrelayed_twice(self, kind: OutboxItem, by_event: bool) -> None:
        watch = replace(WATCH, announced=samples.outbox_of(kind))

        assert add_to_outbox(watch, [kind], by_event=by_event) == watch

    @pytest.mark.parametrize("kind", KINDS)
    def test_an_event_alone_enqueues_what_needs_a_person(self, kind: OutboxItem) -> None:
        watch = add_to_outbox(WATCH, [kind], by_event=True)

        assert (
            watch.outbox == watch.announced == (samples.outbox_of(kind) if kind in NEEDS_A_PERSON else frozenset())
        )

    @pytest.mark.parametrize("heard", sorted(NEEDS_A_PERSON))
    def test_who_heard_of_this_round_hears_of_its_end(self, heard: OutboxItem) -> None:
        watch = add_to_outbox(
            replace(WATCH, announced=samples.outbox_of(heard)), [OutboxItem.SETTLED], by_event=True
        )

        assert watch.outbox == samples.outbox_of(OutboxItem.SETTLED)

    @pytest.mark.parametrize("heard", sorted(QUIET))
    def test_what_needed_nobody_is_no_reason_to_tell_more(self, heard: OutboxItem) -> None:
        watch = replace(WATCH, announced=samples.outbox_of(heard))

        assert add_to_outbox(watch, QUIET, by_event=True) == watch

    @pytest.mark.parametrize("by_event", [False, True])
    def test_of_an_order_whose_payment_is_not_known_only_money_in_the_wrong_place_is_reported(
        self, by_event: bool
    ) -> None:
        watch = add_to_outbox(ORDERS_ROW, KINDS, by_event=by_event)

        reported = NEEDS_A_PERSON - {OutboxItem.MISSING} | {OutboxItem.PLACED_AFTER_ALL}
        assert watch.outbox == samples.outbox_of(*reported)

    def test_what_is_unrelayed_already_stays_unrelayed(self) -> None:
        watch = replace(WATCH, outbox=samples.outbox_of(OutboxItem.DEAD_LETTER, OutboxItem.CLOSED))

        assert add_to_outbox(watch, [OutboxItem.SETTLED], by_event=False).outbox == watch.outbox | {
            OutboxItem.SETTLED
        }

    @given(watches(), st.lists(st.sampled_from(KINDS), max_size=4), st.booleans())
    def test_what_is_unrelayed_was_asked_for_and_never_announced_before(
        self, watch: Watch, kinds: list[OutboxItem], by_event: bool
    ) -> None:
        after = add_to_outbox(watch, kinds, by_event=by_event)

        fresh = after.announced - watch.announced
        assert fresh <= set(kinds)
        assert after == replace(watch, outbox=watch.outbox | fresh, announced=watch.announced | fresh)
