"""The dead-letter queue as a person reads it, and the rows that are stuck."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from payment_refresh.adapters.aws import client
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.domain.vocabulary import DueClass
from payrefresh.adapters.queues import SqsQueues
from payrefresh.manual.letters import HELD_FOR, Letter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payment_refresh.domain.payment import PaymentKey

BATCH = 10
"""SQS takes and gives at most ten messages a call."""

LONG_POLL = 1
"""Seconds that a receive waits: one that waits asks all servers of the queue, so that nothing is missed."""

MOST_STUCK = 100_000

_log = logging.getLogger("payrefresh")


@dataclass(frozen=True, slots=True)
class SqsLetters:
    """Implements the `Letters` port on one SQS queue."""

    url: str

    def receive(self) -> Sequence[Letter]:
        answer = client("sqs").receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=HELD_FOR,
            WaitTimeSeconds=LONG_POLL,
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        return [
            Letter(
                id=each["MessageId"],
                receipt=each["ReceiptHandle"],
                body=each["Body"],
                sent_at=int(each["Attributes"]["SentTimestamp"]) // 1000,
            )
            for each in answer.get("Messages", ())
        ]

    def delete(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        return self._in_batches("delete_message_batch", letters)

    def release(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        return self._in_batches("change_message_visibility_batch", letters, {"VisibilityTimeout": 0})

    def in_flight(self) -> int:
        return SqsQueues().depth(self.url).in_flight

    def _in_batches(
        self, operation: str, letters: Sequence[Letter], more: Mapping[str, Any] | None = None
    ) -> Sequence[Letter]:
        """Call an operation for letters; returns those for which it failed."""
        failed: list[Letter] = []
        for chunk in batched(letters, BATCH, strict=False):
            entries = [
                {"Id": str(index), "ReceiptHandle": letter.receipt} | dict(more or {})
                for index, letter in enumerate(chunk)
            ]
            answer = getattr(client("sqs"), operation)(QueueUrl=self.url, Entries=entries)
            done = {entry["Id"] for entry in answer.get("Successful", ())}
            failed += [letter for index, letter in enumerate(chunk) if str(index) not in done]
        return failed


@dataclass(frozen=True, slots=True)
class DynamoStuckRows:
    """Implements the `StuckRows` port on the due index of a state table."""

    table: str

    def stuck(self, now: int) -> Sequence[PaymentKey]:
        table = DynamoStateTable(name=self.table, log=_log)
        return [due.key for due in table.due(DueClass.STUCK, now, MOST_STUCK)]
