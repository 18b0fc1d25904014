"""The daily digest: what is new since the last one, what still waits, and the mail that says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.daily_digest import NOT_SENT, TALLIED, DailyDigest, Findings
from payment_refresh.domain.digest_mail import MEANINGS, MOST_SUBJECT, money, write_mail
from payment_refresh.domain.policy import DAY, Policy
from payment_refresh.domain.stuck import Stuck, summarize
from tests.support import samples
from tests.support.clock import START
from tests.support.deployment import deployment
from tests.unit.outcome_schemas import check

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch

POLICY = Policy()
QUIET = Findings(stuck=Stuck())


def dead_lettered(name: str = "a", *, at: float = START, **changes: Any) -> Watch:
    return samples.dead_lettered(samples.order(name), POLICY, at=at, **changes)


def reported(name: str = "r") -> Watch:
    return samples.reported(samples.order(name), POLICY, at=START)


def found(*watches: Watch, since: int = 0, **changes: Any) -> Findings:
    return Findings(stuck=summarize(watches, since=since, complete=True), **changes)


def make(findings: Findings, last: DailyDigest | None = None, *, now: int = int(START)) -> DailyDigest:
    """Make a digest, whose event must be as its schema says."""
    digest = (last or DailyDigest()).next(findings, now, deployment())
    check([digest.content])
    return digest


class TestContent:
    """The event of a digest."""

    def test_first_digest_of_nothing_has_nothing_to_do_and_no_time_before(self) -> None:
        content = make(QUIET).content

        assert (content["nothing_to_do"], content["since"], content["id"]) == (True, None, "digest#1#DailyDigest")

    def test_dead_letter_is_new_once_and_stands_in_each_digest_after_that(self) -> None:
        first = make(found(dead_lettered(at=START - 60)))
        second = make(found(dead_lettered(at=START - 60), since=int(START)), first, now=int(START + DAY))

        counts = [
            (digest.content["new_dead_letters"]["count"], digest.content["dead_lettered"]["count"])
            for digest in (first, second)
        ]
        assert counts == [(1, 1), (0, 1)]
        assert second.content["since"] == first.content["at"]
        assert not second.content["nothing_to_do"]

    def test_dead_letters_are_summed_by_currency_and_the_oldest_is_named(self) -> None:
        rows = [dead_lettered("a"), dead_lettered("b", currency="GBP", since=int(START) - 9)]

        sums = make(found(*rows)).content["new_dead_letters"]

        assert (sums["sums"], sums["oldest"]["order_number"]) == ({"EUR": 9900, "GBP": 9900}, "10b")

    def test_reported_payments_are_something_to_do_only_when_they_change(self) -> None:
        first = make(found(reported()))
        second = make(found(reported()), first)
        third = make(found(reported(), reported("s")), second)

        assert [it.content["nothing_to_do"] for it in (first, second, third)] == [False, True, False]

    def test_events_that_need_a_person_are_counted_since_the_last_digest(self) -> None:
        first = make(found(tally={"PaymentMissing": 3}))
        second = make(found(tally={"PaymentMissing": 5, "PaymentSuperseded": 1}), first)
        third = make(found(tally={"PaymentMissing": 5, "PaymentSuperseded": 1}), second)

        assert [it.content["announced"] for it in (first, second, third)] == [
            {"PaymentMissing": 3},
            {"PaymentMissing": 2, "PaymentSuperseded": 1},
            {},
        ]
        assert [it.content["nothing_to_do"] for it in (first, second, third)] == [False, False, True]

    def test_failed_attempts_to_send_are_counted_since_the_last_digest(self) -> None:
        first = make(found(tally={NOT_SENT: 4}))
        second = make(found(tally={NOT_SENT: 4}), first)

        assert [it.content["not_sent"] for it in (first, second)] == [4, 0]
        assert [it.content["announced"] for it in (first, second)] == [{}, {}]

    def test_tally_that_was_lost_counts_as_nothing_new(self) -> None:
        last = make(found(tally={NOT_SENT: 4, "PaymentMissing": 2}))

        content = make(QUIET, last).content

        assert (content["not_sent"], content["announced"], content["nothing_to_do"]) == (0, {}, True)

    @pytest.mark.parametrize(
        ("findings", "name"),
        [
            (found(dead_letters=1), "dead_letter_queue"),
            (found(failed_runs=2), "failed_runs"),
            (Findings(stuck=replace(Stuck(), unreadable=1)), "unreadable_rows"),
        ],
    )
    def test_whatever_lies_in_a_queue_or_cannot_be_read_is_something_to_do(
        self, findings: Findings, name: str
    ) -> None:
        content = make(findings).content

        assert content[name] > 0
        assert not content["nothing_to_do"]


class TestMail:
    """The same as a mail."""

    def test_quiet_day_is_one_line(self) -> None:
        subject, text = write_mail(make(QUIET).content)

        assert subject == "Payment Refresh: nothing to do: your-org (live, payment-refresh)"
        assert text == "Payment Refresh for your-org (live, payment-refresh): nothing to do."

    def test_everything_that_waits_is_said_in_a_line_of_its_own(self) -> None:
        before = make(QUIET, now=int(START - DAY))
        tally = dict.fromkeys(sorted(TALLIED), 1) | {NOT_SENT: 3}
        stuck = summarize(
            [dead_lettered("a"), dead_lettered("b", at=START - 2 * DAY), reported()],
            since=int(START - DAY),
            complete=False,
        )
        findings = Findings(stuck=replace(stuck, unreadable=1), tally=tally, dead_letters=2, failed_runs=5)

        subject, text = write_mail(make(findings, before).content)

        assert subject.startswith("Payment Refresh: 1 new dead letters, 2 dead-lettered in all, 6 other events")
        assert text.splitlines() == [
            (
                "Payment Refresh for your-org (live, payment-refresh), 2026-01-01 00:00 UTC: what is new since "
                "2025-12-31 00:00 UTC, and what still waits."
            ),
            "",
            (
                "- new dead letters: 1, 99.00 EUR; the oldest is order 10a, 99.00 EUR, "
                "pending since 2026-01-01 00:00 UTC"
            ),
            (
                "- still dead-lettered, until you redrive or acknowledge them: 2, 198.00 EUR; the oldest is order "
                "10a, 99.00 EUR, pending since 2026-01-01 00:00 UTC"
            ),
            *(f"- {kind}: 1 ({meaning}; the events name the orders)" for kind, meaning in MEANINGS.items()),
            (
                "- reported, as nothing is done about them unasked: 1, 99.00 EUR; the oldest is order 10r, "
                "99.00 EUR, pending since 2026-01-01 00:00 UTC"
            ),
            "- there are more of them than were counted",
            "- messages in the dead-letter queue: 2",
            "- failed runs in the AsyncFailuresQueue: 5",
            "- attempts to send an event or a dead letter that failed, and are repeated: 3",
            "- rows that could not be read, which the digest's log names: 1",
        ]

    def test_first_mail_does_not_speak_of_a_digest_before(self) -> None:
        _, text = write_mail(make(found(dead_letters=1)).content)

        assert text.startswith(
            "Payment Refresh for your-org (live, payment-refresh), 2026-01-01 00:00 UTC.\n\n- messages"
        )

    def test_what_is_not_known_of_the_oldest_is_left_out(self) -> None:
        nameless = dead_lettered(order_number=None, amount_cents=None, currency=None)
        orphan = dead_lettered(key=samples.order_key(), order_number=None)

        texts = [write_mail(make(found(row)).content)[1] for row in (nameless, orphan)]

        assert "- new dead letters: 1; the oldest is stripe_payments#pay-a, pending since 2026-01-01" in texts[0]
        assert "- new dead letters: 1, 99.00 EUR; the oldest is order-a, 99.00 EUR, pending since" in texts[1]

    def test_subject_is_as_short_as_the_topic_takes_it(self) -> None:
        content = make(found(dead_lettered(), tally={"PaymentMissing": 1})).content | {"organization": "o" * 90}

        subject, _ = write_mail(content)

        assert len(subject) == MOST_SUBJECT
        assert subject.isascii()

    def test_subject_without_dead_letters_says_that_there_is_something(self) -> None:
        assert write_mail(make(found(failed_runs=1)).content)[0].startswith(
            "Payment Refresh: something to look at"
        )

    def test_every_tallied_kind_has_a_meaning(self) -> None:
        assert set(MEANINGS) == set(TALLIED)

    @pytest.mark.parametrize(
        ("cents", "currency", "written"),
        [
            (312400, "EUR", "3,124.00 EUR"),
            (5, "USD", "0.05 USD"),
            (18050, "JPY", "18,050 JPY"),
            (1234, "KWD", "1.234 KWD"),
        ],
    )
    def test_amount_is_written_in_the_units_of_its_currency(self, cents: int, currency: str, written: str) -> None:
        assert money(cents, currency) == written
