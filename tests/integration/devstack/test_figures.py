"""The figures of a run: counted from rows, with the delay of what only a refresh could find."""

from __future__ import annotations

from dataclasses import replace

from devstack.figures import Delay, Figures, count, detection_delay
from devstack.records import Row
from devstack.truth import Truth

NOW = 1000.0


def test_every_row_is_counted_where_it_stands() -> None:
    rows = [
        Row("stripe_payments#1", "watching", due_at=NOW - 1),
        Row("stripe_payments#2", "watching", due_at=NOW + 1),
        Row("stripe_payments#3", "settled", settled_by="webhook"),
        Row("stripe_payments#4", "settled", settled_by="refresh"),
        Row("stripe_payments#5", "settled", settled_by="refresh", found_by="discover", notice="not_placed"),
        Row("stripe_payments#6", "closed"),
        Row("stripe_payments#7", "missing"),
        Row("stripe_payments#8", "abandoned", found_by="discover", notice="not_placed"),
        Row("stripe_payments#9", "dead_lettered"),
        Row("stripe_payments#10", "dead_lettered", outbox=True),
        Row("stripe_payments#11", "reported", due_at=NOW - 1),
    ]

    figures = count(rows, NOW)

    assert figures == Figures(
        watched=11, watching=2, due=1, unrelayed=1, settled_by_webhook=1, settled_by_refresh=2, closed=1,
        missing=1, abandoned=1, dead_lettered=2, reported=1, discovered=2, unplaced=1,
    )  # fmt: skip
    assert figures.open == 3


def test_an_order_counts_until_its_payment_is_known() -> None:
    assert count([Row("orders#1", "watching", due_at=NOW)], NOW).watched == 1
    assert count([Row("orders#1", "closed")], NOW) == Figures()


def test_the_delay_counts_from_the_money_to_the_end_for_what_a_refresh_settled() -> None:
    rows = {
        "p#1": Row("p#1", "settled", settled_by="refresh", ended_at=110.0),
        "p#2": Row("p#2", "settled", settled_by="refresh", ended_at=104.0),
        "p#3": Row("p#3", "settled", settled_by="webhook", ended_at=900.0),
        "p#4": Row("p#4", "watching"),
    }
    truth = Truth("1", "p#1", "paid", frozenset({"settled"}), frozenset(), 100.0)
    truths = [replace(truth, key=key) for key in (*rows, "p#5", None)]

    assert detection_delay(rows, truths, 0.0) == Delay(p50=4.0, p90=10.0, max=10.0)


def test_what_was_paid_before_the_run_began_counts_from_then() -> None:
    rows = {"p#1": Row("p#1", "settled", settled_by="refresh", ended_at=90_000.0)}
    truth = Truth("1", "p#1", "stuck_before_paid", frozenset({"settled"}), frozenset(), 100.0)

    assert detection_delay(rows, [truth], 89_990.0).max == 10.0


def test_a_row_in_whole_seconds_is_never_found_before_the_money_came() -> None:
    rows = {"p#1": Row("p#1", "settled", settled_by="refresh", ended_at=100.0)}
    truth = Truth("1", "p#1", "paid", frozenset({"settled"}), frozenset(), 100.7)

    assert detection_delay(rows, [truth], 0.0).max == 0.0


def test_nothing_found_by_refresh_has_no_delay() -> None:
    assert detection_delay({}, [], 0.0) == Delay(None, None, None)


def test_quantiles_are_values_that_occurred() -> None:
    rows = {f"p#{n}": Row(f"p#{n}", "settled", settled_by="refresh", ended_at=100.0 + n) for n in range(1, 11)}
    truth = Truth("1", None, "paid", frozenset({"settled"}), frozenset(), 100.0)

    delay = detection_delay(rows, [replace(truth, key=key) for key in rows], 0.0)

    assert delay == Delay(p50=5.0, p90=9.0, max=10.0)
