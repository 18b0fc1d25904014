"""Cost of a stack in a month in which no payment comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devstack.environment import ROOT
from payment_refresh.domain.policy import DAY, HOUR, MINUTE
from payment_refresh.metrics import Metric
from payrefresh.prices import PRICES
from tests.benchmarks import bill
from tests.template.model import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.benchmarks.deployment import Invocations

FIXED = "fixed, a month"
POLLERS, POLL_S = 5, 20
SECRET_S, TOKEN_S = 5 * MINUTE, 2 * HOUR
"""How long an environment keeps the webhooks' secrets, and a token."""


def fixed(idle: Mapping[str, Invocations], metrics: set[str]) -> dict[str, Any]:
    """Say what a month costs in which no payment comes."""
    month = bill.MONTH_DAYS * DAY
    runs = {"sweep": month / MINUTE, "discover": month / (15 * MINUTE)}
    environments = ("order_events", "refresh", "discover")  # those that read secrets, one of each
    work = bill.added(
        *(bill.times(bill.work_of(idle[name]), number) for name, number in runs.items()),
        {
            "EventBridge Scheduler": sum(runs.values()),
            "SQS requests": POLLERS * month / POLL_S,
            "CloudWatch metrics": len(metrics),
            "CloudWatch alarms": alarmed_metrics(),
            "Secrets Manager secrets": 2,
            "Secrets Manager calls": month / SECRET_S + (len(environments) - 1) * month / TOKEN_S,
        },
    )
    costs = bill.dollars(work)
    least = costs.pop("dollars")
    # A metric is billed for a month in which it occurs, and trouble brings most of the others.
    others = (len(Metric) - len(metrics)) * PRICES["CloudWatch metrics"].dollars
    monthly = {"dollars_per_month": least, "dollars_per_month_at_most": round(least + others, 2)}
    table = PRICES["DynamoDB storage"].dollars + PRICES["DynamoDB point-in-time recovery"].dollars
    return (
        {"name": FIXED, "dollars_per_million": 0.0}
        | monthly
        | costs
        | {"work_per_month": bill.quantities(work), "custom_metrics": sorted(metrics)}
        | {"dollars_per_gb_month_of_the_table": table}
    )


def alarmed_metrics() -> int:
    """Count the metrics that the template's alarms look at; AWS bills by them."""
    template = load(ROOT / "template.yaml")
    alarms = map(template.properties, template.of_type("AWS::CloudWatch::Alarm"))
    return sum(
        sum("MetricStat" in query for query in alarm["Metrics"]) if "Metrics" in alarm else 1 for alarm in alarms
    )
