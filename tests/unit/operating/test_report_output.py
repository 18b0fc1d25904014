"""JSON, CSV, text and page of a report: what they say, and that foreign text stays text in each of them."""

from __future__ import annotations

import io
import json
from copy import replace

import pytest

from payrefresh.report.markup import Markup, raw, tag
from payrefresh.report.page import write_page
from payrefresh.report.report import Report, as_json
from payrefresh.report.table import CSV_NAMES, ORDER_NAMES, csv_rows, order_rows
from payrefresh.report.text import view_report
from payrefresh.terminal import Terminal, print_csv
from tests.operating.sample_shop import HOSTILE, Shop, report

MONTH = report()
ROW = next(Shop().rows())
"""A payment that its webhook settled."""


def text_of(of: Report, *, with_orders: bool = False) -> str:
    """What is printed of a report."""
    out = io.StringIO()
    console = Terminal(file=out, width=500, soft_wrap=True, highlight=False)
    console.print(view_report(of, with_orders=with_orders))
    return out.getvalue()


def test_json_has_the_same_members_whatever_was_found() -> None:
    nothing, observing = report(ROW), report(observes=True)

    assert as_json(nothing).keys() == as_json(MONTH).keys() == as_json(observing).keys()
    assert as_json(nothing)["for_a_person"].keys() == as_json(MONTH)["for_a_person"].keys()
    json.dumps(as_json(MONTH, with_orders=True))


def test_json_of_gateways_adds_up_to_the_sums() -> None:
    found = as_json(MONTH)["found_by_refresh"]

    assert sum(group["payments"] for group in found["by_gateway"]) == found["payments"] == 64
    for currency, cents in found["sums"].items():
        assert cents == sum(each["amount_cents"] for each in found["by_gateway"] if each["currency"] == currency)
    assert sum(step["payments"] for step in found["by_step"]) == 64
    assert sum(each["payments"] for each in found["pending_for"]["classes"]) == 64


def test_observing_stack_says_what_it_would_have_asked_about() -> None:
    document = as_json(report(observes=True))

    assert as_json(MONTH)["would_have_found"] is None
    assert document["found_by_refresh"]["payments"] == 0
    assert document["would_have_found"]["at_most"]["payments"] == 68
    assert document["would_have_found"]["earlier_than_the_webhook"]["payments"] == 31
    assert "only the gateway knows" in " ".join(text_of(report(observes=True)).split())


def test_report_that_reaches_further_back_than_rows_are_kept_says_so() -> None:
    long = report(ROW, since="60d")

    assert as_json(long)["complete"] is False
    assert as_json(long)["known_since"] == "2026-02-24T09:00:01.000Z"
    for written in (text_of(long), write_page(long)):
        assert "of what ended before 2026-02-24 09:00 UTC, only what is still there is counted" in written
    assert as_json(report(ROW, since="35d"))["complete"] is True
    assert "only what is still there" not in text_of(report(ROW, since="35d"))


def test_money_is_written_with_as_many_digits_as_its_currency_has() -> None:
    refreshed = next(each for each in Shop().rows() if each.settled_by == "refresh")
    of = report(*(replace(refreshed, currency=currency, amount_cents=1234) for currency in ("EUR", "JPY", "KWD")))

    for written in (text_of(of), write_page(of)):
        assert all(amount in written for amount in ("12.34 EUR", "1,234 JPY", "1.234 KWD"))


@pytest.mark.parametrize("with_orders", [False, True])
def test_orders_are_named_only_where_that_is_asked_for(with_orders: bool) -> None:
    of = report(*HOSTILE)
    written = (
        json.dumps(as_json(of, with_orders=with_orders)),
        write_page(of, with_orders=with_orders),
        text_of(of, with_orders=with_orders),
    )

    assert [any(str(watch.key) in each for watch in HOSTILE) for each in written] == [with_orders] * 3
    assert ["a" * 200 in each for each in written] == [with_orders] * 3


def test_foreign_text_is_text_on_the_page_and_in_the_terminal() -> None:
    page = write_page(report(*HOSTILE), with_orders=True)

    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    text = text_of(report(*HOSTILE), with_orders=True)
    assert "[red]not markup[/red]" in text
    assert "\x1b" not in text


def test_currency_that_is_no_currency_is_text_on_the_page() -> None:
    page = write_page(report(*(replace(watch, currency="<b>") for watch in HOSTILE)))

    assert "<b>" not in page


def test_csv_has_no_cell_that_a_spreadsheet_takes_for_a_formula(capsys: pytest.CaptureFixture[str]) -> None:
    print_csv(ORDER_NAMES, order_rows(report(*HOSTILE)))

    cells = [cell.strip('"') for line in capsys.readouterr().out.splitlines() for cell in line.split(",")]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "'@SUM(A1:A9)" in cells


def test_csv_of_sums_says_the_same_as_the_json() -> None:
    rows = list(csv_rows(MONTH))
    found = [row for row in rows if row["what"] == "found_by_refresh"]

    assert {name for row in rows for name in row} <= set(CSV_NAMES)
    assert sum(int(str(row["payments"])) for row in found) == 64
    euros = sum(int(str(row["amount_cents"])) for row in found if row["currency"] == "EUR")
    assert euros == as_json(MONTH)["found_by_refresh"]["sums"]["EUR"]
    assert {row["what"]: row["calls"] for row in rows if row.get("calls")}["RefreshCalls"] == 2873


def test_element_escapes_its_text_and_attributes_and_keeps_elements() -> None:
    inner = tag("b", "<&>")

    assert tag("p", inner, ["'", raw("<i/>")], title='"<"', hidden=None, class_="x") == (
        '<p title="&quot;&lt;&quot;" class="x"><b>&lt;&amp;&gt;</b>&#x27;<i/></p>'
    )
    assert isinstance(inner, Markup)
    assert tag("rect", width="1%", aria_hidden="true") == '<rect width="1%" aria-hidden="true"/>'
