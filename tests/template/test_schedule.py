"""The schedule of the sweep, and where its failures go."""

from __future__ import annotations

import re

import pytest

from tests.template.model import Properties, Template, target

_RATE = re.compile(r"rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)")
_CRON = re.compile(r"cron\((\S+ ){5}\S+\)")
_AT = re.compile(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)")


def is_schedule_expression(text: str) -> bool:
    """Whether EventBridge Scheduler takes it; neither `sam validate` nor cfn-lint looks."""
    if cron := _CRON.fullmatch(text):
        _, _, day_of_month, _, day_of_week, _ = cron[0].removeprefix("cron(").removesuffix(")").split()
        return (day_of_month == "?") != (day_of_week == "?")
    return bool(_RATE.fullmatch(text) or _AT.fullmatch(text))


@pytest.fixture
def schedule(deployed: Template) -> Properties:
    """The one schedule."""
    (found,) = deployed.of_type("AWS::Scheduler::Schedule").values()
    return found


@pytest.mark.parametrize(
    "text", ["rate(1 minute)", "rate(15 minutes)", "cron(0/5 * * * ? *)", "cron(0 8 ? * MON-FRI *)"]
)
def test_the_check_takes_what_aws_takes(text: str) -> None:
    assert is_schedule_expression(text)


@pytest.mark.parametrize(
    "text",
    [
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(0 minutes)",
        "rate(30 seconds)",
        "cron(0/5 * * * *)",
        "cron(0 8 * * * *)",
        "",
    ],
)
def test_the_check_refuses_what_aws_refuses(text: str) -> None:
    assert not is_schedule_expression(text)


def test_the_sweep_runs_every_minute(schedule: Properties) -> None:
    assert is_schedule_expression(schedule["ScheduleExpression"])
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert schedule["ScheduleExpressionTimezone"] == "UTC"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert target(schedule["Target"]["Arn"]) == "Sweep.Arn"
    assert schedule.get("State", "ENABLED") == "ENABLED"


def test_schedules_of_two_stacks_do_not_collide(schedule: Properties) -> None:
    """SAM names a schedule after its logical id, the same in every stack, unless told not to."""
    assert "Name" not in schedule


def test_the_scheduler_has_a_role_of_its_own(schedule: Properties) -> None:
    assert target(schedule["Target"]["RoleArn"]) == "SweepScheduleRole.Arn"


def test_a_tick_is_not_delivered_later_than_the_next(schedule: Properties) -> None:
    retry = schedule["Target"]["RetryPolicy"]
    assert retry["MaximumEventAgeInSeconds"] <= 60
    assert retry["MaximumRetryAttempts"] <= 2


def test_an_undelivered_tick_is_kept(schedule: Properties) -> None:
    assert target(schedule["Target"]["DeadLetterConfig"]["Arn"]) == "AsyncFailuresQueue.Arn"


def test_a_failed_sweep_is_kept(deployed: Template) -> None:
    """The scheduler's queue holds only what it could not deliver; a sweep that ran and failed is Lambda's."""
    (config,) = deployed.of_type("AWS::Lambda::EventInvokeConfig").values()
    assert target(config["FunctionName"]) == "Sweep"
    assert config["DestinationConfig"] == {
        "OnFailure": {"Destination": {"Fn::GetAtt": ["AsyncFailuresQueue", "Arn"]}}
    }
    assert config["MaximumRetryAttempts"] == 1
    assert config["MaximumEventAgeInSeconds"] == 120


def test_a_sweep_ends_before_the_next_begins(deployed: Template) -> None:
    assert deployed.properties("Sweep")["Timeout"] <= 60
