"""The alarm on a gateway's webhook that does not reach Commerce Layer: the one that rests on three numbers."""

from __future__ import annotations

from typing import Any

import pytest

from payment_refresh.metrics import Metric
from tests.template.model import Properties, Template, target

SIX_HOURS = 6 * 60 * 60
METRICS = {"late": "FoundLateByRefresh", "refreshed": "SettledByRefresh", "webhook": "SettledByWebhook"}


@pytest.fixture
def alarm(deployed: Template) -> Properties:
    """The alarm."""
    return deployed.properties("WebhookLateAlarm")


def test_it_rests_on_what_settled_payments_in_six_hours(alarm: Properties) -> None:
    numbers = {it["Id"]: it for it in alarm["Metrics"] if "MetricStat" in it}
    assert {name: it["MetricStat"]["Metric"]["MetricName"] for name, it in numbers.items()} == METRICS
    for it in numbers.values():
        metric = it["MetricStat"]["Metric"]
        assert target(metric["Namespace"]) == "PaymentRefresh/${AWS::StackName}"
        assert metric["Dimensions"] == [{"Name": "service", "Value": "payment-refresh"}]
        assert (it["MetricStat"]["Stat"], it["MetricStat"]["Period"]) == ("Sum", SIX_HOURS)
        assert it["ReturnData"] is False  # an alarm may have one number that counts
    assert alarm["EvaluationPeriods"] == 1


@pytest.mark.parametrize("metric", METRICS.values())
def test_its_numbers_are_ones_we_emit(metric: str) -> None:
    assert metric in Metric


def test_it_waits_for_as_many_as_the_parameter_says(alarm: Properties) -> None:
    assert alarm["Threshold"] == {"Ref": "WebhookLateCount"}
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


@pytest.mark.parametrize(
    ("late", "refreshed", "webhook", "counted"),
    [
        (None, None, None, 0),
        (None, 2, 90, 0),  # some webhooks are always lost
        (4, 4, 90, 4),  # but not by so much
        (None, 5, None, 5),  # a quick refresh hides that no webhook comes at all
        (3, 5, 1, 5),  # the three are among the five
        (None, 5, 5, 0),
        (None, None, 7, 0),
    ],
)
def test_it_counts_what_webhooks_missed(
    alarm: Properties, late: int | None, refreshed: int | None, webhook: int | None, counted: int
) -> None:
    """CloudWatch's functions are stood in for; that it takes the expressions, only AWS can show."""
    known: dict[str, Any] = {
        "MAX": max,
        "FILL": lambda value, other: other if value is None else value,
        "IF": lambda condition, then, other: then if condition else other,
        "late": late,
        "refreshed": refreshed,
        "webhook": webhook,
    }
    expressions = [it for it in alarm["Metrics"] if "Expression" in it]
    for it in reversed(expressions):  # what an expression needs stands below it
        known[it["Id"]] = eval(it["Expression"], {"__builtins__": {}}, known)  # noqa: S307 - our own template
    (result,) = (it["Id"] for it in expressions if it["ReturnData"])
    assert known[result] == counted


def test_it_says_where_to_look(alarm: Properties) -> None:
    assert "Stripe: Developers > Webhooks" in alarm["AlarmDescription"]
    assert "https://core.commercelayer.co/webhook_callbacks/" in alarm["AlarmDescription"]
