"""The comparison of outcome events with the truth: every way to be wrong shows, in words."""

from __future__ import annotations

import pytest

from devstack.announced import count_kinds, sent_again, wrong_events
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


def wrong(*events: Event, watched: bool = True) -> list[str]:
    return wrong_events({KEY: TRUTH}, {KEY: SETTLED} if watched else {}, events)


def announced_as_closed() -> Event:
    return Event("PaymentSettled", {**event().detail, "kind": "PaymentClosed"}, KEY)


@pytest.mark.parametrize(
    "events", [[event()], [event(), event("PaymentAttemptFailed")], [event(), event(), event()]]
)
def test_what_had_to_be_announced_was_and_nothing_wrong_besides(events: list[Event]) -> None:
    assert wrong(*events) == []


def test_a_watch_that_nobody_made_announces_nothing() -> None:
    assert wrong(watched=False) == []
    assert wrong(event(), watched=False) == [f"{KEY} announced PaymentSettled, but has no watch"]


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
    [sentence] = wrong_events({KEY: TRUTH}, {KEY: SETTLED}, events)

    assert said in sentence


def event_of_order() -> Event:
    return event("PaymentStillPending", key="orders#o1")


def test_an_event_of_a_watch_for_a_payment_that_nobody_has_is_wrong() -> None:
    rows = {KEY: SETTLED, "orders#o1": Row("orders#o1", "dead_lettered")}

    assert wrong_events({KEY: TRUTH}, rows, [event(), event_of_order()]) == [
        "orders#o1 announced PaymentStillPending, but the organization has no such payment"
    ]


def test_events_are_counted_by_kind_and_those_sent_again_once() -> None:
    events = [event(), event("PaymentClosed"), event(), event(key="stripe_payments#p2")]

    assert count_kinds(events) == {"PaymentClosed": 1, "PaymentSettled": 2}
    assert sent_again(events) == 1
    assert (count_kinds([]), sent_again([])) == ({}, 0)
