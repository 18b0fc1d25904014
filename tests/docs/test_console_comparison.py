"""Comparison of a page's output with a run's: what differs from run to run is masked, all else counts."""

from __future__ import annotations

import pytest

from tests.docs.console.comparison import Difference, Names, compare, masked, renewed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("at 2026-11-30T12:34:56.789Z", "at 2027-01-01T00:00:00Z"),
        ("at 12:34:56 UTC", "at 01:02:03 UTC"),
        ("on 30 Nov 2026, 12:34", "on 1 December 2027, 01:00"),
        ("after 12 s, pending for 3 min 4 s", "after 1.5 s, pending for 2 hours"),
        ("http://127.0.0.1:1234/000/queue", "http://127.0.0.1:999/111/other"),
        ("arn:aws:sqs:us-east-1:1:a", "arn:aws:sqs:us-east-1:2:b"),
        ("payment eqRZMSaNqM", "payment PzdJhdLdYV"),
        ("order 10000001 is paid", "order 10000417 is paid"),
        ("intent pi_abcDEF123", "intent pi_x"),
        ("payment-refresh-12ab3f", "payment-refresh-0a9f81"),
        ("│ eqRZMSaNqM │ 4 s   │", "│ PzdJhdLdYV │ 12 min │"),
        ("┌────────┐", "┌──────────────┐"),
    ],
)
def test_what_differs_from_run_to_run_is_masked(one: str, other: str) -> None:
    assert masked(one) == masked(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("25 dead letters", "24 dead letters"),
        ("42.00 EUR", "42.01 EUR"),
        ("settled by refresh", "settled by webhook"),
        ("dispatched", "reconciled"),
        ("  indented", "indented"),
        ("3 payments", "3 s"),
    ],
)
def test_what_a_page_claims_is_not_masked(one: str, other: str) -> None:
    assert masked(one) != masked(other)


def test_what_a_page_says_that_varies_is_masked_there_alone() -> None:
    assert masked("12 calls", [r"\d+ calls"]) == masked("7 calls", [r"\d+ calls"])
    assert masked("12 calls") != masked("7 calls")


@pytest.mark.parametrize(
    ("page", "run", "pairs"),
    [
        (["a", "b"], ["a", "b"], [(0, 0), (1, 1)]),
        (["a", "…", "c"], ["a", "b", "b", "c"], [(0, 0), (2, 3)]),
        (["a", "…"], ["a"], [(0, 0)]),
        (["…", "c"], ["a", "c", "b", "c"], [(1, 3)]),
        (["…", "b", "…"], ["a", "b", "c"], [(1, 1)]),
        (["…"], [], []),
        ([], [], []),
    ],
)
def test_ellipsis_alone_on_a_line_stands_for_any_lines(
    page: list[str], run: list[str], pairs: list[tuple[int, int]]
) -> None:
    assert compare(page, run, Names()) == pairs


@pytest.mark.parametrize(
    ("page", "run"),
    [
        (["a"], ["a", "b"]),
        (["a", "b"], ["a"]),
        (["a"], []),
        ([], ["a"]),
        (["…", "b"], ["b", "a"]),
        (["a", "…"], ["b", "a"]),
        (["a", "…", "a"], ["a"]),
        (["…", "b", "…", "a"], ["a", "b"]),
        (["… b"], ["a b"]),
    ],
)
def test_lines_that_are_missing_or_too_many_are_a_difference(page: list[str], run: list[str]) -> None:
    assert isinstance(compare(page, run, Names()), Difference)


def test_difference_shows_what_the_page_says_and_what_was_printed() -> None:
    found = compare(["same", "old at 12:00"], ["same", "new at 12:34"], Names())

    assert found == Difference("  same\n- old at <time>\n+ new at <time>")


def test_id_of_a_page_stands_for_the_same_id_throughout_a_run() -> None:
    names = Names()
    assert not isinstance(compare(["made aBcDeFgHiJ"], ["made kLmNoPqRsT"], names), Difference)

    assert not isinstance(compare(["show aBcDeFgHiJ"], ["show kLmNoPqRsT"], names), Difference)
    found = compare(["show aBcDeFgHiJ"], ["show zYxWvUtSrQ"], names)

    assert found == Difference(
        "an id differs: aBcDeFgHiJ was kLmNoPqRsT before, and is zYxWvUtSrQ here\n  show zYxWvUtSrQ"
    )


def test_line_between_two_wildcards_is_the_one_with_the_id_that_is_known() -> None:
    names = Names()
    compare(["made aBcDeFgHiJ"], ["made kLmNoPqRsT"], names)

    pairs = compare(["…", "show aBcDeFgHiJ", "…"], ["show zYxWvUtSrQ", "show kLmNoPqRsT"], names)

    assert pairs == [(1, 1)]


def test_renewed_output_keeps_what_the_page_leaves_out() -> None:
    page, run = ["a at 12:00", "…", "c"], ["a at 13:00", "b", "c"]
    pairs = compare(page, run, Names())
    assert not isinstance(pairs, Difference)

    assert renewed(page, run, pairs) == ["a at 13:00", "…", "c"]
    assert renewed(page, run, None) == run
