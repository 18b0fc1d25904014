"""The run of an audit: pages, pauses, states kept, and the result."""

from __future__ import annotations

from copy import replace
from typing import Any

import pytest

from payment_refresh.errors import MayNotRead, RateLimited, ServerError
from payment_refresh.times import to_iso
from payrefresh.audit.begin import Asked, begin_or_resume
from payrefresh.audit.result import CSV_NAMES, csv_rows, result
from payrefresh.audit.run import PAUSES, Audit
from payrefresh.audit.scans import SCANS
from payrefresh.audit.state import read_state
from payrefresh.errors import WrongInput
from payrefresh.terminal import print_csv
from tests.support.clock import START
from tests.unit.operating.audit_samples import FakeFile, FakePages, begun, last_pages, looked_at, page

FAILURE = ServerError("GET /api/orders answered 500", status=500)


class Run:
    """An audit of these answers, with what it said and how long it slept."""

    def __init__(self, *answers: Any) -> None:
        self.pages = FakePages([*answers])
        self.file = FakeFile()
        self.slept: list[float] = []
        self.said: list[str] = []
        self.kept = 0
        self.audit = Audit(
            orders=self.pages,
            file=self.file,
            sleep=self.slept.append,
            calls_per_minute=50,
            on_kept=self._count,
        )

    def _count(self) -> None:
        self.kept += 1


def test_audit_reads_each_scan_to_its_end_and_keeps_each_state() -> None:
    run = Run(page(looked_at("a"), after="order-a", left=2), page(looked_at("b"), left=1), *last_pages(3))

    done = run.audit.run(begun(), run.said.append)

    assert run.pages.asked == [
        ("unpaid", None),
        ("unpaid", "order-a"),
        ("unplaced", None),
        ("cancelled", None),
        ("paid", None),
    ]
    assert done.scan is None
    assert (done.counts.orders, done.counts.calls) == (2, 5)
    assert run.file.states[-1] == done
    assert run.said[:2] == [f"{SCANS[0].title}: 1 of 2", f"{SCANS[0].title}: 2 of 2"]


@pytest.mark.parametrize("left", [10, 4000], ids=["a moment", "long"])
def test_way_to_go_on_is_shown_once_where_it_takes_long(left: int) -> None:
    run = Run(page(after="x", left=left), page(after="y", left=left), page(), *last_pages(3))

    run.audit.run(begun(), run.said.append)

    assert run.kept == (left > 1000)
    assert ("about 3 min left for these" in run.said[0]) is (left > 1000)


def test_call_that_is_not_answered_is_made_again_after_ever_longer_pauses() -> None:
    run = Run(page(after="x"), FAILURE, RateLimited("429", retry_after=33.0), page(), *last_pages(3))

    done = run.audit.run(begun(), run.said.append)

    assert run.slept == [PAUSES[0], 33.0]
    assert done.scan is None
    assert "GET /api/orders answered 500; trying again in 5 s" in run.said
    assert done.counts.calls == 7


def test_run_ends_where_calls_are_not_answered_for_long() -> None:
    run = Run(page(after="x"), *[FAILURE] * (len(PAUSES) + 1))

    with pytest.raises(ServerError):
        run.audit.run(begun(), run.said.append)

    assert run.slept == list(PAUSES)
    assert run.file.states[-1].after == "x"


@pytest.mark.parametrize(
    ("answers", "error"),
    [([FAILURE], ServerError), ([page(after="x"), MayNotRead("GET /api/orders answered 401")], MayNotRead)],
    ids=["the first call", "a refusal"],
)
def test_failure_that_no_pause_can_mend_ends_the_run_at_once(answers: list[Any], error: type[Exception]) -> None:
    run = Run(*answers)

    with pytest.raises(error):
        run.audit.run(begun(), run.said.append)

    assert run.slept == []


def test_state_read_from_its_document_is_the_same() -> None:
    state = begun().with_page(
        SCANS[0], page(looked_at("a"), looked_at("b", source_type="wire_transfers"), after="b")
    )

    assert state.findings
    assert read_state(state.document()) == state


def test_order_seen_again_in_a_later_scan_has_only_its_newest_problems() -> None:
    paid = looked_at("a", payment_status="authorized", authorizations_known=False)
    first = begun().with_page(SCANS[0], page(looked_at("a"), looked_at("b")))

    later = replace(first, position=3).with_page(SCANS[3], page(paid))

    assert [*first.findings] == ["order-a", "order-b"]
    assert [*later.findings] == ["order-b"]


def test_order_that_the_scan_did_not_ask_for_is_left_out() -> None:
    others = [
        looked_at("a", status="pending", placed_at=None),
        looked_at("b", payment_status="authorized"),
        looked_at("c", at=START - 91 * 86400),
        looked_at("d", status="cancelled"),
    ]

    state = begun().with_page(SCANS[0], page(*others, looked_at("e")))

    assert ([*state.findings], state.counts.orders) == (["order-e"], 1)


def test_audit_with_another_scope_than_was_kept_is_refused() -> None:
    kept = Asked("90d", "15m").begin("shop", "live", START)
    asked = Asked("90d", "15m")

    assert begin_or_resume(kept, asked, "shop", "live", lambda: START + 99) is kept
    assert begin_or_resume(None, asked, "shop", "live", lambda: START).span.begun_at == to_iso(START)
    for other in (Asked("91d", "15m"), Asked("90d", "16m")):
        with pytest.raises(WrongInput, match="--since 90d --min-age 15m"):
            begin_or_resume(kept, other, "shop", "live", lambda: START)
    with pytest.raises(WrongInput, match=r"of shop \(live\)"):
        begin_or_resume(kept, asked, "shop", "test", lambda: START)


def test_result_sums_each_currency_and_names_what_has_no_amount() -> None:
    orders = [
        looked_at("a"),
        looked_at("b", at=START - 50),
        looked_at("c", currency="JPY", amount_cents=500),
        looked_at("d", amount_cents=None),
    ]
    state = begun().with_page(SCANS[0], page(*orders))

    document = result(state)

    unpaid = document["problems"]["placed_unpaid"]
    assert unpaid["sums_cents"] == {"EUR": 19800, "JPY": 500}
    assert (unpaid["count"], unpaid["amounts_unknown"], unpaid["oldest"]) == (4, 1, to_iso(START - 50))
    assert [each["order_id"] for each in document["findings"]] == ["order-b", "order-a", "order-c", "order-d"]
    assert [row["amount"] for row in csv_rows(document)] == ["99.00", "99.00", "500", None]


def test_csv_cell_that_looks_like_a_formula_is_made_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    state = begun().with_page(SCANS[0], page(looked_at("a", number='=HYPERLINK("http://x")', currency="EUR")))

    print_csv(CSV_NAMES, csv_rows(result(state)))

    assert "\"'=HYPERLINK(" in capsys.readouterr().out
