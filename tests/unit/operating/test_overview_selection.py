"""The selection of a list: filters, amounts with and without a currency, order, sums, and the cost of a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import Notice, Status
from payrefresh.errors import WrongInput
from payrefresh.overview.amounts import read_least
from payrefresh.overview.list_view import COLUMNS, list_as_json, row_of, view_list
from payrefresh.overview.scan_cost import ScanCost
from payrefresh.overview.selection import (
    NOT_OVER,
    Selection,
    Sort,
    arranged,
    read_classes,
    read_notices,
    read_statuses,
    read_types,
    sums,
)
from tests.support.clock import START
from tests.support.samples import cart, dead_lettered, order, reported, watch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payment_refresh.domain.watch import Watch

OF_GATEWAY = order("a", payment_gateway_type="stripe_gateways", payment_gateway_id="gw1")
NO_AMOUNT = order("e", at=START - 300, amount_cents=None)
WATCHES = (
    watch(OF_GATEWAY, Policy(), due_at=START + 60),
    watch(cart("b", at=START - 100, currency="JPY"), Policy(), due_at=START + 30),
    dead_lettered(order("c", at=START - 5000, kind="satispay_payments"), Policy(), at=START),
    reported(order("d", at=START - 200, amount_cents=500), Policy(), at=START - 50, notice=Notice.SUPERSEDED),
    watch(NO_AMOUNT, Policy(), status=Status.SETTLED, ended_at=START, due_at=None),
)


def names(watches: Sequence[Watch]) -> str:
    return "".join(str(each.key)[-1] for each in watches)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({}, "abcde"),
        ({"statuses": NOT_OVER}, "abcd"),
        ({"statuses": frozenset({"settled", "reported"})}, "de"),
        ({"classes": frozenset({"cart"})}, "b"),
        ({"types": frozenset({"satispay_payments"})}, "c"),
        ({"gateways": frozenset({"gw1"})}, "a"),
        ({"gateways": frozenset({"stripe_gateways"})}, "a"),
        ({"notices": frozenset({"superseded"})}, "d"),
        ({"since_before": START - 200}, "cde"),
        ({"least": read_least("99")}, "abc"),
        ({"least": read_least("99.01")}, "b"),
        ({"least": read_least("99 eur")}, "ac"),
        ({"least": read_least("9900JPY")}, "b"),
        ({"least": read_least("1 USD")}, ""),
    ],
)
def test_a_selection_takes_what_each_filter_asks_for(selection: dict[str, Any], expected: str) -> None:
    assert names([each for each in WATCHES if Selection(**selection).takes(each)]) == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [(Sort.AGE, "cedba"), (Sort.AMOUNT, "cadeb"), (Sort.DUE, "dcbae"), (Sort.ENDED, "cedab")],
)
def test_watches_are_put_in_the_order_that_is_asked_for(sort: Sort, expected: str) -> None:
    assert names(arranged(WATCHES, sort)) == expected


def test_an_order_counts_once_in_the_sums_of_a_list() -> None:
    twice = (*WATCHES, watch(order("a"), Policy()))

    assert sums(twice) == {"EUR": 2 * 9900 + 500, "JPY": 9900}


@pytest.mark.parametrize("text", ["", "x", "-5", "5.0000", "5 EURO", "1e9"])
def test_a_least_amount_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(WrongInput, match="--min-amount"):
        read_least(text)


@pytest.mark.parametrize(
    ("read", "known"),
    [(read_statuses, "settled"), (read_classes, "cart"), (read_types, "orders"), (read_notices, "superseded")],
)
def test_words_of_filters_are_known_ones_or_all(read: Callable[[list[str]], frozenset[str]], known: str) -> None:
    assert read([f"{known}, {known}"]) == {known}
    assert read([known, "all"]) == frozenset()
    with pytest.raises(WrongInput, match="'nonsense' is not known"):
        read([f"{known},nonsense"])


def test_what_is_not_over_is_listed_unless_notices_are_asked_for() -> None:
    assert read_statuses([]) == NOT_OVER
    assert read_statuses([], has_notices=True) == frozenset()


def test_a_list_that_is_cut_says_so_and_sums_up_all_of_it() -> None:
    listed = list_as_json(WATCHES, 2)

    assert (listed["count"], listed["shown"], len(listed["watches"])) == (5, 2, 2)
    assert listed["sums"] == {"EUR": 20300, "JPY": 9900}
    console = Console(width=200)
    with console.capture() as captured:
        console.print(view_list(WATCHES, 2, START + 60))
    text = captured.get()
    assert "5 payments, 203.00 EUR + 9,900 JPY; the first 2 of them are shown (--limit)" in text
    assert "pay-b" in text
    assert "pay-c" not in text


def test_each_row_has_all_columns_and_amounts_in_the_main_unit() -> None:
    rows = [row_of(each) for each in WATCHES]

    assert all(tuple(row) == COLUMNS for row in rows)
    assert [row["amount"] for row in rows] == ["99.00", "9900", "99.00", "5.00", None]
    assert [row["due_at"] is not None for row in rows] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("size", "word", "consent"),
    [(0, False, False), (10**7, False, False), (2 * 10**7, True, False), (10**9, True, True)],
)
def test_the_cost_of_a_scan_is_said_of_a_large_table_and_agreed_to_of_a_huge_one(
    size: int, *, word: bool, consent: bool
) -> None:
    cost = ScanCost(1000, size)

    assert (cost.is_worth_a_word, cost.needs_consent) == (word, consent)


def test_the_cost_of_a_scan_is_shown_in_rows_units_and_dollars() -> None:
    text = str(ScanCost(1_000_000, 8_192_000_000))

    assert text == "this reads the whole table: about 1,000,000 rows, 1,000,000 read units, $0.12"
