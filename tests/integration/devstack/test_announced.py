"""The comparison of outcome events with the truth: every way to be wrong shows, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devstack.announced import WrongEvents, count_kinds, sent_again, wrong_events
from devstack.records import Event, Row
from devstack.truth import Truth

KEY = "stripe_payments#p1"
TRUTH = Truth(
    "1 (o1)", KEY, "paid", frozenset({"settled"}), frozenset(),
    announce=frozenset({"PaymentSettled"}), may_announce=frozenset({"PaymentAttemptFailed"}),
)  # fmt: skip
SETTLED = Row(KEY, "settled")


def event(kind: str = "PaymentSettled", key: str = KEY, **detail: object) -> Event:
    return Event(kind, {"id": f"{key}#1#{kind}", "kind": kind, "round": 1} | detail, key)


def wrong(*events: Event, watched: bool = True, truth: Truth = TRUTH) -> tuple[str, ...]:
    return wrong_events({KEY: truth}, {KEY: SETTLED} if watched else {}, events).sentences()


def announced_as_closed() -> Event:
    return Event("PaymentSettled", {**event().detail, "kind": "PaymentClosed"}, KEY)


@pytest.mark.parametrize(
    "events", [[event()], [event(), event("PaymentAttemptFailed")], [event(), event(), event()]]
)
def test_what_had_to_be_announced_was_and_nothing_wrong_besides(events: list[Event]) -> None:
    assert wrong(*events) == ()


def test_a_watch_that_nobody_made_announces_nothing() -> None:
    assert wrong(watched=False) == ()
    assert wrong(event(), watched=False) == (f"{KEY} announced PaymentSettled, but has no watch",)


def test_what_a_payment_announced_wrongly_is_kept_apart_from_what_has_no_cause() -> None:
    found = wrong_events({KEY: TRUTH}, {KEY: SETTLED}, [event("PaymentClosed"), event(key="stripe_payments#p2")])

    assert found == WrongEvents(
        by_key={
            KEY: [
                f"order 1 (o1), paid: {KEY} did not announce PaymentSettled",
                f"order 1 (o1), paid: {KEY} announced PaymentClosed wrongly",
            ]
        },
        causeless=["stripe_payments#p2 announced PaymentSettled, but has no watch"],
    )
    assert len(found.sentences()) == 2


def test_what_must_follow_an_event_is_missed_only_after_that() -> None:
    truth = replace(
        TRUTH, announce=frozenset(), may_announce=frozenset({"OrderAuthorizedNotPlaced", "OrderPlacedAfterAll"}),
        follows={"OrderAuthorizedNotPlaced": "OrderPlacedAfterAll"},
    )  # fmt: skip
    first, then = event("OrderAuthorizedNotPlaced"), event("OrderPlacedAfterAll")

    assert wrong(truth=truth) == wrong(first, then, truth=truth) == ()
    assert wrong(first, truth=truth) == (f"order 1 (o1), paid: {KEY} did not announce OrderPlacedAfterAll",)


def test_the_same_kind_in_two_rounds_is_announced_twice() -> None:
    again = event(id=f"{KEY}#2#PaymentSettled", round=2)

    assert wrong(event(), again) == (f"order 1 (o1), paid: {KEY} announced PaymentSettled in more than one round",)


@pytest.mark.parametrize(
    ("person", "called", "said"),
    [
        ({False}, True, "called a person for PaymentSettled"),
        ({True}, False, "called no person"),
        ({True}, True, None),
        ({False}, False, None),
        ({True, False}, True, None),
        ({True, False}, False, None),
    ],
)
def test_whether_a_person_is_called_must_be_right(person: set[bool], called: bool, said: str | None) -> None:
    truth = replace(TRUTH, person=frozenset(person))

    found = wrong(event(needs_a_person=called), truth=truth)

    assert found == (() if said is None else (f"order 1 (o1), paid: {KEY} {said}",))


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([], f"order 1 (o1), paid: {KEY} did not announce PaymentSettled"),
        ([event("PaymentAttemptFailed")], f"order 1 (o1), paid: {KEY} did not announce PaymentSettled"),
        (
            [event(), event("PaymentClosed"), event("PaymentAbandoned")],
            f"order 1 (o1), paid: {KEY} announced PaymentAbandoned, PaymentClosed wrongly",
        ),
        (
            [event(), event(key="stripe_payments#p2")],
            "stripe_payments#p2 announced PaymentSettled, but has no watch",
        ),
        (
            [event(id="1")],
            f"{KEY} announced PaymentSettled with the id 1, not {KEY}#1#PaymentSettled",
        ),
        ([event(round=2)], f"with the id {KEY}#1#PaymentSettled, not {KEY}#2#PaymentSettled"),
        ([announced_as_closed()], f"{KEY} announced PaymentClosed with the detail type PaymentSettled"),
        (
            [event(), event(at="later")],
            f"{KEY} announced two different events of PaymentSettled with the same id",
        ),
    ],
)
def test_each_way_to_be_wrong_is_said(events: list[Event], said: str) -> None:
    [sentence] = wrong(*events)

    assert said in sentence


def event_of_order() -> Event:
    return event("PaymentStillPending", key="orders#o1")


def test_an_event_of_a_watch_for_a_payment_that_nobody_has_is_wrong() -> None:
    rows = {KEY: SETTLED, "orders#o1": Row("orders#o1", "dead_lettered")}

    assert wrong_events({KEY: TRUTH}, rows, [event(), event_of_order()]).causeless == [
        "orders#o1 announced PaymentStillPending, but the organization has no such payment"
    ]


def digest(number: int, count: int, **detail: object) -> Event:
    kind = "StuckOrdersReported"
    return Event(kind, {"id": f"digest#{number}#{kind}", "kind": kind, "count": count} | detail, None)


def daily(number: int, dead_lettered: int) -> Event:
    detail = {
        "id": f"digest#{number}#DailyDigest",
        "kind": "DailyDigest",
        "dead_lettered": {"count": dead_lettered},
    }
    return Event("DailyDigest", detail, None)


REPORTED = Row("stripe_payments#p2", "reported")


@pytest.mark.parametrize(
    ("rows", "digests"),
    [
        ([], []),
        ([REPORTED], [digest(1, 1)]),
        ([REPORTED], [digest(10, 1), digest(9, 3)]),
        ([], [digest(1, 1), digest(2, 0)]),
        ([Row("stripe_payments#p2", "reported", outbox=True)], []),
    ],
)
def test_last_digest_that_counts_what_is_reported_is_right(rows: list[Row], digests: list[Event]) -> None:
    by_key = {row.key: row for row in (SETTLED, *rows)}

    assert wrong_events({KEY: TRUTH}, by_key, [event(), *digests]).sentences() == ()


@pytest.mark.parametrize(
    ("rows", "digests", "counts"), [([REPORTED], [], 0), ([REPORTED], [digest(1, 2)], 2), ([], [digest(1, 1)], 1)]
)
def test_digest_that_counts_something_else_is_wrong(rows: list[Row], digests: list[Event], counts: int) -> None:
    by_key = {row.key: row for row in (SETTLED, *rows)}

    assert wrong_events({KEY: TRUTH}, by_key, [event(), *digests]).causeless == [
        f"{len(rows)} payments are reported, and the last StuckOrdersReported counts {counts}"
    ]


@pytest.mark.parametrize(("digests", "counts"), [([daily(1, 1), daily(2, 0)], 0), ([daily(2, 2), daily(1, 1)], 2)])
def test_last_daily_digest_that_counts_other_dead_letters_is_wrong(digests: list[Event], counts: int) -> None:
    dead_lettered = Row("stripe_payments#p2", "dead_lettered")
    rows = {KEY: SETTLED, REPORTED.key: dead_lettered}
    still_pending = event("PaymentStillPending", key=dead_lettered.key)
    truths = {KEY: TRUTH, dead_lettered.key: replace(TRUTH, announce=frozenset({"PaymentStillPending"}))}

    assert [
        each
        for each in wrong_events(truths, rows, [event(), still_pending, *digests]).causeless
        if "DailyDigest" in each
    ] == [f"1 payments are dead_lettered, and the last DailyDigest counts {counts}"]
    assert not [
        each
        for each in wrong_events(truths, rows, [event(), still_pending, daily(3, 1)]).causeless
        if "DailyDigest" in each
    ]


def test_two_digests_of_the_same_number_are_wrong_if_they_differ() -> None:
    rows = {KEY: SETTLED, REPORTED.key: REPORTED}

    assert wrong_events({KEY: TRUTH}, rows, [event(), digest(1, 1), digest(1, 1)]).sentences() == ()
    assert wrong_events({KEY: TRUTH}, rows, [event(), digest(1, 1), digest(1, 1, at="later")]).causeless == [
        "None announced two different events of StuckOrdersReported with the same id"
    ]


def test_events_are_counted_by_kind_and_those_sent_again_once() -> None:
    events = [event(), event("PaymentClosed"), event(), event(key="stripe_payments#p2")]

    assert count_kinds(events) == {"PaymentClosed": 1, "PaymentSettled": 2}
    assert sent_again(events) == 1
    assert (count_kinds([]), sent_again([])) == ({}, 0)
