"""Outcome events of a payment: their kinds, their times, and their content."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain.modes import Modes, RunMode
from payment_refresh.domain.outcome_events import (
    KINDS,
    NEEDS_A_PERSON,
    add_to_outbox,
    outcome_of,
    write_events,
)
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.watch import Check, CheckSource, FoundBy, Notice, OutboxItem, Reason, SettledBy, Status
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.outcome_schemas import check
from tests.unit.strategies import watches

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch

POLICY = Policy()
WATCH = samples.watch(samples.order(), POLICY)
ORDERS_ROW = samples.watch(samples.without_source(samples.order()), POLICY)
QUIET = frozenset(KINDS) - NEEDS_A_PERSON


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
        ],
    )
    def test_an_end_has_one_outcome(self, status: Status, notice: Notice | None, outcome: OutboxItem) -> None:
        assert outcome_of(replace(WATCH, status=status, notice=notice)) is outcome


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

        assert watch.outbox == samples.outbox_of(*(NEEDS_A_PERSON - {OutboxItem.MISSING}))

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


def details(watch: Watch, run_mode: RunMode = RunMode.REFRESH) -> list[dict[str, Any]]:
    """The outcome events in a watch's outbox, as they would be sent; each conforms to its schema."""
    found = [json.loads(event.detail) for event in write_events(watch, Modes(run=run_mode))]
    check(found)
    return found


class TestContent:
    """Everything that a person or a program needs to act, and nothing of the payer."""

    settled = replace(
        WATCH,
        status=Status.SETTLED,
        settled_by=SettledBy.REFRESH,
        ended_at=START + 70,
        checks=(Check(at=START + 70, by=CheckSource.REFRESH, verdict="settled", payment_status="authorized"),),
        outbox=samples.outbox_of(OutboxItem.SETTLED),
    )

    def test_all_of_it(self) -> None:
        assert details(self.settled) == [
            {
                "version": "1",
                "id": "stripe_payments#pay-a#1#PaymentSettled",
                "kind": "PaymentSettled",
                "run_mode": "refresh",
                "api_mode": "live",
                "at": "2026-01-01T00:01:10.000Z",
                "since": "2026-01-01T00:00:00.000Z",
                "pending_for_s": 70,
                "round": 1,
                "found_by": "event",
                "reported_by": "refresh",
                "payment": {"type": "stripe_payments", "id": "pay-a", "gateway_id": "pi_a"},
                "order": {
                    "id": "order-a",
                    "number": "10a",
                    "amount_cents": 9900,
                    "currency": "EUR",
                    "class": "placed",
                },
                "settled_by": "refresh",
            }
        ]

    @pytest.mark.parametrize(
        ("kind", "own"),
        [
            (OutboxItem.SETTLED, {"settled_by": "refresh"}),
            (OutboxItem.NOT_PLACED, {"settled_by": "refresh"}),
            (OutboxItem.ATTEMPT_FAILED, {"authorization_id": "attempt-1"}),
            (OutboxItem.STILL_PENDING, {"reason": "stayed_pending"}),
            (OutboxItem.CLOSED, {}),
            (OutboxItem.SUPERSEDED, {}),
            (OutboxItem.ABANDONED, {}),
            (OutboxItem.MISSING, {}),
            (OutboxItem.AMOUNT_MISMATCH, {}),
            (OutboxItem.ON_CANCELLED_ORDER, {}),
        ],
    )
    def test_each_kind_bears_its_own(self, kind: OutboxItem, own: dict[str, str]) -> None:
        watch = replace(
            self.settled,
            outbox=samples.outbox_of(kind),
            failed_attempt="attempt-1",
            reason=Reason.STAYED_PENDING,
        )

        (detail,) = details(watch)

        assert (detail["kind"], detail["id"]) == (kind, f"stripe_payments#pay-a#1#{kind}")
        assert {
            name: detail.get(name) for name in ("settled_by", "authorization_id", "reason") if name in detail
        } == own

    def test_the_letter_is_no_event_and_events_come_in_one_order(self) -> None:
        watch = replace(
            self.settled,
            outbox=samples.outbox_of(OutboxItem.DEAD_LETTER, OutboxItem.SUPERSEDED, OutboxItem.AMOUNT_MISMATCH),
        )

        assert [event.kind for event in write_events(watch, Modes())] == [
            "PaymentAmountMismatch",
            "PaymentSuperseded",
        ]

    def test_what_has_an_empty_outbox_or_a_letter_alone_writes_none(self) -> None:
        assert write_events(WATCH, Modes()) == []
        assert write_events(replace(WATCH, outbox=samples.outbox_of(OutboxItem.DEAD_LETTER)), Modes()) == []

    @pytest.mark.parametrize("found_by", FoundBy)
    def test_round_mode_and_what_found_it(self, found_by: FoundBy) -> None:
        (detail,) = details(replace(self.settled, round=3, found_by=found_by), RunMode.OBSERVE)

        assert (detail["round"], detail["run_mode"], detail["found_by"]) == (3, "observe", found_by)
        assert detail["id"] == "stripe_payments#pay-a#3#PaymentSettled"

    def test_of_an_open_watch_the_time_is_that_of_its_last_check(self) -> None:
        checks = tuple(
            Check(at=START + at, by=CheckSource(by), verdict="pending") for at, by in ((5, "refresh"), (9, "look"))
        )

        (detail,) = details(replace(WATCH, outbox=samples.outbox_of(OutboxItem.AMOUNT_MISMATCH), checks=checks))

        assert (detail["at"], detail["pending_for_s"], detail["reported_by"]) == (to_iso(START + 9), 9, "look")

    def test_of_one_never_checked_it_is_that_of_its_start(self) -> None:
        watch = replace(WATCH, outbox=samples.outbox_of(OutboxItem.AMOUNT_MISMATCH), started_at=START + 3)

        (detail,) = details(watch)

        assert (detail["at"], detail["pending_for_s"], detail["reported_by"]) == (to_iso(START + 3), 3, None)

    def test_no_time_goes_backwards(self) -> None:
        """Clocks may differ: an end before the beginning was no wait at all."""
        (detail,) = details(replace(self.settled, ended_at=START - 5))

        assert detail["pending_for_s"] == 0

    def test_where_only_the_order_is_known_there_is_no_payment(self) -> None:
        watch = replace(
            ORDERS_ROW, outbox=samples.outbox_of(OutboxItem.STILL_PENDING), reason=Reason.STAYED_PENDING
        )

        (detail,) = details(watch)

        assert (detail["payment"], detail["order"]["id"]) == (None, "order-a")
        assert detail["id"] == "orders#order-a#1#PaymentStillPending"

    def test_what_is_not_known_is_null(self) -> None:
        bare = replace(
            WATCH,
            order_id=None,
            order_number=None,
            amount_cents=None,
            currency=None,
            gateway_id=None,
            outbox=samples.outbox_of(OutboxItem.MISSING),
        )

        (detail,) = details(bare)

        assert detail["order"] == {
            "id": None,
            "number": None,
            "amount_cents": None,
            "currency": None,
            "class": "placed",
        }
        assert detail["payment"]["gateway_id"] is None

    def test_nothing_that_is_nobodys_business_is_reported(self) -> None:
        """Neither the token of the claim nor what went wrong with a call: both stay on the row."""
        watch = replace(self.settled, claim="claim-token", last_error="401 made-up-failure")

        (event,) = write_events(watch, Modes())

        assert not [word for word in ("claim-token", "made-up-failure") if word in event.detail]
