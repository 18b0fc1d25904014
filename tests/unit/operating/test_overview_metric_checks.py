"""Checks of metrics: they have the limits of the template's alarms, and end when newer numbers show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devstack.environment import ROOT
from payment_refresh.metrics import Metric
from payrefresh.overview.health import SEEN_AS_IT_IS
from payrefresh.overview.metric_checks import CHECKS, LATE_IN, MetricCheck, check_rights
from payrefresh.overview.numbers import HOUR, MINUTE, Numbers
from payrefresh.ports import Point
from tests.template.model import load

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = 1_800_000_000
ALARMS: Mapping[str, Any] = load(ROOT / "template.yaml").of_type("AWS::CloudWatch::Alarm")
BY_NAME = {each.alarm: each for each in CHECKS}
OF_SERVICES = frozenset({"AWS/Lambda", "AWS/SQS"})
OF_SEVERAL_METRICS = frozenset(
    {"MayNotUpdateAlarm", "RefreshesRefusedAlarm", "WebhookLateAlarm", "WebhookLateInAWeekAlarm", "QueueAgeAlarm"}
)
"""Alarms that compare metrics, for which there are functions."""


def numbers(*ago_and_value: tuple[float, float], of: Metric, **more: list[tuple[float, float]]) -> Numbers:
    every = {of: ago_and_value} | {Metric[name]: tuple(values) for name, values in more.items()}
    points = {name: sorted(Point(int(NOW - ago), value) for ago, value in each) for name, each in every.items()}
    return Numbers(NOW, points)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.alarm)
def test_a_check_has_the_limits_of_its_alarm(check: MetricCheck) -> None:
    alarm = ALARMS[check.alarm]

    assert (check.metric, check.statistic, check.period, check.threshold) == (
        alarm["MetricName"],
        alarm["Statistic"],
        alarm["Period"],
        alarm["Threshold"],
    )
    assert (check.periods, check.datapoints) == (
        alarm["EvaluationPeriods"],
        alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]),
    )
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"


def test_every_alarm_on_the_functions_metrics_has_a_check_or_is_seen_as_it_is() -> None:
    own = {name for name, alarm in ALARMS.items() if str(alarm.get("Namespace")) not in OF_SERVICES}

    assert own - SEEN_AS_IT_IS == BY_NAME.keys() | OF_SEVERAL_METRICS


def test_late_payments_count_from_the_share_that_the_alarm_has() -> None:
    (expression,) = [
        each["Expression"] for each in ALARMS["WebhookLateAlarm"]["Metrics"] if each["Id"] == "found_late"
    ]

    assert f"FILL(late, 0) * {LATE_IN} > FILL(webhook, 0)" in expression


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.alarm)
def test_each_check_finds_what_goes_on_and_nothing_where_nothing_is(check: MetricCheck) -> None:
    goes_on = [(ago * 5 * MINUTE + 1, check.threshold + 1) for ago in range(24)]

    found = check.find(numbers(*goes_on, of=check.metric))
    assert found is not None
    assert found.name == check.alarm
    assert check.find(Numbers(NOW)) is None
    assert check.find(numbers(*((ago, 0) for ago, _ in goes_on), of=check.metric)) is None


def test_a_gauge_that_is_well_again_is_no_finding_whatever_it_was() -> None:
    check = BY_NAME["WebhookCircuitAlarm"]

    assert check.find(numbers((1000, 2), (100, 0), of=check.metric)) is None
    assert check.find(numbers((1000, 0), (100, 2), of=check.metric)) is not None
    assert check.find(numbers((2 * HOUR, 2), of=check.metric)) is None


def test_webhooks_that_are_being_set_up_are_no_finding_for_two_hours() -> None:
    check = BY_NAME["WebhooksUnregisteredAlarm"]

    assert check.find(numbers(*((ago * 900 + 1, 8) for ago in range(6)), of=check.metric)) is None
    assert check.find(numbers(*((ago * 900 + 1, 8) for ago in range(7)), of=check.metric)) is not None


def test_refused_credentials_are_over_as_soon_as_a_call_was_made() -> None:
    check = BY_NAME["CredentialsRefusedAlarm"]

    assert check.find(numbers((300, 5), of=check.metric, LIST_CALLS=[(600, 1)])) is not None
    assert check.find(numbers((300, 5), of=check.metric, LIST_CALLS=[(60, 1)])) is None


def test_a_single_failure_of_many_calls_is_no_finding() -> None:
    for name in ("UnansweredAlarm", "MayNotReadAlarm", "OutcomesOwedAlarm"):
        assert BY_NAME[name].find(numbers((60, 5), of=BY_NAME[name].metric)) is None


def test_numbers_of_a_period_count_together_as_the_alarm_counts_them() -> None:
    check = BY_NAME["RefusedSignaturesAlarm"]

    assert check.find(numbers((10, 1), (70, 1), (130, 1), of=check.metric)) is not None
    assert check.find(numbers((10, 1), (310, 1), (610, 1), of=check.metric)) is None


def test_refreshes_refused_for_a_right_are_no_finding_where_another_is_answered() -> None:
    answered = numbers((60, 3), of=Metric.MAY_NOT_UPDATE, REFRESH_CALLS=[(60, 4)])
    of_one_payment = numbers((60, 9), of=Metric.REFRESHES_REFUSED, REFRESH_CALLS=[(60, 10)])

    assert list(check_rights(answered)) == list(check_rights(of_one_payment)) == []
