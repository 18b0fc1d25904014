"""Content of outcome events: what they say of a payment."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.outcome_events import (
    KINDS,
    NEEDS_A_PERSON,
    write_events,
)
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import CheckSource, Evidence, FoundBy, OutboxItem, Reason, SettledBy, Status
from payment_refresh.domain.watch import Check
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.support.deployment import deployment
from tests.unit.outcome_schemas import check

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch

POLICY = Policy()
WATCH = samples.watch(samples.order(), POLICY)
ORDERS_ROW = samples.watch(samples.without_source(samples.order()), POLICY)
QUIET = frozenset(KINDS) - NEEDS_A_PERSON


def details(watch: Watch, run_mode: RunMode = RunMode.REFRESH) -> list[dict[str, Any]]:
    """The outcome events in a watch's outbox, as they would be sent; each conforms to its schema."""
    found = [json.loads(event.detail) for event in write_events(watch, deployment(run_mode=run_mode))]
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

    def test_an_event_bears_all_of_it(self) -> None:
        assert details(self.settled) == [
            {
                "version": "1",
                "id": "stripe_payments#pay-a#1#PaymentSettled",
                "kind": "PaymentSettled",
                "stack": "payment-refresh",
                "organization": "your-org",
                "run_mode": "refresh",
                "api_mode": "live",
                "needs_a_person": False,
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
                "held_cents": None,
            }
        ]

    @pytest.mark.parametrize(
        ("kind", "own"),
        [
            (OutboxItem.SETTLED, {"settled_by": "refresh", "held_cents": 5000}),
            (OutboxItem.NOT_PLACED, {"settled_by": "refresh"}),
            (OutboxItem.PLACED_LATE, {"settled_by": "refresh"}),
            (OutboxItem.PLACED_AFTER_ALL, {}),
            (OutboxItem.ATTEMPT_FAILED, {"authorization_id": "attempt-1"}),
            (OutboxItem.STILL_PENDING, {"reason": "stayed_pending"}),
            (OutboxItem.CLOSED, {"reason": "replaced"}),
            (
                OutboxItem.SUPERSEDED,
                {
                    "evidence": "money",
                    "held_cents": 5000,
                    "other_payment_id": "pay-b",
                    "other_held_cents": 9900,
                },
            ),
            (OutboxItem.ABANDONED, {}),
            (OutboxItem.MISSING, {}),
            (OutboxItem.AMOUNT_MISMATCH, {"held_cents": 5000}),
            (OutboxItem.ON_CANCELLED_ORDER, {}),
        ],
    )
    def test_each_kind_bears_its_own(self, kind: OutboxItem, own: dict[str, object]) -> None:
        watch = replace(
            self.settled,
            outbox=samples.outbox_of(kind),
            failed_attempt="attempt-1",
            reason=Reason.REPLACED if kind is OutboxItem.CLOSED else Reason.STAYED_PENDING,
            held_cents=5000,
            other_payment_id="pay-b",
            other_held_cents=9900,
            evidence=Evidence.MONEY,
        )

        (detail,) = details(watch)

        assert (detail["kind"], detail["id"]) == (kind, f"stripe_payments#pay-a#1#{kind}")
        (settled,) = details(self.settled)
        common = settled.keys() - {"settled_by", "held_cents"}
        assert {name: value for name, value in detail.items() if name not in common} == own

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("evidence", Evidence)
    def test_it_says_whether_a_person_must_look(self, kind: OutboxItem, evidence: Evidence) -> None:
        reason = Reason.REPLACED if kind is OutboxItem.CLOSED else Reason.STAYED_PENDING
        watch = replace(self.settled, outbox=samples.outbox_of(kind), evidence=evidence, reason=reason)

        (detail,) = details(replace(watch, failed_attempt="attempt-1"))

        is_certain = kind is not OutboxItem.SUPERSEDED or evidence is Evidence.MONEY
        assert detail["needs_a_person"] is (kind in NEEDS_A_PERSON and is_certain)

    def test_the_letter_is_no_event_and_events_come_in_one_order(self) -> None:
        watch = replace(
            self.settled,
            outbox=samples.outbox_of(OutboxItem.DEAD_LETTER, OutboxItem.SUPERSEDED, OutboxItem.AMOUNT_MISMATCH),
        )

        assert [event.kind for event in write_events(watch, deployment())] == [
            "PaymentAmountMismatch",
            "PaymentSuperseded",
        ]

    def test_what_has_an_empty_outbox_or_a_letter_alone_writes_none(self) -> None:
        assert write_events(WATCH, deployment()) == []
        assert write_events(replace(WATCH, outbox=samples.outbox_of(OutboxItem.DEAD_LETTER)), deployment()) == []

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

    def test_no_time_in_it_goes_backwards(self) -> None:
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

        (event,) = write_events(watch, deployment())

        assert not [word for word in ("claim-token", "made-up-failure") if word in event.detail]
