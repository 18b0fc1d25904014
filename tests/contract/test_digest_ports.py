"""Contracts of the digest's ports, held against the fakes and against the local AWS: tally, depth and mail."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest

from payment_refresh.adapters.aws import client
from payment_refresh.adapters.dynamodb.tally import DynamoTally
from payment_refresh.adapters.sns import SnsMail
from payment_refresh.adapters.sqs import SqsQueueDepth
from payment_refresh.errors import SendFailed, StateUnavailable
from tests.contract.tables import RACERS, race
from tests.support.digest import FakeMail, FakeQueueDepth, FakeTally

if TYPE_CHECKING:
    from collections.abc import Callable

    from devstack.local_aws import LocalAws
    from payment_refresh.digest_ports import Mail, QueueDepth, Tally


@pytest.fixture(params=["fake", "DynamoDB"])
def tally(request: pytest.FixtureRequest) -> Tally:
    if request.param == "fake":
        return FakeTally()
    request.getfixturevalue("aws")
    return DynamoTally(request.getfixturevalue("table_name"))


def test_tally_that_was_never_written_has_no_counts(tally: Tally) -> None:
    assert tally.read() == {}


def test_counts_of_each_name_add_up(tally: Tally) -> None:
    tally.add({"PaymentMissing": 1, "not_sent": 2})
    tally.add({"not_sent": 3})

    assert tally.read() == {"PaymentMissing": 1, "not_sent": 5}


def test_of_many_that_count_at_once_none_is_lost(tally: Tally) -> None:
    race(lambda number: tally.add({"not_sent": number + 1}))

    assert tally.read() == {"not_sent": RACERS * (RACERS + 1) // 2}


def test_tally_in_a_table_that_does_not_answer_says_so(aws: LocalAws) -> None:
    assert aws
    tally = DynamoTally("no-such-table")

    with pytest.raises(StateUnavailable, match="GetItem on the tally failed: ResourceNotFoundException"):
        tally.read()
    with pytest.raises(StateUnavailable, match="UpdateItem on the tally failed: ResourceNotFoundException"):
        tally.add({"not_sent": 1})


@pytest.fixture(params=["fake", "SQS"])
def holding(request: pytest.FixtureRequest) -> Callable[[int], QueueDepth]:
    """Make a queue that holds so many messages."""
    if request.param == "fake":
        return FakeQueueDepth
    aws: LocalAws = request.getfixturevalue("aws")

    def make(messages: int) -> QueueDepth:
        url = aws.clients.sqs.create_queue(QueueName=uuid.uuid4().hex)["QueueUrl"]
        for _ in range(messages):
            aws.clients.sqs.send_message(QueueUrl=url, MessageBody="{}")
        return SqsQueueDepth(url)

    return make


@pytest.mark.parametrize("messages", [0, 3])
def test_depth_of_a_queue_is_the_number_of_its_messages(
    holding: Callable[[int], QueueDepth], messages: int
) -> None:
    assert holding(messages).depth() == messages


def test_queue_that_is_not_there_is_named_with_its_error(aws: LocalAws) -> None:
    url = aws.clients.sqs.create_queue(QueueName=uuid.uuid4().hex)["QueueUrl"]
    aws.clients.sqs.delete_queue(QueueUrl=url)

    with pytest.raises(SendFailed, match=rf"the number of messages in {url.rpartition('/')[2]} could not be read"):
        SqsQueueDepth(url).depth()


@pytest.fixture(params=["fake", "SNS"])
def mail(request: pytest.FixtureRequest) -> tuple[Mail, Callable[[], list[tuple[str, str]]]]:
    """The mail, and what reads what it sent."""
    if request.param == "fake":
        fake = FakeMail()
        return fake, lambda: fake.sent
    aws: LocalAws = request.getfixturevalue("aws")
    topic, queue = make_topic(aws)

    def sent() -> list[tuple[str, str]]:
        answer = aws.clients.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=2)
        bodies = [json.loads(each["Body"]) for each in answer.get("Messages", [])]
        return [(body["Subject"], body["Message"]) for body in bodies]

    return SnsMail(topic), sent


def make_topic(aws: LocalAws) -> tuple[str, str]:
    """Make a topic and a queue that gets what is published on it; returns the ARN and the URL."""
    name = uuid.uuid4().hex
    topic = client("sns").create_topic(Name=name)["TopicArn"]
    url = aws.clients.sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = aws.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, url


def test_mail_arrives_with_its_subject_and_its_text(
    mail: tuple[Mail, Callable[[], list[tuple[str, str]]]],
) -> None:
    sender, sent = mail

    sender.send("Payment Refresh: 1 new dead letters", "- new dead letters: 1\n- failed runs: 2\n")

    assert sent() == [("Payment Refresh: 1 new dead letters", "- new dead letters: 1\n- failed runs: 2\n")]


def test_topic_that_is_not_there_is_named_with_its_error(aws: LocalAws) -> None:
    topic, _ = make_topic(aws)
    client("sns").delete_topic(TopicArn=topic)

    with pytest.raises(SendFailed, match=f"the topic {topic} did not take the digest's mail: NotFound"):
        SnsMail(topic).send("subject", "text")
