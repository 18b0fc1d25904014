"""Checks of what runs in the AWS account: their wording, and the limits they go by."""

from __future__ import annotations

from copy import replace
from typing import Any

import pytest

from payment_refresh.domain.cursor import Cursor, Pass
from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.mode_mark import ModeMark
from payment_refresh.metrics import Metric
from payrefresh.doctor import examine
from payrefresh.doctor.findings import State
from payrefresh.doctor.ports import DeadLetters, Schedule
from payrefresh.doctor.runs import SCHEDULES
from payrefresh.ports import Point, Receiver
from tests.unit.operating.doctor_steps import DEPLOYED, NOW, FakeAws, complete, found, given

HOUR = 3600
SCHEDULED = [Schedule(logical_id=name, name=f"shop-{name}", is_enabled=True) for name in SCHEDULES]
OVERDUE = Metric.OLDEST_OVERDUE_SECONDS
PENDING = Receiver(protocol="email", endpoint="a@example.com", is_confirmed=False)


@pytest.mark.parametrize(
    ("aws", "name", "says", "command"),
    [
        (
            {"found_schedules": [replace(SCHEDULED[0], is_enabled=False), *SCHEDULED[1:]]},
            examine.SCHEDULES,
            "disabled: SweepTick (the sweep)",
            "aws scheduler update-schedule",
        ),
        (
            {"found_schedules": [replace(SCHEDULED[0], is_there=False), *SCHEDULED[1:]]},
            examine.SCHEDULES,
            "deleted: SweepTick (the sweep)",
            "aws cloudformation detect-stack-drift --stack-name shop --region eu-west-1",
        ),
        (
            {"metrics": {OVERDUE: [Point(NOW - 360, 0)]}},
            examine.LAST_SWEEP,
            "6 min ago",
            "aws logs tail /aws/lambda/shop-sweep",
        ),
        ({"metrics": {}}, examine.LAST_SWEEP, "no sweep has reported in the last hour", "shop-sweep"),
        (
            {"metrics": {OVERDUE: [Point(NOW - 60, 5400), Point(NOW - 600, 0)]}},
            examine.OVERDUE,
            "a placed order's payment has been due for 2 h",
            "payrefresh status --stack shop",
        ),
        (
            {"cursors": {Pass.ORDERS: complete(Pass.ORDERS, NOW - 4 * HOUR), Pass.CARTS: complete(Pass.CARTS)}},
            examine.LAST_PASS,
            "orders: complete 4 h ago",
            "aws lambda invoke --function-name shop-discover",
        ),
        (
            {"cursors": {of: Cursor(of=of) for of in Pass}},
            examine.LAST_PASS,
            "orders: none is complete yet; carts: none is complete yet",
            "shop-discover",
        ),
        ({"first": None}, examine.FIRST_DEPLOYMENT, "not marked: no sweep has run yet", "shop-sweep"),
        (
            {"letters": DeadLetters(messages=1, rows=1000, are_all=False)},
            examine.DEAD_LETTERS,
            "1000 or more payments are dead-lettered; 1 message in the dead-letter queue",
            "payrefresh redrive --stack shop --region eu-west-1",
        ),
        (
            {"metrics": {OVERDUE: [Point(NOW, 0)], Metric.OUTBOX_PENDING: [Point(NOW - 120, 5)]}},
            examine.OUTBOX,
            "what 5 payments have to announce could not be sent; it is kept and sent again",
            "aws events describe-event-bus --name default --region eu-west-1",
        ),
        ({"subscribed": []}, examine.RECEIVERS, "nobody is subscribed to arn:topic", "aws sns subscribe"),
        (
            {"subscribed": [PENDING]},
            examine.RECEIVERS,
            "not confirmed, so that nothing arrives: a@example.com (email)",
            "aws sns subscribe --topic-arn arn:topic --protocol email --notification-endpoint a@example.com",
        ),
    ],
)
def test_account_in_which_one_thing_is_wrong_turns_one_check_red(
    aws: dict[str, Any], name: str, says: str, command: str
) -> None:
    findings = found(aws=FakeAws(**aws))

    assert {each.name for each in findings.values() if each.state is State.WRONG} == {name}
    assert findings[name].found == says
    assert any(command in each for each in findings[name].commands)


def test_schedule_that_an_older_template_does_not_have_is_not_missed() -> None:
    finding = found(aws=FakeAws(found_schedules=SCHEDULED[:3]))[examine.SCHEDULES]

    assert (finding.state, finding.found) == (State.FINE, "3 enabled: the sweep, discover, the digest")


def test_queue_is_late_only_where_its_oldest_message_says_so() -> None:
    late = found(aws=FakeAws(waits=3, oldest=1200))
    unknown = found(aws=FakeAws(waits=3, oldest=None))

    assert late[examine.PENDING_QUEUE].found == "3 messages, the oldest for 20 min: they are not received"
    assert late[examine.PENDING_QUEUE].state is State.WRONG
    assert (unknown[examine.PENDING_QUEUE].state, unknown[examine.PENDING_QUEUE].found) == (
        State.FINE,
        "3 messages",
    )
    assert late[examine.FAILED_RUNS].found.startswith("3 messages: runs that failed at each attempt")


def test_outbox_that_was_emptied_since_is_fine_again() -> None:
    samples = [Point(NOW - 600, 5), Point(NOW - 60, 0)]

    finding = found(aws=FakeAws(metrics={OVERDUE: [Point(NOW, 0)], Metric.OUTBOX_PENDING: samples}))

    assert finding[examine.OUTBOX].state is State.FINE


def test_pass_of_a_new_stack_is_waited_for() -> None:
    aws = FakeAws(first=NOW - HOUR, cursors={of: Cursor(of=of) for of in Pass})

    assert found(aws=aws)[examine.LAST_PASS].state is State.FINE


def test_pass_over_carts_is_not_asked_for_where_carts_are_not_listed() -> None:
    aws = FakeAws(cursors={Pass.ORDERS: complete(Pass.ORDERS)})

    assert found(given(DiscoverCarts="false"), aws)[examine.LAST_PASS].found == "orders: complete 10 min ago"


def test_first_deployment_says_which_orders_are_only_observed() -> None:
    assert found()[examine.FIRST_DEPLOYMENT].found == (
        "2027-01-08T08:00:00Z; orders placed before 2027-01-07T08:00:00Z are only observed"
    )
    since = found(given(ActOnOrdersAfter="2026-12-01T00:00:00Z"))[examine.FIRST_DEPLOYMENT].found
    assert "before 2026-12-01T00:00:00Z are" in since


@pytest.mark.parametrize(
    ("mark", "state"),
    [
        (ModeMark(), State.FINE),
        (ModeMark(run_mode=RunMode.OBSERVE), State.FINE),
        (ModeMark(run_mode=RunMode.REFRESH), State.WRONG),
        (ModeMark(run_mode=RunMode.OBSERVE, fell_back_at=NOW - 60), State.WRONG),
    ],
)
def test_stack_that_observes_is_wrong_only_if_it_has_acted_before(mark: ModeMark, state: State) -> None:
    assert found(given(Mode="observe"), FakeAws(mark=mark))[examine.MODE].state is state
    assert found(given(Mode="refresh"), FakeAws(mark=mark))[examine.MODE].state is State.FINE


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"FirstCheckAfter": "30d"}, "GiveUpAfter is taken for 5184000 s instead of 2073600 s"),
        ({"FirstCheckAfter": "soon"}, "FirstCheckAfter is 'soon'"),
        ({"CallsPerMinute": "5"}, "CallsPerMinute is 5"),
        ({"ClaimLease": "0m"}, "ClaimLease is '0m'"),
        ({"ActOnOrdersAfter": "yesterday"}, "ActOnOrdersAfter is 'yesterday'"),
    ],
)
def test_parameter_that_is_unreadable_or_contradicts_another_is_named_as_the_template_does(
    parameters: dict[str, str], says: str
) -> None:
    finding = found(given(**parameters))[examine.PARAMETERS]

    assert finding.state is State.WRONG
    assert says in finding.found
    assert "_" not in finding.found


def test_update_that_was_rolled_back_is_wrong_and_leads_to_the_events() -> None:
    finding = found(replace(DEPLOYED, status="UPDATE_ROLLBACK_COMPLETE"))[examine.DEPLOYMENT]

    assert finding.state is State.WRONG
    assert "describe-stack-events --stack-name shop" in finding.commands[0]


def test_alarms_without_an_address_or_a_topic_reach_nobody() -> None:
    finding = found(given(AlarmTopicArn="", AlarmEmail=""))[examine.RECEIVERS]

    assert (finding.state, finding.found) == (State.WRONG, "alarms and the daily digest are sent to nobody")


def test_alarms_of_an_address_go_to_the_topic_of_the_stack() -> None:
    aws = FakeAws(subscribed=[])

    finding = found(given(AlarmTopicArn="", AlarmEmail="b@example.com"), aws)[examine.RECEIVERS]

    assert finding.found == "nobody is subscribed to arn:topic-of-the-stack"
    assert "--notification-endpoint b@example.com" in finding.commands[0]


def test_receiver_that_is_not_confirmed_beside_one_that_is_does_no_harm() -> None:
    confirmed = Receiver(protocol="sqs", endpoint="arn:queue", is_confirmed=True)

    finding = found(aws=FakeAws(subscribed=[PENDING, confirmed]))[examine.RECEIVERS]

    assert (finding.state, finding.found) == (
        State.FINE,
        "arn:queue (sqs); not confirmed: a@example.com (email)",
    )
