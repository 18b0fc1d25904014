"""The schedules of the sweep, of discover and of the digest, and where their failures go."""

from __future__ import annotations

import re

import pytest

from payment_refresh.rate_limit.budget import RUN_EVERY
from tests.template.model import Properties, Template, target

_RATE = re.compile(r"rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)")
_CRON = re.compile(r"cron\((\S+ ){5}\S+\)")
_AT = re.compile(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)")

EVERY = {
    "SweepTick": "rate(1 minute)",
    "DiscoverTick": f"rate({RUN_EVERY} minutes)",
    "DigestTick": "cron(0 ${DigestHour} * * ? *)",
    "DigestCount": "rate(1 hour)",
}
PERIODS = {"SweepTick": 60, "DiscoverTick": RUN_EVERY * 60, "DigestTick": 24 * 60 * 60, "DigestCount": 60 * 60}
STARTS = {"SweepTick": "Sweep", "DiscoverTick": "Discover", "DigestTick": "Digest", "DigestCount": "Digest"}
RETRIES = {"Sweep": 1, "Discover": 1, "Digest": 2}
"""More where the next run is a day away: the digest's event must not wait for that."""


def is_schedule_expression(text: str) -> bool:
    """Whether EventBridge Scheduler takes it; neither `sam validate` nor cfn-lint looks."""
    if cron := _CRON.fullmatch(text):
        _, _, day_of_month, _, day_of_week, _ = cron[0].removeprefix("cron(").removesuffix(")").split()
        return (day_of_month == "?") != (day_of_week == "?")
    return bool(_RATE.fullmatch(text) or _AT.fullmatch(text))


@pytest.fixture(params=sorted(EVERY))
def name(request: pytest.FixtureRequest) -> str:
    """The logical id of one of the schedules."""
    return str(request.param)


@pytest.fixture
def function(name: str) -> str:
    """The function that it starts."""
    return STARTS[name]


@pytest.fixture
def schedule(deployed: Template, name: str) -> Properties:
    """The schedule itself."""
    return deployed.properties(name)


@pytest.fixture
def invocation(deployed: Template, function: str) -> Properties:
    """How Lambda runs the function when the schedule has started it."""
    configs = deployed.of_type("AWS::Lambda::EventInvokeConfig").values()
    (found,) = (it for it in configs if target(it["FunctionName"]) == function)
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


def test_there_are_no_other_schedules(deployed: Template) -> None:
    schedules = deployed.of_type("AWS::Scheduler::Schedule")
    assert {name: target(it["Target"]["Arn"]) for name, it in schedules.items()} == {
        name: f"{function}.Arn" for name, function in STARTS.items()
    }


def test_a_function_runs_as_often_as_it_must(schedule: Properties, name: str) -> None:
    assert is_schedule_expression(target(schedule["ScheduleExpression"]))
    assert target(schedule["ScheduleExpression"]) == EVERY[name]
    expected = {"Ref": "DigestTimezone"} if name == "DigestTick" else "UTC"
    assert schedule["ScheduleExpressionTimezone"] == expected
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule.get("State", "ENABLED") == "ENABLED"


def test_schedules_of_two_stacks_do_not_collide(schedule: Properties) -> None:
    """SAM names a schedule after its logical id, the same in every stack, unless it has a name of its own."""
    assert "Name" not in schedule


def test_the_scheduler_has_a_role_of_its_own(schedule: Properties, function: str) -> None:
    assert target(schedule["Target"]["RoleArn"]) == f"{function}ScheduleRole.Arn"


def test_a_tick_is_not_delivered_later_than_the_next(schedule: Properties, name: str) -> None:
    retry = schedule["Target"]["RetryPolicy"]
    assert retry["MaximumEventAgeInSeconds"] <= PERIODS[name]
    assert retry["MaximumRetryAttempts"] <= 2


def test_an_undelivered_tick_is_kept(schedule: Properties) -> None:
    assert target(schedule["Target"]["DeadLetterConfig"]["Arn"]) == "AsyncFailuresQueue.Arn"


def test_a_failed_run_is_kept(invocation: Properties) -> None:
    """The scheduler's queue holds only what it could not deliver; what ran and failed is Lambda's."""
    assert invocation["DestinationConfig"] == {
        "OnFailure": {"Destination": {"Fn::GetAtt": ["AsyncFailuresQueue", "Arn"]}}
    }


def test_a_failed_run_is_tried_again_and_not_much_later(invocation: Properties, function: str) -> None:
    ages = {"Sweep": 180, "Discover": 900, "Digest": 6 * 60 * 60}
    assert invocation["MaximumRetryAttempts"] == RETRIES[function]
    assert invocation["MaximumEventAgeInSeconds"] == ages[function]


def test_event_of_a_run_that_timed_out_is_young_enough_for_the_retry(
    deployed: Template, invocation: Properties, function: str
) -> None:
    """Lambda waits a minute before the second try."""
    assert invocation["MaximumEventAgeInSeconds"] > deployed.properties(function)["Timeout"] + 60


def test_a_run_ends_before_the_next_begins(deployed: Template, function: str, name: str) -> None:
    assert deployed.properties(function)["Timeout"] <= PERIODS[name]


def test_discover_ends_before_the_next_begins_also_when_it_is_tried_twice(deployed: Template) -> None:
    """Lambda waits a minute before the second try."""
    assert 2 * deployed.properties("Discover")["Timeout"] + 60 <= PERIODS["DiscoverTick"]


def test_digest_counts_every_hour_and_reports_once_a_day(deployed: Template) -> None:
    inputs = {name: deployed.properties(name)["Target"].get("Input") for name in EVERY}
    assert inputs == dict.fromkeys(EVERY) | {"DigestCount": '{"counts_only": true}'}
