"""The fault proxy, between a real client and a real local AWS that checks signatures."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from devstack.environment import ACCESS_KEY, REGION
from devstack.local_aws import local_aws
from devstack.readings import read_bodies
from tests.chaos.aws_faults import AwsFault
from tests.chaos.proxy import fault_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devstack.local_aws import LocalAws
    from tests.chaos.proxy import FaultProxy


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with local_aws() as running:
        yield running


@pytest.fixture
def proxy(aws: LocalAws) -> Iterator[FaultProxy]:
    with fault_proxy(aws.endpoint, aws.clients) as running:
        yield running


@pytest.fixture
def queue(aws: LocalAws, request: pytest.FixtureRequest) -> str:
    return aws.clients.sqs.create_queue(QueueName=request.node.name)["QueueUrl"]


@contextmanager
def through(proxy: FaultProxy, service: str, attempts: int = 1) -> Iterator[Any]:
    """Give a client that talks through the proxy and tries no more often than it is configured to."""
    config = Config(
        retries={"mode": "standard", "total_max_attempts": attempts}, connect_timeout=2, read_timeout=5
    )
    session = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION)
    client = session.client(service, endpoint_url=proxy.url, config=config)  # type: ignore[call-overload]  # the stubs want literals
    try:
        yield client
    finally:
        client.close()


def entries(count: int) -> list[dict[str, str]]:
    return [{"Id": str(number), "MessageBody": f"message {number}"} for number in range(count)]


def test_what_no_fault_meets_is_passed_on_with_its_signature_intact(
    aws: LocalAws, proxy: FaultProxy, queue: str
) -> None:
    proxy.faults.replace([AwsFault(service="dynamodb", kind="failed")])

    with through(proxy, "sqs") as sqs:
        sqs.send_message_batch(QueueUrl=queue, Entries=entries(3))

    assert sorted(read_bodies(aws.clients.sqs, queue)) == ["message 0", "message 1", "message 2"]
    assert proxy.faults.hits == {}


@pytest.mark.parametrize(
    ("service", "code"),
    [("dynamodb", "ProvisionedThroughputExceededException"), ("secretsmanager", "ThrottlingException")],
)
def test_a_throttled_service_refuses_by_its_own_name_for_it(proxy: FaultProxy, service: str, code: str) -> None:
    proxy.faults.replace([AwsFault(service=service, kind="throttled")])

    with through(proxy, service) as client, pytest.raises(ClientError) as refused:
        client.list_tables() if service == "dynamodb" else client.list_secrets()

    assert refused.value.response["Error"]["Code"] == code


def test_a_fault_is_of_the_named_calls_and_ends_when_it_is_healed(proxy: FaultProxy) -> None:
    proxy.faults.replace([AwsFault(service="dynamodb", kind="failed", operations=frozenset({"PutItem"}))])

    with through(proxy, "dynamodb") as dynamodb:
        assert dynamodb.list_tables()["TableNames"] == []
        with pytest.raises(ClientError) as failed:
            dynamodb.put_item(TableName="any", Item={"pk": {"S": "any"}})
        proxy.faults.replace([])
        with pytest.raises(ClientError) as healed:
            dynamodb.put_item(TableName="any", Item={"pk": {"S": "any"}})

    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert healed.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_an_answer_is_lost_after_the_call_took_effect(aws: LocalAws, proxy: FaultProxy, queue: str) -> None:
    proxy.faults.replace([AwsFault(service="sqs", kind="lost")])

    with through(proxy, "sqs") as sqs, pytest.raises(ConnectionClosedError):
        sqs.send_message_batch(QueueUrl=queue, Entries=entries(1))

    assert read_bodies(aws.clients.sqs, queue) == ["message 0"]


def test_the_entries_of_a_batch_that_are_refused_are_those_that_do_not_arrive(
    aws: LocalAws, proxy: FaultProxy, queue: str
) -> None:
    proxy.faults.replace([AwsFault(service="sqs", kind="entries", share=0.5)])

    with through(proxy, "sqs") as sqs:
        answer = sqs.send_message_batch(QueueUrl=queue, Entries=entries(10))

    arrived = sorted(read_bodies(aws.clients.sqs, queue))
    assert arrived == [f"message {entry['Id']}" for entry in answer["Successful"]]
    assert {entry["Id"] for entry in answer["Failed"]} == {
        entry["Id"] for entry in entries(10) if entry["MessageBody"] not in arrived
    }
    assert proxy.faults.hits == {"entries": len(answer["Failed"])} != {}


def test_refused_events_stand_in_the_answer_where_they_stood_in_the_batch(proxy: FaultProxy) -> None:
    proxy.faults.replace([AwsFault(service="events", kind="entries", share=0.5)])
    event = {"Source": "made-up", "DetailType": "made-up", "Detail": "{}"}

    with through(proxy, "events") as events:
        answer = events.put_events(Entries=[event] * 10)

    refused = ["ErrorCode" in entry for entry in answer["Entries"]]
    assert len(refused) == 10
    assert answer["FailedEntryCount"] == sum(refused) == proxy.faults.hits["entries"]
    assert all("EventId" in entry or "ErrorCode" in entry for entry in answer["Entries"])


def test_where_the_local_aws_is_stopped_nobody_answers_and_its_state_is_there_again() -> None:
    with local_aws(keeps_state=True) as aws, fault_proxy(aws.endpoint, aws.clients) as proxy:
        queue = aws.clients.sqs.create_queue(QueueName="kept")["QueueUrl"]
        aws.clients.sqs.send_message(QueueUrl=queue, MessageBody="kept")
        aws.stop()
        with through(proxy, "sqs") as sqs, pytest.raises(ConnectionClosedError):
            sqs.list_queues()
        aws.start()
        with through(proxy, "sqs") as sqs:
            assert sqs.list_queues()["QueueUrls"] == [queue]

        assert read_bodies(aws.clients.sqs, queue) == ["kept"]
