"""`payrefresh report` on a stack: it reads the table and the metrics, and says what the stack brought."""

from __future__ import annotations

import time
from copy import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.times import to_iso
from tests.operating.sample_shop import NOW, Shop

if TYPE_CHECKING:
    from pathlib import Path

    from payment_refresh.domain.watch import Watch
    from tests.operating.command import Command
    from tests.operating.hollow import HollowStack

CALLS = 7


def recent(watch: Watch) -> Watch:
    """The same row, as long ago from now as it was in the made-up shop."""
    later = int(time.time()) - NOW - 60
    moved = replace(watch, since=watch.since + later, started_at=watch.started_at + later)
    moved = replace(moved, checks=tuple(replace(check, at=check.at + later) for check in watch.checks))
    ended_at = watch.ended_at and watch.ended_at + later
    refreshed = to_iso(ended_at) if watch.refresh_answered_at and ended_at else None
    return replace(moved, ended_at=ended_at, refresh_answered_at=refreshed)


@pytest.fixture(scope="module")
def month(stack: HollowStack) -> HollowStack:
    """A stack with the rows of a made-up shop, and with the metrics of some calls."""
    rows = [row for row in Shop().rows() if row.settled_by != "webhook"]
    stack.put(*map(recent, rows))
    stack.aws.clients.cloudwatch.put_metric_data(
        Namespace=f"PaymentRefresh/{stack.name}",
        MetricData=[
            {
                "MetricName": "RefreshCalls",
                "Dimensions": [{"Name": "service", "Value": "payment-refresh"}],
                "Value": CALLS,
                "Timestamp": time.time() - 60,
            }
        ],
    )
    return stack


def test_report_says_what_refreshes_found_by_gateway_and_currency(month: HollowStack, command: Command) -> None:
    ran = command("report", "--since", "31d", "--json")

    assert (ran.status, ran.err) == (0, "")
    found = ran.json["found_by_refresh"]
    assert (ran.json["stack"], ran.json["mode"], ran.json["complete"]) == (month.name, "refresh", True)
    assert found["payments"] == 64
    assert found["sums"] == {"EUR": 414126, "GBP": 16223, "JPY": 71630}
    assert {each["gateway"] for each in found["by_gateway"]} >= {"Checkout.com", "Satispay"}
    assert ran.json["stayed_pending"]["stand"] == {"acknowledged": 1, "dead_lettered": 2, "reported": 1}
    assert ran.json["calls"]["refreshes"] == CALLS
    assert ran.json["cost"]["by_service"]["CloudWatch alarms"] >= 0
    assert "DynamoDB writes" in ran.json["cost"]["not_measured"]


@pytest.mark.usefixtures("month")
def test_report_in_text_begins_with_the_money_and_names_no_order(command: Command) -> None:
    ran = command("report", "--since", "31d")

    assert ran.status == 0
    assert "64 payments found by refresh: 4,141.26 EUR + 162.23 GBP + 71,630 JPY" in ran.out
    assert "settled_by=refresh" in ran.out
    assert not [row for row in Shop().rows() if str(row.key) in ran.out]


@pytest.mark.usefixtures("month")
def test_csv_of_orders_has_one_row_for_each_payment(command: Command) -> None:
    ran = command("report", "--since", "31d", "--csv", "--with-orders")

    lines = ran.out.splitlines()
    assert lines[0].startswith("what,at,order_number")
    assert sum(line.startswith("found_by_refresh,") for line in lines) == 64


@pytest.mark.usefixtures("month")
def test_page_is_written_beside_what_is_printed(command: Command, tmp_path: Path) -> None:
    page = tmp_path / "report.html"

    ran = command("report", "--since", "31d", "--json", "--html", str(page))

    assert ran.status == 0
    assert ran.err == f"payrefresh: page written to {page}\n"
    assert ran.json["found_by_refresh"]["payments"] == 64
    assert "4,141.26 EUR" in page.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--since", "yesterday"], "--since 'yesterday': give a duration such as 30d, 12h or 4w, or a date"),
        (["--json", "--csv"], "--json and --csv exclude each other"),
        (["--html", "/nowhere/report.html"], "--html /nowhere/report.html: no page can be written there"),
        (["--stack", "no-such-stack"], "there is no stack 'no-such-stack'"),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_status_two(arguments: list[str], said: str, command: Command) -> None:
    ran = command("report", *arguments)

    assert ran.status == 2
    assert ran.out == ""
    assert ran.err.startswith(f"payrefresh: {said}")
    assert ran.err.count("\n") == 1


def test_page_that_cannot_be_written_is_refused_before_anything_is_read(command: Command, tmp_path: Path) -> None:
    ran = command("report", "--stack", "no-such-stack", "--html", str(tmp_path))

    assert ran.status == 2
    assert (
        ran.err
        == f"payrefresh: --html {tmp_path}: no page can be written there; name a file in a folder that exists\n"
    )
