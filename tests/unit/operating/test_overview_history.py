"""The past of a watch: all that a row says of it, in the order in which it happened, in sentences."""

from __future__ import annotations

import pytest

from payment_refresh.domain.vocabulary import (
    CheckSource,
    FoundBy,
    Notice,
    SettledBy,
    Status,
)
from payment_refresh.domain.watch import CHECKS_KEPT
from payment_refresh.times import to_iso
from tests.support.clock import START
from tests.unit.operating.story_steps import HOUR, check, placed, said, story_of


def test_history_shows_what_happened_in_the_order_in_which_it_did() -> None:
    story = story_of(
        placed(
            checks=(
                check(START + 60),
                check(START + 70, CheckSource.REFRESH, code="422 VALIDATION_ERROR"),
                check(START + 4000, CheckSource.EVENT, verdict="settled", payment_status="partially_paid"),
            ),
            unplaced_since=int(START + 3000),
            status=Status.SETTLED,
            settled_by=SettledBy.WEBHOOK,
            ended_at=int(START + 4000),
        )
    )

    assert said(story) == [
        "The order was placed.",
        "The payment began to be pending; an order event announced it.",
        "Looked at the order: the payment was still pending (order unpaid).",
        "Asked Commerce Layer to refresh the payment: the payment was still pending (order unpaid); "
        "Commerce Layer answered 422 VALIDATION_ERROR.",
        "Money was first seen on the order, which was not placed.",
        "An order event came: the money was there, and the order placed (order partially paid).",
        "Ended as settled: the payment was authorized or paid; the order was moved by the gateway's webhook.",
    ]
    assert [each.at for each in story.history] == sorted(each.at for each in story.history)


def test_history_shows_a_notice_as_what_it_means() -> None:
    story = story_of(placed(checks=(check(START + 60, code=Notice.ATTEMPT_FAILED),)))

    assert said(story)[-1] == (
        "Looked at the order: the payment was still pending (order unpaid); "
        "the gateway declined the last attempt to pay; the shopper may try again with the same payment."
    )


def test_history_says_that_only_the_last_checks_are_kept() -> None:
    kept = "(Only the last 20 checks are kept.)"

    assert kept in said(story_of(placed(checks=tuple(check(START + n) for n in range(CHECKS_KEPT)))))
    assert kept not in said(story_of(placed(checks=(check(START),))))


@pytest.mark.parametrize(
    ("refreshed_at", "is_shown"), [(None, True), (int(START + 99), True), (int(START + 101), False)]
)
def test_a_refresh_that_got_no_answer_is_shown_and_any_other_is_a_check(
    refreshed_at: int | None, *, is_shown: bool
) -> None:
    story = story_of(placed(refresh_sent_at=to_iso(START + 100), refreshed_at=refreshed_at))

    assert ("Asked Commerce Layer to refresh the payment, and got no answer." in said(story)) is is_shown


def test_a_later_round_is_shown_with_what_began_it_and_the_checks_before_it() -> None:
    story = story_of(
        placed(round=2, found_by=FoundBy.REDRIVE, started_at=int(START + HOUR), checks=(check(START + 60),))
    )

    assert said(story)[1:] == [
        "The payment began to be pending.",
        "Looked at the order: the payment was still pending (order unpaid).",
        "Round 2 of watching it began: its dead letter was redriven.",
    ]


def test_turns_of_a_watch_are_shown_each_at_its_time() -> None:
    at = int(START + 500)
    whole = placed(
        cancelled_at=at, replaced_at=at, first_absent_at=at, absent_twice=True, refresh_failing_since=at
    )

    assert [each.what for each in story_of(whole).history if each.at == at] == [
        "The order was first seen with another payment source.",
        "The order was cancelled, unpaid.",
        "No list of Commerce Layer showed the payment any more. It was absent again later.",
        "Refreshing this payment began to fail, while Commerce Layer answered when it was looked at.",
    ]
