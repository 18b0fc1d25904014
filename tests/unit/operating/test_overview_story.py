"""The story of a watch: its past in order, what comes next and when, and what a person has to do."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.deployment import ApiMode, RunMode
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import (
    CheckSource,
    Evidence,
    FoundBy,
    Notice,
    OutboxItem,
    Reason,
    SettledBy,
    Status,
)
from payment_refresh.domain.watch import CHECKS_KEPT, Check
from payment_refresh.times import to_iso
from payrefresh.overview.settings import Settings
from payrefresh.overview.story import tell
from tests.support.clock import START
from tests.support.samples import cart, claimed, dead_lettered, order, reported, watch

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch
    from payrefresh.overview.story import Story

HOUR, DAY = 3600, 86_400
NOW = START + 2 * HOUR


def told(watch: Watch, now: float = NOW, **settings: Any) -> Story:
    return tell(watch, Settings(**settings), now)


def placed(**changes: Any) -> Watch:
    return watch(order("a"), Policy(), **changes)


def check(at: float, by: CheckSource = CheckSource.LOOK, **changes: Any) -> Check:
    return replace(Check(at=int(at), by=by, verdict="pending", payment_status="unpaid"), **changes)


def said(story: Story) -> list[str]:
    return [each.what for each in story.history]


def coming(story: Story) -> str:
    return "\n".join(story.coming.lines)


def test_history_tells_what_happened_in_the_order_in_which_it_did() -> None:
    story = told(
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
        "Ended as settled: the money is there, and nothing is left to wait for; "
        "the order was moved by the gateway's webhook.",
    ]
    assert [each.at for each in story.history] == sorted(each.at for each in story.history)


def test_history_tells_a_notice_as_what_it_means() -> None:
    story = told(placed(checks=(check(START + 60, code=Notice.ATTEMPT_FAILED),)))

    assert said(story)[-1] == (
        "Looked at the order: the payment was still pending (order unpaid); "
        "the gateway declined the last attempt to pay; the shopper may try again with the same payment."
    )


def test_history_says_that_only_the_last_checks_are_kept() -> None:
    kept = "(Only the last 20 checks are kept.)"

    assert kept in said(told(placed(checks=tuple(check(START + n) for n in range(CHECKS_KEPT)))))
    assert kept not in said(told(placed(checks=(check(START),))))


@pytest.mark.parametrize(
    ("refreshed_at", "is_told"), [(None, True), (int(START + 99), True), (int(START + 101), False)]
)
def test_a_refresh_that_got_no_answer_is_told_and_any_other_is_a_check(
    refreshed_at: int | None, *, is_told: bool
) -> None:
    story = told(placed(refresh_sent_at=to_iso(START + 100), refreshed_at=refreshed_at))

    assert ("Asked Commerce Layer to refresh the payment, and got no answer." in said(story)) is is_told


def test_a_later_round_is_told_with_what_began_it_and_the_checks_before_it() -> None:
    story = told(
        placed(round=2, found_by=FoundBy.REDRIVE, started_at=int(START + HOUR), checks=(check(START + 60),))
    )

    assert said(story)[1:] == [
        "The payment began to be pending.",
        "Looked at the order: the payment was still pending (order unpaid).",
        "Round 2 of watching it began: its dead letter was redriven.",
    ]


def test_turns_of_a_watch_are_told_each_at_its_time() -> None:
    at = int(START + 500)
    whole = placed(
        cancelled_at=at, replaced_at=at, first_absent_at=at, absent_twice=True, refresh_failing_since=at
    )

    assert [each.what for each in told(whole).history if each.at == at] == [
        "The order was first seen with another payment source.",
        "The order was cancelled, unpaid.",
        "No list of Commerce Layer showed the payment any more. It was absent again later.",
        "Refreshing this payment began to fail, while Commerce Layer answered when it was looked at.",
    ]


def test_what_comes_next_is_told_with_its_time_and_when_it_is_given_up() -> None:
    story = told(placed(due_at=int(NOW + 720)))

    assert story.coming.lines == (
        "It will be asked about again in 12 minutes, at 02:12 UTC: "
        "a look, and a refresh if it is still pending then.",
        "It is given up on 2026-01-25 00:00 UTC, in 24 days, if it is still pending then: "
        "it becomes a dead letter, for a person.",
    )
    assert (story.coming.next_at, story.coming.gives_up_at) == (NOW + 720, START + 24 * DAY)


def test_a_claimed_watch_is_being_checked_right_now() -> None:
    story = told(claimed(order("a"), Policy(), until=NOW + 300))

    assert story.coming.is_claimed
    assert story.coming.next_at is None
    assert "It is being checked right now; if nothing comes of it, it falls due in 5 minutes" in coming(story)


@pytest.mark.parametrize(
    ("late", "text"),
    [
        (20, "It is due now: the next sweep, within a minute, sends it"),
        (3000, "It has been due for 50 minutes and waits for its turn; `payrefresh status` says why."),
    ],
)
def test_a_due_watch_waits_for_the_next_sweep_or_for_its_turn(late: float, text: str) -> None:
    assert text in coming(told(placed(due_at=int(NOW - late))))
    assert text in coming(told(claimed(order("a"), Policy(), until=NOW - late)))


@pytest.mark.parametrize(
    ("changes", "settings", "text"),
    [
        ({"look_only": True}, {}, ": a look only."),
        ({}, {"run_mode": RunMode.OBSERVE}, ": a look only."),
        ({}, {"act_after": NOW}, ": a look only."),
        ({"asked_manually": True}, {"act_after": NOW}, "a refresh if it is still pending then."),
        ({"absent_twice": True}, {}, ": single calls then decide whether the payment is gone."),
        ({"key": PaymentKey(ORDERS, "order-a")}, {}, ": a look at the order, to learn of its payment."),
        ({"consecutive_failures": 1, "last_error": "TimedOut"}, {}, "The last call got no answer (TimedOut)"),
        ({"consecutive_failures": 3, "last_error": "x"}, {}, "The last 3 calls got no answer (x)"),
        ({"claims": 2}, {}, "It was taken 2 times without a result"),
        ({"event_during_lease": True}, {}, "An order event came while it was being checked"),
        ({"unplaced_since": 1}, {}, "that is announced (OrderAuthorizedNotPlaced)"),
        ({}, {"run_mode": RunMode.OBSERVE}, "it is reported in the daily digest"),
        ({"cancelled_at": int(START)}, {}, "it is closed quietly"),
        ({"replaced_at": int(START)}, {}, "Its order has another payment source now"),
        (
            {"started_at": int(START - 40 * DAY)},
            {},
            "after one more check that is answered, it becomes a dead letter",
        ),
    ],
)
def test_what_is_special_about_an_open_watch_is_told(
    changes: dict[str, Any], settings: dict[str, Any], text: str
) -> None:
    assert text in coming(told(replace(placed(due_at=int(NOW + 60)), **changes), **settings))


def test_a_cart_is_given_up_quietly() -> None:
    story = told(watch(cart("a"), Policy(), due_at=int(NOW + 60)))

    assert story.title == "Cart 10a"
    assert "the cart counts as abandoned, which calls nobody" in coming(story)


def test_a_dead_letter_says_what_to_do_about_it() -> None:
    story = told(dead_lettered(order("a"), Policy(), at=NOW - HOUR))

    assert story.to_do == (
        "Look the payment up at the gateway; if it was paid there, find out why Commerce Layer does not see it.",
        "Then have it watched again: payrefresh redrive pay-a",
        'Or say that nothing is left to do: payrefresh acknowledge pay-a --note "why"',
    )
    assert "It waits for a person" in coming(story)
    assert "has expired" not in coming(story)
    assert story.coming.gives_up_at is None


def test_a_dead_letter_whose_message_expired_is_redriven_from_the_table() -> None:
    story = told(dead_lettered(order("a"), Policy(), at=NOW - 15 * DAY))

    assert "Its message in the dead-letter queue has expired; redrive takes it from the table." in coming(story)


def test_a_reported_payment_can_be_checked_once_or_acknowledged() -> None:
    story = told(reported(order("a"), Policy(), at=NOW - HOUR, reason=Reason.REFRESH_FAILING))

    assert "payrefresh check pay-a" in story.to_do[1]
    assert "ask Commerce Layer's support" in story.to_do[0]
    assert "Nothing is done about it unasked" in coming(story)


@pytest.mark.parametrize("status", [*Status, Status("parked")])
def test_every_status_is_told_without_failing_and_with_a_meaning(status: Status) -> None:
    ended_at = None if status is Status.WATCHING else int(NOW)
    story = told(placed(status=status, ended_at=ended_at, expires_at=int(NOW + DAY)))

    assert story.meaning
    assert story.coming.lines
    assert status in (said(story)[-1] if ended_at else "watching")
    assert story.as_json()["status"] == status


def test_notices_are_explained_with_the_amounts_that_they_are_about() -> None:
    mismatch = placed(notice=Notice.AMOUNT_MISMATCH, held_cents=5000)
    second = placed(
        notice=Notice.SUPERSEDED,
        other_payment_id="pay-z",
        other_held_cents=9900,
        evidence=Evidence.AUTHORIZATION_ONLY,
    )

    assert "(50.00 EUR is held, the order costs 99.00 EUR)" in told(mismatch).to_do[0]
    assert "(the other payment is pay-z and holds 99.00 EUR; both were authorized" in told(second).to_do[0]
    assert told(placed(notice=Notice("odd"))).to_do == ("Odd (a word of a later version).",)


def test_what_is_still_to_be_sent_is_told_also_where_only_a_later_version_knows_it() -> None:
    items = frozenset({OutboxItem.DEAD_LETTER, OutboxItem.STILL_PENDING, OutboxItem("Odd")})
    story = told(placed(outbox=items))

    assert "Still to be sent: Odd (a word of a later version), and that the payment stayed" in coming(story)
    assert "the dead letter" in coming(story)
    assert told(placed()).as_json()["outbox"] == []


@pytest.mark.parametrize(
    ("currency", "text"),
    [("EUR", "99.00 EUR"), ("JPY", "9,900 JPY"), ("KWD", "9.900 KWD"), (None, "9900 of the")],
)
def test_money_has_as_many_digits_as_its_currency(currency: str | None, text: str) -> None:
    assert told(placed(currency=currency)).amount.startswith(text)
    assert told(placed(amount_cents=None)).amount == "unknown"


@pytest.mark.parametrize(
    ("changes", "mode", "text"),
    [
        ({}, ApiMode.LIVE, "Stripe: pi_a (https://dashboard.stripe.com/payments/pi_a)"),
        ({}, ApiMode.TEST, "Stripe: pi_a (https://dashboard.stripe.com/test/payments/pi_a)"),
        ({"gateway_id": None}, ApiMode.LIVE, "Stripe: its own id is not known"),
        (
            {"key": PaymentKey("satispay_payments", "x")},
            ApiMode.LIVE,
            "Satispay: search for pi_a in its dashboard",
        ),
        ({"key": PaymentKey(ORDERS, "x")}, ApiMode.LIVE, "not known: Commerce Layer has not said"),
    ],
)
def test_the_payment_is_to_be_looked_up_where_its_gateway_shows_it(
    changes: dict[str, Any], mode: ApiMode, text: str
) -> None:
    assert told(replace(placed(), **changes), api_mode=mode).gateway.startswith(text)


def test_an_acknowledged_payment_shows_the_note_that_was_left() -> None:
    ended = placed(status=Status.CLOSED, reason=Reason.ACKNOWLEDGED, note="refunded", ended_at=int(NOW))

    assert said(told(ended))[-1].endswith("a person said that nothing is left to do; their note says: refunded.")
    assert told(ended).to_do == ()
