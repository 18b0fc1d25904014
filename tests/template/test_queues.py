"""The queues, and the function that takes from one of them."""

from __future__ import annotations

import pytest

from payment_refresh.rate_limit.budget import ENVIRONMENTS
from tests.template.model import Properties, Template, target

QUEUES = ["PendingPaymentsQueue", "PendingPaymentsDeadLetterQueue", "AsyncFailuresQueue"]
POLICIES = ["QueuesTlsOnlyPolicy", "AsyncFailuresQueuePolicy"]
DAY = 24 * 60 * 60


@pytest.fixture
def mapping(deployed: Template) -> Properties:
    """The trigger that gives the queue's messages to Refresh."""
    (found,) = deployed.of_type("AWS::Lambda::EventSourceMapping").values()
    return found


def test_there_are_three_queues(deployed: Template) -> None:
    assert set(deployed.of_type("AWS::SQS::Queue")) == set(QUEUES)


def test_the_queue_goes_to_refresh(mapping: Properties) -> None:
    assert target(mapping["EventSourceArn"]) == "PendingPaymentsQueue.Arn"
    assert target(mapping["FunctionName"]) == "Refresh"


def test_a_message_stays_hidden_for_six_timeouts(deployed: Template) -> None:
    """Lambda needs that to try a throttled batch again; SAM and cfn-lint accept less."""
    hidden = deployed.properties("PendingPaymentsQueue")["VisibilityTimeout"]
    assert hidden >= 6 * deployed.properties("Refresh")["Timeout"]


def test_a_message_is_tried_five_times(deployed: Template) -> None:
    redrive = deployed.properties("PendingPaymentsQueue")["RedrivePolicy"]
    assert target(redrive["deadLetterTargetArn"]) == "PendingPaymentsDeadLetterQueue.Arn"
    assert redrive["maxReceiveCount"] == 5


def test_a_large_batch_has_a_window(mapping: Properties) -> None:
    """Lambda refuses more than 10 messages without a window; cfn-lint does not see it."""
    assert mapping["BatchSize"] == 25
    assert mapping["MaximumBatchingWindowInSeconds"] >= 1


def test_a_batch_waits_less_than_a_message_stays_hidden(deployed: Template, mapping: Properties) -> None:
    waits_and_runs = mapping["MaximumBatchingWindowInSeconds"] + deployed.properties("Refresh")["Timeout"]
    assert waits_and_runs < deployed.properties("PendingPaymentsQueue")["VisibilityTimeout"]


def test_only_what_failed_is_tried_again(mapping: Properties) -> None:
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_concurrency_is_the_budgets_and_bounded_where_it_burns_no_receives(mapping: Properties) -> None:
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": ENVIRONMENTS}
    assert "ProvisionedPollerConfig" not in mapping  # the two exclude each other


def test_no_message_is_filtered_away(mapping: Properties) -> None:
    """A filter on a queue deletes for good what it does not match."""
    assert "FilterCriteria" not in mapping


def test_dead_letters_outlive_the_queue_they_come_from(deployed: Template) -> None:
    """SQS goes on counting from when a message was first sent."""
    kept = deployed.properties("PendingPaymentsDeadLetterQueue")["MessageRetentionPeriod"]
    assert kept == 14 * DAY
    assert kept > deployed.properties("PendingPaymentsQueue")["MessageRetentionPeriod"]


def test_a_row_outlives_its_dead_letter(source: Template, deployed: Template) -> None:
    kept = deployed.properties("PendingPaymentsDeadLetterQueue")["MessageRetentionPeriod"]
    assert int(source.body["Parameters"]["RetentionDays"]["Default"]) * DAY > kept
    # Nothing shorter is taken: tests/template/test_parameters.py


def test_dead_letters_outlive_the_stack(deployed: Template) -> None:
    queue = deployed.resource("PendingPaymentsDeadLetterQueue")
    assert (queue["DeletionPolicy"], queue["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


@pytest.mark.parametrize("queue", QUEUES)
def test_a_queue_is_encrypted(deployed: Template, queue: str) -> None:
    assert deployed.properties(queue)["SqsManagedSseEnabled"] is True


def test_every_queue_has_one_policy(deployed: Template) -> None:
    """Of two, the one that is written last counts."""
    policies = deployed.of_type("AWS::SQS::QueuePolicy").values()
    assert sorted(target(queue) for policy in policies for queue in policy["Queues"]) == sorted(QUEUES)


@pytest.mark.parametrize("policy", POLICIES)
def test_every_queue_refuses_what_is_not_tls(deployed: Template, policy: str) -> None:
    statement, *_ = deployed.properties(policy)["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "sqs:*")
    assert statement["Resource"] == "*"
    assert statement["Condition"]["Bool"] == {"aws:SecureTransport": "false"}


@pytest.mark.parametrize("policy", POLICIES)
def test_the_tls_rule_leaves_out_loopback_alone(deployed: Template, policy: str) -> None:
    """No request reaches AWS from there. Through a VPC endpoint there is no source IP, and the rule holds too."""
    statement, *_ = deployed.properties(policy)["PolicyDocument"]["Statement"]
    assert statement["Condition"].keys() == {"Bool", "NotIpAddress"}
    assert statement["Condition"]["NotIpAddress"] == {"aws:SourceIp": "127.0.0.1/32"}


def test_only_the_queue_of_failures_lets_a_service_in(deployed: Template) -> None:
    (_,) = deployed.properties("QueuesTlsOnlyPolicy")["PolicyDocument"]["Statement"]
    _, let_in = deployed.properties("AsyncFailuresQueuePolicy")["PolicyDocument"]["Statement"]
    assert let_in.keys() == {"Fn::If"}  # see test_order_events_bus.py


def test_a_queue_that_changes_its_policy_keeps_the_new_one(deployed: Template) -> None:
    """The queue of failures once was the other policy's; the update that takes it out there empties it."""
    assert deployed.resource("AsyncFailuresQueuePolicy")["DependsOn"] == "QueuesTlsOnlyPolicy"


def test_refresh_has_no_dead_letter_queue_of_its_own(deployed: Template) -> None:
    """A function's DeadLetterConfig serves asynchronous calls only."""
    assert "DeadLetterConfig" not in deployed.properties("Refresh")
