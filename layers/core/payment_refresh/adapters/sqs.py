"""The SQS queues: payments to check, and dead letters."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING

from botocore.exceptions import HTTPClientError

from payment_refresh.adapters.aws import AWS_ERRORS, client, error_code
from payment_refresh.domain.messages import write_request
from payment_refresh.errors import SendFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Log

SEND_BATCH = 10
"""``SendMessageBatch`` takes at most ten messages."""

COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqsPendingQueue:
    """Implements the `PendingQueue` port on one SQS queue."""

    url: str
    log: Log

    def backlog(self) -> int:
        return _depth(self.url)

    def send(self, watches: Sequence[Watch]) -> Sequence[Watch]:
        taken = _send(self.url, [write_request(watch) for watch in watches], self.log)
        return [watch for watch, was_taken in zip(watches, taken, strict=True) if was_taken is False]


@dataclass(frozen=True, slots=True, kw_only=True)
class SqsDeadLetterQueue:
    """Implements the `DeadLetterQueue` port on one SQS queue."""

    url: str
    log: Log

    def send(self, letters: Sequence[str]) -> Sequence[bool]:
        return [was_taken is True for was_taken in _send(self.url, letters, self.log)]


@dataclass(frozen=True, slots=True)
class SqsQueueDepth:
    """Implements the `QueueDepth` port on one SQS queue."""

    url: str

    def depth(self) -> int:
        return _depth(self.url)


def _depth(url: str) -> int:
    try:
        answer = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(COUNTS))
    except AWS_ERRORS as error:
        queue = url.rpartition("/")[2]
        raise SendFailed(f"the number of messages in {queue} could not be read: {error_code(error)}") from error
    return sum(int(answer["Attributes"].get(name, 0)) for name in COUNTS)


def _send(url: str, bodies: Sequence[str], log: Log) -> list[bool | None]:
    """Send messages, ten per call; returns for each whether it was accepted, None if there was no response."""
    taken: list[bool | None] = []
    for chunk in batched(bodies, SEND_BATCH, strict=False):
        entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(chunk)]
        try:
            answer = client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
        except AWS_ERRORS as error:
            log.warning("send_failed", extra={"queue": url, "reason": error_code(error)})
            taken += [None if isinstance(error, HTTPClientError) else False] * len(chunk)
            continue
        for failure in answer.get("Failed", []):
            log.warning("send_refused", extra={"queue": url, "reason": failure.get("Code")})
        done = {entry["Id"] for entry in answer.get("Successful", [])}
        taken += [str(index) in done for index in range(len(chunk))]
    return taken
