"""The page of a report, in Chromium: on a phone, on a screen and on paper."""

from __future__ import annotations

import re
from copy import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.vocabulary import Status
from payrefresh.report.page import POLICY, write_page
from payrefresh.report.report import as_json
from tests.operating.page_figures import figures_in
from tests.operating.pages import DESK, PAPER, PHONE, Seen, look
from tests.operating.sample_shop import HOSTILE, Shop, report

if TYPE_CHECKING:
    from payrefresh.report.report import Report

PAGES = {
    "a month": (report(), False),
    "a month of observing": (report(observes=True), False),
    "each order, and hostile ones": (report(*list(Shop().rows())[-150:], *HOSTILE), True),
    "nothing found": (report(replace(next(Shop().rows()), status=Status.WATCHING)), False),
}
"""Reports, and whether each order is named."""

VIEWS = {"phone": PHONE, "phone, dark": replace(PHONE, scheme="dark"), "screen": DESK, "paper": PAPER}

WILD = (
    '<!DOCTYPE html><html><body style="margin:0"><img src="https://example.com/x.png"><p style="width:500px">wide'
)
"""A page that breaks the rules, so that it shows whether they are looked after."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Seen]:
    """Every page in every view, by one start of the browser."""
    folder = tmp_path_factory.mktemp("pages")
    files = {name: folder / f"{number}.html" for number, name in enumerate((*PAGES, "wild"))}
    for name, (of, with_orders) in PAGES.items():
        files[name].write_text(write_page(of, with_orders=with_orders), encoding="utf-8")
    files["wild"].write_text(WILD)
    found = iter(look({file: VIEWS.values() for file in files.values()}))
    return {(name, view): next(found) for name in files for view in VIEWS}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("page", PAGES)
def test_page_fits_asks_for_nothing_and_says_every_figure(
    page: str, view: str, seen: dict[tuple[str, str], Seen]
) -> None:
    of, with_orders = PAGES[page]
    found = seen[page, view]

    assert (found.inside, found.wide, found.beyond) == (VIEWS[view].width, VIEWS[view].width, [])
    assert (found.requests, found.errors) == ([], [])
    assert _missing(of, found.text, with_orders=with_orders) == set()


def test_page_that_asks_and_is_too_wide_is_noticed(seen: dict[tuple[str, str], Seen]) -> None:
    found = seen["wild", "phone"]

    assert found.requests == ["https://example.com/x.png"]
    assert found.wide > found.inside
    assert found.beyond


def test_page_is_light_on_paper_and_dark_where_the_screen_is(seen: dict[tuple[str, str], Seen]) -> None:
    assert seen["a month", "paper"].background == "rgb(255, 255, 255)"
    assert seen["a month", "phone, dark"].background == "rgb(20, 23, 28)"
    assert seen["a month", "paper"].sheets in (1, 2)


def test_page_forbids_the_browser_every_request_and_has_no_address() -> None:
    page = write_page(report())

    assert "default-src 'none'" in POLICY
    assert POLICY.replace("'", "&#x27;") in page
    assert re.findall(r"src=|href=|url\(|@import|<script|https?:", page) == []


def test_text_of_others_stays_text_in_the_browser(seen: dict[tuple[str, str], Seen]) -> None:
    text = seen["each order, and hostile ones", "screen"].text

    assert all((watch.order_number or "") in text for watch in HOSTILE)


def test_figure_that_is_not_on_the_page_is_noticed() -> None:
    missing = _missing(report(), "1,675 payments, and 34,141.26 EUR", with_orders=False)

    assert "4,141.26 EUR" in missing
    assert "1,675" not in missing


def _missing(of: Report, text: str, *, with_orders: bool) -> set[str]:
    """Figures of the JSON that the text does not have as a whole."""
    plain = text.replace("\u00a0", " ")
    return {
        figure
        for figure in figures_in(as_json(of, with_orders=with_orders))
        if re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d]|[.,]\d)", plain) is None
    }
