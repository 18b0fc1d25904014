"""The queues of a stack: the pending one, as a person sends to it, and how many messages each has."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING

from payment_refresh.adapters.aws import client
from payment_refresh.adapters.sqs import SEND_BATCH
from payrefresh.ports import Depth

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class SqsRequests:
    """Implements the `Requests` port on one SQS queue; unlike the functions' adapter, it raises what fails."""

    url: str

    def send(self, bodies: Sequence[str]) -> Sequence[bool]:
        taken: list[bool] = []
        for chunk in batched(bodies, SEND_BATCH, strict=False):
            entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(chunk)]
            answer = client("sqs").send_message_batch(QueueUrl=self.url, Entries=entries)
            done = {entry["Id"] for entry in answer.get("Successful", [])}
            taken += [str(index) in done for index in range(len(chunk))]
        return taken


@dataclass(frozen=True, slots=True)
class SqsQueues:
    """Implements the `Queues` port."""

    def depth(self, url: str) -> Depth:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return Depth(*(int(attributes[name]) for name in names))
