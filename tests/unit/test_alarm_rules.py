"""The model of CloudWatch's alarms: windows, data points that are missing, and metric math."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.alarm_rules import MINUTE, Alarm, Name, Numbers, Series, evaluate

NAME = Name("PaymentRefresh/stack", "Faults", frozenset({("service", "payment-refresh")}))
START = 1_767_225_600


def alarm(**changes: Any) -> Alarm:
    properties = {
        "Namespace": NAME.namespace,
        "MetricName": NAME.metric,
        "Dimensions": [{"Name": "service", "Value": "payment-refresh"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    return Alarm.read("AnAlarm", properties | changes, str)


def numbers(*minutes: tuple[int, float]) -> Numbers:
    """Numbers of the one metric, by minutes after the start."""
    found = Numbers()
    for minute, value in minutes:
        found.add(NAME, START + minute * MINUTE, value)
    return found


def rings(of: Alarm, found: Numbers, until: int = 20) -> list[int]:
    """The minutes, up to one of them, at which it is in alarm."""
    return [minute for minute in range(until) if of.rings(found, START + minute * MINUTE)]


def test_number_rings_at_the_end_of_its_minute_and_as_long_as_cloudwatch_looks_back() -> None:
    assert rings(alarm(), numbers((3, 1.0))) == [4, 5, 6]


def test_newer_numbers_count_before_older_ones() -> None:
    assert rings(alarm(), numbers((3, 1.0), (4, 0.0))) == [4]


def test_no_number_at_all_rings_only_where_silence_breaches() -> None:
    assert rings(alarm(), numbers()) == []
    assert rings(alarm(TreatMissingData="breaching"), numbers(), 3) == [0, 1, 2]


def test_silence_breaches_once_the_last_number_is_out_of_the_range() -> None:
    silent = alarm(TreatMissingData="breaching", Period=300)

    assert rings(silent, numbers((0, 0.0)), 20) == [0, 16, 17, 18, 19]


def test_some_of_several_data_points_suffice_where_it_is_said_how_many() -> None:
    found = numbers((0, 1.0), (1, 0.0), (2, 1.0), (3, 0.0), (4, 0.0))

    assert rings(alarm(EvaluationPeriods=3, DatapointsToAlarm=2), found, 8) == [3]
    assert rings(alarm(EvaluationPeriods=3), found, 8) == []


def test_sum_of_a_window_rings_as_the_window_slides() -> None:
    found = numbers((0, 1.0), (4, 1.0), (8, 1.0))

    assert rings(alarm(Period=300, Threshold=1), found, 12) == [5, 9]


@pytest.mark.parametrize(("statistic", "expected"), [("Sum", 9.0), ("Maximum", 5.0), ("Minimum", 1.0)])
def test_statistic_is_of_all_numbers_in_the_window(statistic: str, expected: float) -> None:
    series = Series()
    for at, value in ((0, 1.0), (10, 3.0), (61, 5.0), (120, 7.0)):
        series.add(at, value)

    assert series.statistic(statistic, 0, 120) == expected
    assert series.statistic(statistic, 180, 240) is None


def test_numbers_must_come_in_the_order_of_time() -> None:
    series = Series()
    series.add(120, 1.0)

    with pytest.raises(ValueError, match="0 is before 120"):
        series.add(59, 1.0)


def test_changes_of_the_state_are_those_of_a_look_at_each_minute() -> None:
    found = numbers((3, 1.0), (4, 0.0), (9, 2.0), (10, 1.0))
    of = alarm()

    states = [of.rings(found, START + minute * MINUTE) for minute in range(20)]
    changes = [
        (START + minute * MINUTE, state)
        for minute, state in enumerate(states)
        if state is not (states[minute - 1] if minute else False)
    ]

    assert of.changes(found, START, START + 19 * MINUTE) == changes


def test_metric_math_rests_on_several_numbers_of_one_window() -> None:
    def query(name: str) -> dict[str, Any]:
        dimensions = [{"Name": "service", "Value": "payment-refresh"}]
        metric = {"Namespace": NAME.namespace, "MetricName": name, "Dimensions": dimensions}
        stat = {"Metric": metric, "Stat": "Sum", "Period": 300}
        return {"Id": name.lower(), "MetricStat": stat, "ReturnData": False}

    expression = {
        "Id": "more",
        "Expression": "IF(FILL(faults, 0) > FILL(other, 0), faults, 0)",
        "ReturnData": True,
    }
    of = alarm(Metrics=[expression, query("Faults"), query("Other")], Threshold=1)
    found = numbers((0, 2.0))

    assert rings(of, found, 10) == [1, 2, 3, 4, 5]

    found.add(NAME._replace(metric="Other"), START + 2 * MINUTE, 3.0)

    assert rings(of, found, 10) == [1, 2]


def test_line_in_the_embedded_metric_format_is_read_with_its_dimensions() -> None:
    line = {
        "_aws": {
            "Timestamp": START * 1000,
            "CloudWatchMetrics": [
                {
                    "Namespace": NAME.namespace,
                    "Dimensions": [["service"]],
                    "Metrics": [{"Name": "Faults", "Unit": "Count"}],
                }
            ],
        },
        "service": "payment-refresh",
        "Faults": [1.0, 2.0],
    }
    found = Numbers()

    found.add_emf(json.dumps(line))
    found.add_emf(json.dumps({"message": "no metric"}))
    found.add_emf("START RequestId: 1")

    assert found.series[NAME].statistic("Sum", START, START + MINUTE) == 3.0
    assert list(found.series) == [NAME]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [("MAX([FILL(a, 0), FILL(b, 0)])", 4), ("IF(a > 3, 1, 0)", 1), ("FILL(b, 7)", 7), ("b", None)],
)
def test_expression_gives_what_cloudwatchs_functions_give(expression: str, expected: float | None) -> None:
    assert evaluate(expression, {"a": 4.0, "b": None}) == expected
