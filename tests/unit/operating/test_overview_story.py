"""The story of a watch: what comes next and when, and what a person has to do about it."""

from __future__ import annotations

from copy import replace
from typing import Any

import pytest

from payment_refresh.domain.deployment import ApiMode, RunMode
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import (
    Evidence,
    Notice,
    OutboxItem,
    Reason,
    Status,
)
from tests.support.clock import START
from tests.support.samples import cart, claimed, dead_lettered, order, reported, watch
from tests.unit.operating.story_steps import DAY, HOUR, NOW, coming, placed, said, story_of


def test_what_comes_next_is_shown_with_its_time_and_when_it_is_given_up() -> None:
    story = story_of(placed(due_at=int(NOW + 720)))

    assert story.coming.lines == (
        "It will be asked about again in 12 minutes, at 02:12 UTC: "
        "a look, and a refresh if it is still pending then.",
        "It is given up on 2026-01-25 00:00 UTC, in 24 days, if it is still pending then: "
        "it becomes a dead letter, for a person.",
    )
    assert (story.coming.next_at, story.coming.gives_up_at) == (NOW + 720, START + 24 * DAY)


def test_a_claimed_watch_is_being_checked_right_now() -> None:
    story = story_of(claimed(order("a"), Policy(), until=NOW + 300))

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
    assert text in coming(story_of(placed(due_at=int(NOW - late))))
    expired = story_of(claimed(order("a"), Policy(), until=NOW - late))
    assert text in coming(expired)
    assert not expired.coming.is_claimed


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
def test_what_is_special_about_an_open_watch_is_shown(
    changes: dict[str, Any], settings: dict[str, Any], text: str
) -> None:
    assert text in coming(story_of(replace(placed(due_at=int(NOW + 60)), **changes), **settings))


def test_a_cart_is_given_up_quietly() -> None:
    story = story_of(watch(cart("a"), Policy(), due_at=int(NOW + 60)))

    assert story.title == "Cart 10a"
    assert "the cart counts as abandoned, which calls nobody" in coming(story)


def test_a_dead_letter_says_what_to_do_about_it() -> None:
    story = story_of(dead_lettered(order("a"), Policy(), at=NOW - HOUR))

    assert story.to_do == (
        "Look the payment up at the gateway; if it was paid there, find out why Commerce Layer does not see it.",
        "Then have it watched again: payrefresh redrive pay-a",
        'Or say that nothing is left to do: payrefresh acknowledge pay-a --note "why"',
    )
    assert "It waits for a person" in coming(story)
    assert "has expired" not in coming(story)
    assert story.coming.gives_up_at is None


def test_a_dead_letter_whose_message_expired_is_redriven_from_the_table() -> None:
    story = story_of(dead_lettered(order("a"), Policy(), at=NOW - 15 * DAY))

    assert "Its message in the dead-letter queue has expired; redrive takes it from the table." in coming(story)


def test_a_reported_payment_can_be_checked_once_or_acknowledged() -> None:
    story = story_of(reported(order("a"), Policy(), at=NOW - HOUR, reason=Reason.REFRESH_FAILING))

    assert "payrefresh check pay-a" in story.to_do[1]
    assert "ask Commerce Layer's support" in story.to_do[0]
    assert "Nothing is done about it unasked" in coming(story)


@pytest.mark.parametrize("status", [*Status, Status("parked")])
def test_every_status_is_shown_without_failing_and_with_a_meaning(status: Status) -> None:
    ended_at = None if status is Status.WATCHING else int(NOW)
    story = story_of(placed(status=status, ended_at=ended_at, expires_at=int(NOW + DAY)))

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

    assert "(50.00 EUR is held, the order costs 99.00 EUR)" in story_of(mismatch).to_do[0]
    assert "(the other payment is pay-z and holds 99.00 EUR; both were authorized" in story_of(second).to_do[0]
    assert story_of(placed(notice=Notice("odd"))).to_do == ("Odd (a word of a later version).",)


def test_what_is_still_to_be_sent_is_shown_also_where_only_a_later_version_knows_it() -> None:
    items = frozenset({OutboxItem.DEAD_LETTER, OutboxItem.STILL_PENDING, OutboxItem("Odd")})
    story = story_of(placed(outbox=items))

    assert "Still to be sent: Odd (a word of a later version), and that the payment stayed" in coming(story)
    assert "the dead letter" in coming(story)
    assert story_of(placed()).as_json()["outbox"] == []


@pytest.mark.parametrize(
    ("currency", "text"),
    [("EUR", "99.00 EUR"), ("JPY", "9,900 JPY"), ("KWD", "9.900 KWD"), (None, "9900 of the")],
)
def test_money_has_as_many_digits_as_its_currency(currency: str | None, text: str) -> None:
    assert story_of(placed(currency=currency)).amount.startswith(text)
    assert story_of(placed(amount_cents=None)).amount == "unknown"


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
    assert story_of(replace(placed(), **changes), api_mode=mode).gateway.startswith(text)


def test_an_acknowledged_payment_shows_the_note_that_was_left() -> None:
    ended = placed(status=Status.CLOSED, reason=Reason.ACKNOWLEDGED, note="refunded", ended_at=int(NOW))

    assert said(story_of(ended))[-1].endswith(
        "a person said that nothing is left to do; their note says: refunded."
    )
    assert story_of(ended).to_do == ()
