"""Spending: what metrics of AWS and of the functions become in dollars and calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from payment_refresh.metrics import Metric
from payrefresh.ports import Point, Series
from payrefresh.report.bill import MONTH_DAYS
from payrefresh.report.period import DAY, HOUR, Period
from payrefresh.report.spending import Parts, ReadSpending, Spending

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

START = 1_760_000_400 // HOUR * HOUR
PERIOD = Period(START, START + 30 * DAY)
FUNCTIONS = {name: f"stack-{name}" for name in ("OrderEvents", "Discover", "Sweep", "Refresh", "Digest")}
PARTS = Parts(
    functions=FUNCTIONS,
    log_groups={name: f"/aws/lambda/{function}" for name, function in FUNCTIONS.items()},
    table="table",
    index="due",
    queues=["pending", "dead"],
    alarmed_metrics=39,
    table_bytes=0,
    since=None,
)


@dataclass(slots=True)
class Numbers:
    """Implements `Metrics` by numbers that each series has, one an hour."""

    values: dict[Series, Sequence[float]] = field(default_factory=dict)
    currencies: Sequence[str] = ()

    def read(
        self, series: Iterable[Series], since: float, until: float, *, period: int | None = None
    ) -> Mapping[Series, Sequence[Point]]:
        assert (since, until, period) == (PERIOD.since, PERIOD.until, HOUR)
        return {
            each: [Point(START + place * HOUR, value) for place, value in enumerate(self.values.get(each, ()))]
            for each in series
        }

    def values_of(self, name: str, dimension: str) -> Sequence[str]:
        assert (name, dimension) == (Metric.SETTLED_BY_REFRESH_CENTS, "currency")
        return self.currencies


def spent(values: dict[Series, Sequence[float]], parts: Parts = PARTS, currencies: Sequence[str] = ()) -> Spending:
    """What these numbers make of a period."""
    return ReadSpending(metrics=Numbers(values, currencies), parts=parts).read(PERIOD, events=0)


def aws(service: str, name: str, *dimensions: tuple[str, str]) -> Series:
    return Series(name, dimensions=dimensions, namespace=f"AWS/{service}")


def test_calls_are_summed_up_over_the_whole_period() -> None:
    spending = spent({Series(Metric.REFRESH_CALLS): [3, 4], Series(Metric.NOT_SENT): [2]})

    assert spending.calls == {Metric.LIST_CALLS: 0, Metric.RETRIEVE_CALLS: 0, Metric.REFRESH_CALLS: 7}
    assert spending.not_sent == 2


@pytest.mark.parametrize(
    ("series", "price", "quantity"),
    [
        (aws("Lambda", "Duration", ("FunctionName", "stack-Refresh")), "Lambda time", 1000 * 0.5 / 1000),
        (aws("Lambda", "Invocations", ("FunctionName", "stack-OrderEvents")), "Lambda requests", 1000),
        (aws("Lambda", "Invocations", ("FunctionName", "stack-Sweep")), "EventBridge Scheduler", 1000),
        (aws("DynamoDB", "ConsumedWriteCapacityUnits", ("TableName", "table")), "DynamoDB writes", 1000),
        (
            aws(
                "DynamoDB",
                "ConsumedReadCapacityUnits",
                ("TableName", "table"),
                ("GlobalSecondaryIndexName", "due"),
            ),
            "DynamoDB reads",
            1000,
        ),
        (aws("SQS", "NumberOfEmptyReceives", ("QueueName", "dead")), "SQS requests", 1000),
        (
            aws("Logs", "IncomingBytes", ("LogGroupName", "/aws/lambda/stack-Digest")),
            "CloudWatch Logs ingestion",
            1e-6,
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Series) else "",
)
def test_figure_of_aws_becomes_a_quantity_of_its_price(series: Series, price: str, quantity: float) -> None:
    spending = spent({series: [600, 400]})

    assert spending.work[price] == pytest.approx(quantity)
    assert price not in spending.not_measured


def test_schedule_is_not_billed_for_what_webhooks_and_the_queue_start() -> None:
    invocations = aws("Lambda", "Invocations", ("FunctionName", "stack-OrderEvents"))

    assert "EventBridge Scheduler" not in spent({invocations: [5]}).work


def test_price_without_a_figure_of_aws_is_named_and_not_taken_for_nothing() -> None:
    spending = spent({})

    assert set(spending.not_measured) == {
        "Lambda requests",
        "Lambda time",
        "DynamoDB writes",
        "DynamoDB reads",
        "SQS requests",
        "CloudWatch Logs ingestion",
    }
    assert "Lambda time" not in spending.work


def test_metric_costs_for_the_hours_in_which_it_has_a_value() -> None:
    hours = round(MONTH_DAYS * 24)
    euros = Series(Metric.SETTLED_BY_REFRESH_CENTS, dimensions=(("currency", "EUR"),))
    spending = spent({Series(Metric.CLAIMED): [0.0] * hours, euros: [1.0] * hours}, currencies=["EUR"])

    assert spending.work["CloudWatch metrics"] == pytest.approx(2)
    assert spending.bill["by_price"]["CloudWatch metrics"] == pytest.approx(2 * 0.30, abs=1e-3)


@pytest.mark.parametrize(("since", "days"), [(None, 30), (PERIOD.since - DAY, 30), (PERIOD.until - 3 * DAY, 3)])
def test_what_costs_by_the_month_is_billed_since_the_stack_was_made(since: int | None, days: float) -> None:
    parts = Parts(**{name: getattr(PARTS, name) for name in PARTS.__slots__} | {"since": since})
    spending = spent({}, parts)

    assert spending.days == days
    assert spending.work["CloudWatch alarms"] == pytest.approx(39 * days / MONTH_DAYS)
    assert spending.work["Secrets Manager secrets"] == pytest.approx(2 * days / MONTH_DAYS)


def test_bill_of_a_quiet_month_is_its_alarms_and_secrets() -> None:
    bill = spent({}).bill

    assert bill["dollars"] == pytest.approx((39 * 0.10 + 2 * 0.40) * 30 / MONTH_DAYS, abs=0.01)
    assert list(bill["by_service"]) == ["CloudWatch alarms", "Secrets Manager"]
