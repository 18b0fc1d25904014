"""Reads the state table and the queues of a running stack, without changing what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devstack.records import event_from_body, letter_from_body, row_from_item

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef
    from mypy_boto3_sqs import SQSClient

    from devstack.records import Event, Letter, Row

_OUT_OF_SIGHT_S = 30


def read_rows(dynamodb: DynamoDBClient, table: str) -> list[Row]:
    """Return all watches of the table."""
    rows = map(row_from_item, read_items(dynamodb, table))
    return [row for row in rows if row is not None]


def read_items(dynamodb: DynamoDBClient, table: str) -> Iterator[Mapping[str, AttributeValueTypeDef]]:
    """Give all items of the table as they are stored, watches and the marks between them."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return (item for page in pages for item in page["Items"])


def count_messages(sqs: SQSClient, queue_url: str) -> int:
    """Return how many messages a queue holds: waiting, delayed, or being handled."""
    attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])["Attributes"]
    return sum(int(value) for name, value in attributes.items() if name.startswith("ApproximateNumberOfMessages"))


def read_letters(sqs: SQSClient, queue_url: str) -> list[Letter]:
    """Return all messages of a dead-letter queue and leave them there."""
    return [letter_from_body(body) for body in read_bodies(sqs, queue_url)]


def read_events(sqs: SQSClient, queue_url: str) -> list[Event]:
    """Return all outcome events that a queue was sent and leave them there."""
    return [event_from_body(body) for body in read_bodies(sqs, queue_url)]


def read_bodies(sqs: SQSClient, queue_url: str) -> list[str]:
    """Return the bodies of all messages that a queue holds and leave them there."""
    received = []
    while batch := sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=_OUT_OF_SIGHT_S
    ).get("Messages"):
        received += batch
    for message in received:
        sqs.change_message_visibility(
            QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
    return [message["Body"] for message in received]
