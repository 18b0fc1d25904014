"""The comparison of table and letters with the truth: what is right passes, and every way to be wrong shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devstack.records import Event, Letter, Row
from devstack.truth import KindCount, Truth, compare, refused, truth_from_sandbox

KEY = "stripe_payments#p1"
PAID = Truth("1 (o1)", KEY, "paid", frozenset({"settled"}), frozenset({"refresh"}), 100.0)
NEVER_PAID = replace(PAID, story="never_paid", statuses=frozenset({"dead_lettered"}), settled_by=frozenset())
SETTLED = Row(KEY, "settled", settled_by="refresh")
DEAD = Row(KEY, "dead_lettered")
LETTER = Letter(KEY, 1, "stayed_pending", "{}")


def test_a_payment_that_ended_as_it_should_is_no_finding() -> None:
    verdict = compare([PAID], [SETTLED], [])

    assert (verdict.lost, verdict.mismatched, verdict.unwatched) == ((), (), 0)


def test_a_dead_lettered_payment_with_its_letter_is_no_finding() -> None:
    verdict = compare([NEVER_PAID], [DEAD], [LETTER])

    assert (verdict.lost, verdict.mismatched) == ((), ())


def test_a_payment_with_neither_watch_nor_letter_is_lost() -> None:
    verdict = compare([PAID], [], [])

    assert verdict.lost == (f"order 1 (o1), paid: no watch and no dead letter for {KEY}",)
    assert verdict.mismatched == ()


@pytest.mark.parametrize(
    ("truth", "row", "letters", "said"),
    [
        (PAID, Row(KEY, "watching"), [], "is watching, not settled"),
        (PAID, Row(KEY, "abandoned"), [], "is abandoned, not settled"),
        (PAID, Row(KEY, "settled", settled_by="webhook"), [], "was settled by webhook, not by refresh"),
        (PAID, Row(KEY, "settled"), [], "was settled by None, not by refresh"),
        (NEVER_PAID, Row(KEY, "dead_lettered", outbox=True), [], "still has its dead letter"),
        (NEVER_PAID, DEAD, [], "has 0 dead letters instead of one"),
        (NEVER_PAID, DEAD, [LETTER, LETTER], "has 2 dead letters instead of one"),
        (NEVER_PAID, DEAD, [replace(LETTER, round=2)], "has a dead letter of round 2"),
        (PAID, SETTLED, [LETTER], "is settled in round 1, but has a dead letter of round 1"),
        (PAID, SETTLED, [Letter(None, None, None, "what is this")], "no watch sent: what is this"),
        (PAID, SETTLED, [replace(LETTER, key="stripe_payments#p9")], "no watch sent: {}"),
    ],
)
def test_each_way_to_be_wrong_is_a_mismatch_and_said(
    truth: Truth, row: Row, letters: list[Letter], said: str
) -> None:
    verdict = compare([truth], [row], letters)

    assert verdict.lost == ()
    assert len(verdict.mismatched) == 1
    assert said in verdict.mismatched[0]


def test_a_letter_without_its_row_is_a_mismatch_not_a_loss() -> None:
    verdict = compare([NEVER_PAID], [], [LETTER])

    assert verdict.lost == ()
    assert verdict.mismatched == ("a dead letter that no watch sent: {}",)


def test_who_settled_it_may_be_left_open() -> None:
    either = replace(PAID, settled_by=frozenset({"refresh", "webhook"}))

    assert compare([either], [SETTLED], []).mismatched == ()
    assert compare([replace(PAID, settled_by=frozenset())], [SETTLED], []).mismatched == ()


def test_a_watch_for_a_payment_that_nobody_has_is_a_mismatch() -> None:
    verdict = compare([], [Row("stripe_payments#ghost", "missing")], [])

    assert verdict.mismatched == (
        "stripe_payments#ghost is missing, but the organization has no such payment to be watched",
    )


def test_an_orders_own_row_only_counts_while_it_is_open() -> None:
    assert compare([], [Row("orders#o1", "closed")], []).mismatched == ()
    assert len(compare([], [Row("orders#o1", "watching")], []).mismatched) == 1


def test_a_payment_that_nobody_could_see_pending_needs_no_watch() -> None:
    verdict = compare([replace(PAID, optional=True)], [], [])

    assert (verdict.unwatched, verdict.lost) == (1, ())


def test_where_such_a_payment_was_watched_all_the_same_its_end_must_be_right() -> None:
    assert (
        len(compare([replace(PAID, optional=True)], [replace(SETTLED, settled_by="webhook")], []).mismatched) == 1
    )


def test_a_payment_that_cannot_be_refreshed_asks_for_nothing() -> None:
    assert compare([replace(PAID, key=None)], [], []).lost == ()


@pytest.mark.parametrize(
    ("truth", "row", "said"),
    [
        (
            replace(PAID, reasons=frozenset({None})),
            replace(SETTLED, reason="free"),
            "for the reason free, not None",
        ),
        (
            replace(PAID, notices=frozenset({None, "not_placed"})),
            replace(SETTLED, notice="superseded"),
            "with the notice superseded, not None or not_placed",
        ),
    ],
)
def test_what_the_row_says_of_its_end_must_be_right(truth: Truth, row: Row, said: str) -> None:
    [sentence] = compare([truth], [row], []).mismatched

    assert said in sentence
    assert compare([replace(truth, reasons=frozenset(), notices=frozenset())], [row], []).mismatched == ()


def test_orders_and_what_is_wrong_with_them_are_counted_by_kind() -> None:
    truths = [
        PAID,
        replace(PAID, key="stripe_payments#p2"),
        replace(PAID, order="2 (o2)", key="stripe_payments#p3"),
        replace(NEVER_PAID, order="3 (o3)", key="stripe_payments#p4"),
        replace(NEVER_PAID, order="3 (o3)", key=None),
    ]
    rows = [SETTLED, replace(SETTLED, key="stripe_payments#p2", status="watching")]
    closed = Event("PaymentClosed", {"id": f"{KEY}#1#PaymentClosed", "kind": "PaymentClosed", "round": 1}, KEY)

    verdict = compare(truths, rows, [], [closed])

    assert verdict.kinds == {
        "never_paid": KindCount(orders=1, ended_wrong=1),
        "paid": KindCount(orders=2, ended_wrong=2, announced_wrong=1),
    }
    assert len(verdict.wrongly_announced) == 1


def test_refreshes_that_are_bound_to_fail_are_known() -> None:
    failing = replace(NEVER_PAID, reasons=frozenset({"refresh_failing"}))
    missing = replace(NEVER_PAID, key="stripe_payments#p2", statuses=frozenset({"missing"}))
    other = replace(NEVER_PAID, key="stripe_payments#p3", reasons=frozenset({"stayed_pending"}))

    assert refused([failing, missing, other, PAID, replace(failing, key=None)]) == {KEY, "stripe_payments#p2"}


def test_what_was_not_announced_is_announced_wrongly() -> None:
    truth = replace(PAID, announce=frozenset({"PaymentSettled"}))
    detail = {"id": f"{KEY}#1#PaymentSettled", "kind": "PaymentSettled", "round": 1}

    assert compare([truth], [SETTLED], [], [Event("PaymentSettled", detail, KEY)]).wrongly_announced == ()
    assert compare([truth], [SETTLED], []).wrongly_announced == (
        f"order 1 (o1), paid: {KEY} did not announce PaymentSettled",
    )


def test_the_sandboxs_truth_is_read() -> None:
    entry = {
        "order_id": "o1", "order_number": "1", "payment_type": "stripe_payments", "payment_id": "p1",
        "story": "paid", "authorized_at": 100.0,
        "expect": {
            "status": ["settled"], "settled_by": ["refresh"], "optional": False, "reason": [], "notice": [None],
            "announce": ["PaymentSettled"], "may_announce": ["PaymentAttemptFailed"],
            "follows": {"OrderAuthorizedNotPlaced": "OrderPlacedAfterAll"}, "person": [False],
        },
    }  # fmt: skip

    assert truth_from_sandbox(entry) == replace(
        PAID, announce=frozenset({"PaymentSettled"}), may_announce=frozenset({"PaymentAttemptFailed"}),
        notices=frozenset({None}), follows={"OrderAuthorizedNotPlaced": "OrderPlacedAfterAll"},
        person=frozenset({False}),
    )  # fmt: skip
    assert truth_from_sandbox(entry | {"payment_type": "wire_transfers"}).key is None
