"""Sums of stuck payments, and the event that reports them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.deployment import ApiMode, RunMode
from payment_refresh.domain.policy import DAY, Policy
from payment_refresh.domain.stuck import Digest, Stuck, Sums, summarize
from payment_refresh.domain.vocabulary import OutboxItem, Status
from tests.support import samples
from tests.support.clock import START
from tests.support.deployment import deployment
from tests.unit.outcome_schemas import check

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch

END = START + 24 * DAY
POLICY = Policy()


def reported(name: str = "a", *, at: float = START, **changes: Any) -> Watch:
    return samples.reported(samples.order(name, at=at), POLICY, at=END, **changes)


def dead_lettered(name: str = "a") -> Watch:
    return samples.dead_lettered(samples.order(name), POLICY, at=END, due_at=END)


def summary(*watches: Watch) -> Stuck:
    return summarize(watches, complete=True)


def read(digest: Digest) -> dict[str, Any]:
    """Give the detail of the event that is to be sent, which must be as its schema says."""
    assert digest.event is not None
    detail: dict[str, Any] = json.loads(digest.event.detail)
    check([detail])
    return detail


class TestSums:
    """Counts, the oldest one, and totals by currency; for each status apart."""

    def test_of_no_rows_everything_is_zero(self) -> None:
        assert summary() == Stuck(reported=Sums(), dead_lettered=Sums(), complete=True)

    def test_each_status_is_summed_apart_from_the_other(self) -> None:
        stuck = summary(reported("a"), dead_lettered("b"), reported("c"), dead_lettered("d"), dead_lettered("e"))

        assert (stuck.reported.count, stuck.dead_lettered.count) == (2, 3)

    def test_the_one_that_has_been_pending_longest_is_the_oldest(self) -> None:
        rows = [reported("a", at=START), reported("b", at=START - 9), reported("c", at=START - 3)]

        assert summary(*rows).reported.oldest == rows[1]

    def test_of_two_that_are_equally_old_the_first_is_the_oldest(self) -> None:
        rows = [reported("b"), reported("a")]

        assert summary(*rows).reported.oldest == rows[0]

    def test_totals_are_added_up_for_each_currency_apart(self) -> None:
        rows = [reported("a", currency="GBP"), reported("b"), reported("c", amount_cents=1)]

        assert summary(*rows).reported.by_currency == {"EUR": 9901, "GBP": 9900}

    def test_order_with_two_stuck_payments_counts_both_and_its_total_once(self) -> None:
        sums = summary(reported("a"), reported("b", order_id="order-a")).reported

        assert (sums.count, sums.by_currency) == (2, {"EUR": 9900})

    @pytest.mark.parametrize("unknown", ["amount_cents", "currency"])
    def test_order_without_a_known_total_is_counted_and_adds_nothing(self, unknown: str) -> None:
        changes: dict[str, Any] = {unknown: None}

        sums = summary(reported("a", **changes)).reported

        assert (sums.count, sums.by_currency) == (1, {})

    def test_total_that_only_the_second_payment_of_an_order_knows_is_added(self) -> None:
        rows = [reported("a", amount_cents=None), reported("b", order_id="order-a")]

        assert summary(*rows).reported.by_currency == {"EUR": 9900}

    def test_payments_whose_orders_are_not_known_are_summed_each_for_itself(self) -> None:
        rows = [reported("a", order_id=None), reported("b", order_id=None)]

        assert summary(*rows).reported.by_currency == {"EUR": 19800}

    @pytest.mark.parametrize(
        "moved_on",
        [
            {"status": Status.WATCHING, "ended_at": None},
            {"status": Status.SETTLED},
            {"outbox": samples.outbox_of(OutboxItem.STILL_PENDING)},
        ],
    )
    def test_row_that_has_moved_on_since_the_index_was_read_is_left_out(self, moved_on: dict[str, Any]) -> None:
        assert summary(reported("a", **moved_on)) == Stuck()


class TestDigest:
    """An event for each summary that differs from the last one in what is reported."""

    def test_first_summary_of_nothing_is_no_event(self) -> None:
        digest = Digest()

        assert digest.updated(summary(dead_lettered()), START, deployment()) is digest
        assert digest.event is None

    def test_first_summary_of_something_says_all_of_it(self) -> None:
        stuck = summary(reported("a"), reported("b", at=START - DAY, currency="GBP"), dead_lettered("c"))

        detail = read(Digest().updated(stuck, END, deployment(run_mode=RunMode.OBSERVE, api_mode=ApiMode.TEST)))

        assert detail == {
            "version": "1",
            "id": "digest#1#StuckOrdersReported",
            "kind": "StuckOrdersReported",
            "needs_a_person": False,
            "stack": "payment-refresh",
            "organization": "your-org",
            "run_mode": "observe",
            "api_mode": "test",
            "at": "2026-01-25T00:00:00.000Z",
            "count": 2,
            "oldest": {
                "payment": "stripe_payments#pay-b",
                "order_id": "order-b",
                "order_number": "10b",
                "since": "2025-12-31T00:00:00.000Z",
                "amount_cents": 9900,
                "currency": "GBP",
            },
            "sums": {"EUR": 9900, "GBP": 9900},
            "dead_lettered": 1,
            "complete": True,
        }

    def test_oldest_of_which_only_the_order_is_known_names_no_payment(self) -> None:
        detail = read(Digest().updated(summary(reported(key=samples.order_key())), END, deployment()))

        assert detail["oldest"]["payment"] is None
        assert detail["oldest"]["order_id"] == "order-a"

    def test_summary_that_is_not_complete_says_so(self) -> None:
        assert (
            read(Digest().updated(summarize([reported()], complete=False), END, deployment()))["complete"] is False
        )

    def test_same_summary_on_the_next_day_is_no_event(self) -> None:
        sent = Digest().updated(summary(reported()), END, deployment()).sent()

        assert sent.updated(summary(reported()), END + DAY, deployment()) is sent
        assert sent.event is None

    def test_other_dead_letters_alone_are_no_event(self) -> None:
        sent = Digest().updated(summary(reported()), END, deployment()).sent()

        assert sent.updated(summary(reported(), dead_lettered("b")), END + DAY, deployment()) is sent

    @pytest.mark.parametrize(
        "other",
        [
            (),
            (reported("b"),),
            (reported("a"), reported("b")),
            (reported("a", amount_cents=1),),
            (reported("a", currency="GBP"),),
            (reported("a", since=START - 1),),
        ],
    )
    def test_each_difference_in_what_is_reported_is_an_event_of_its_own(self, other: tuple[Watch, ...]) -> None:
        sent = Digest().updated(summary(reported()), END, deployment()).sent()

        detail = read(sent.updated(summary(*other), END + DAY, deployment()))

        assert (detail["id"], detail["count"]) == ("digest#2#StuckOrdersReported", len(other))

    def test_event_that_was_not_sent_keeps_its_id_and_its_detail(self) -> None:
        unsent = Digest().updated(summary(reported()), END, deployment())

        assert unsent.updated(summary(reported()), END + DAY, deployment()).event == unsent.event

    def test_summary_that_changes_before_its_event_was_sent_takes_its_place(self) -> None:
        unsent = Digest().updated(summary(reported()), END, deployment())

        detail = read(unsent.updated(summary(), END + DAY, deployment()))

        assert (detail["id"], detail["count"], detail["oldest"]) == ("digest#2#StuckOrdersReported", 0, None)

    def test_summary_of_another_shape_counts_as_another_summary(self) -> None:
        older = replace(Digest(), number=4, detail=json.dumps({"count": 1}))

        assert older.updated(summary(reported()), END, deployment()).number == 5
