"""The benchmark of AWS's work: counted in a small run of everything, and the arithmetic around it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.policy import HOUR, MINUTE, Policy
from payment_refresh.metrics import Metric
from payrefresh.prices import GB, PRICES, Price
from tests.benchmarks import aws_work, bill, fixed_cost
from tests.benchmarks.deployment import Invocations
from tests.benchmarks.meter import Counts

if TYPE_CHECKING:
    from pathlib import Path

    from payrefresh.report.bill import Work


@pytest.fixture(scope="module")
def result() -> list[aws_work.Row]:
    """Two payments of each kind."""
    return aws_work.measure(2, 2, print)


def row_of(result: list[aws_work.Row], name: str) -> aws_work.Row:
    (row,) = [row for row in result if row["name"] == name]
    return row


def work_of(result: list[aws_work.Row], name: str) -> Work:
    work: Work = row_of(result, name)["work_per_payment"]
    return work


def test_a_healthy_payment_takes_two_invocations_with_one_write_each(result: list[aws_work.Row]) -> None:
    work = work_of(result, "healthy")

    assert work["Lambda requests"] == 2
    assert work["DynamoDB writes"] == 2 * 2  # the row, and its entry in the due index put and deleted
    assert work["DynamoDB reads"] == 2
    assert "SQS requests" not in work
    assert "EventBridge events" not in work


def test_a_healthy_payment_costs_what_it_may(result: list[aws_work.Row]) -> None:
    """All but Lambda's time, which goes by how fast this machine is now."""
    costs = row_of(result, "healthy")["by_price"]

    assert sum(cost for name, cost in costs.items() if name != "Lambda time") < aws_work.HEALTHY_GOAL - 0.6


def test_a_slow_payment_is_checked_until_a_refresh_settles_it(result: list[aws_work.Row]) -> None:
    row, work = row_of(result, "slow"), work_of(result, "slow")

    assert row["checks"] == 10
    assert work["EventBridge events"] == 1
    assert work["Lambda requests"] == 1 + 10 / 2
    assert work["Lambda time"] > 10 * 0.6 / 2  # half a GB, while it waits for the rate limiter


def test_a_stuck_payment_is_checked_for_twenty_four_days(result: list[aws_work.Row]) -> None:
    together, alone = row_of(result, "stuck, 2 at a time"), row_of(result, "stuck, 1 at a time")

    assert together["checks"] == alone["checks"] == aws_work.checks_of_a_stuck_payment() == 1213
    assert alone["work_per_payment"]["Lambda requests"] == 1 + 1213 + 2  # its event, and the last refresh and look
    assert together["work_per_payment"]["Lambda requests"] < alone["work_per_payment"]["Lambda requests"]
    assert alone["work_per_payment"]["EventBridge events"] == 1
    assert alone["dollars_per_million"] > 100 * row_of(result, "slow")["dollars_per_million"] / 10


def test_a_stack_costs_something_even_when_nothing_comes(result: list[aws_work.Row]) -> None:
    fixed = row_of(result, fixed_cost.FIXED)

    assert fixed["dollars_per_million"] == 0
    assert fixed["work_per_month"]["Lambda requests"] == pytest.approx(43_800 * 16 / 15)
    assert fixed["work_per_month"]["CloudWatch alarms"] == fixed_cost.alarmed_metrics() > 20
    assert {"OldestOverdueSeconds", "DiscoverAgeSeconds", "EventWatching"} <= set(fixed["custom_metrics"])
    assert 5 < fixed["dollars_per_month"] < 20
    others = 0.30 * (len(Metric) - len(fixed["custom_metrics"]))
    assert fixed["dollars_per_month_at_most"] == pytest.approx(fixed["dollars_per_month"] + others, abs=0.01)


def test_each_sum_is_that_of_its_parts(result: list[aws_work.Row]) -> None:
    for row in result:
        whole = row.get("dollars_per_month", row["dollars_per_million"])
        for parts in ("by_service", "by_price"):
            assert sum(row[parts].values()) == pytest.approx(whole, abs=0.02)


def test_it_can_be_drawn_and_written(result: list[aws_work.Row], tmp_path: Path) -> None:
    aws_work.plot(result, tmp_path)

    assert (tmp_path / "aws_work.svg").stat().st_size > 1_000
    text = aws_work.markdown(result)
    assert "| healthy |" in text
    assert "a month with no payment at all" in text


def test_checks_are_counted_as_the_policy_makes_them() -> None:
    """At 10, 20, … 50 minutes."""
    policy = Policy(first=10 * MINUTE, growth_idle=1.0, cap_idle=10 * MINUTE, give_up=HOUR)

    assert aws_work.checks_of_a_stuck_payment(policy) == 5


def test_invocations_become_quantities() -> None:
    run = Invocations(count=2, cpu_s=[0.1, 0.3], waited_s=1.0, lines=[json.dumps("x" * 72)])
    run.counts = Counts(read_units=1.5)
    run.counts.requests.update(
        {"dynamodb:PutItem": 3, "sqs:SendMessageBatch": 1, "secretsmanager:GetSecretValue": 9}
    )
    run.counts.write_units["stripe_payments"] = 6
    run.counts.entries.update({"PutEvents": 4, "SendMessageBatch": 7})

    work = bill.work_of(run)

    assert work["Lambda requests"] == 2
    assert work["Lambda time"] == pytest.approx((2 * 0.2 * 1769 / 512 + 1.0 + 4 * 0.005) / 2)
    assert (work["DynamoDB writes"], work["DynamoDB reads"]) == (6, 1.5)
    assert (work["SQS requests"], work["EventBridge events"]) == (1, 4)
    assert work["CloudWatch Logs ingestion"] == (100 + 2 * (bill.START_LINE + bill.REPORT_LINE + 52)) / GB


def test_a_refresh_waits_for_its_calls() -> None:
    line = (
        '{"_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "ListCalls"}, {"Name": "RefreshCalls"}]}]}, '
        '"ListCalls": [1.0], "RefreshCalls": [25.0]}'
    )
    work = bill.work_of(Invocations(count=1, cpu_s=[0.0], lines=[line, '{"message": "other"}']))

    assert work["Lambda time"] == pytest.approx(2 * 0.3 / 2)


def test_prices_are_reported_with_their_units() -> None:
    assert PRICES["Lambda requests"].of(3_000_000) == pytest.approx(0.6)
    assert str(PRICES["Lambda requests"]) == "$0.2 for 1,000,000 requests"
    assert str(Price(0.3, 1, "metric")) == "$0.3 a metric"
    assert bill.beyond({"a": 3.0, "b": 1.0}, {"a": 1.0, "b": 2.0}) == {"a": 2.0, "b": 0.0}
