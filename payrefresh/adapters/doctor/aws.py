"""The AWS account of a stack, as the examination asks it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from payment_refresh.adapters.aws import client, read_secret
from payment_refresh.adapters.dynamodb.cursor import DynamoCursorTable
from payment_refresh.adapters.dynamodb.marks import Mark
from payment_refresh.adapters.dynamodb.mode_mark import DynamoModeTable
from payment_refresh.adapters.dynamodb.state_table import FIRST_DEPLOYMENT, DynamoStateTable
from payment_refresh.domain.vocabulary import DueClass, Status
from payment_refresh.errors import SecretUnavailable
from payrefresh.adapters.doctor.asking import asking
from payrefresh.adapters.failures import code_of
from payrefresh.adapters.metrics import CloudWatchMetrics
from payrefresh.adapters.queues import SqsQueues
from payrefresh.adapters.receivers import subscribed
from payrefresh.adapters.stack import physical_ids
from payrefresh.doctor.ports import DeadLetters, Schedule
from payrefresh.doctor.runs import SCHEDULES
from payrefresh.ports import Point, Receiver, Series

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from payment_refresh.domain.cursor import Cursor, Pass
    from payment_refresh.domain.mode_mark import ModeMark
    from payment_refresh.metrics import Metric
    from payment_refresh.ports import Clock
    from payrefresh.doctor.ports import Deployed

HOUR, MINUTE = 3600, 60
MOST_ROWS = 1_000
"""How many stuck rows are counted."""

UNREADABLE = frozenset({"ResourceNotFoundException", "InvalidRequestException", "DecryptionFailure"})
"""Codes for a secret that is not there, is to be deleted, or cannot be decrypted by anybody."""

_log = logging.getLogger("payrefresh")


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsAccount:
    """Implements the `Aws` port for one stack."""

    deployed: Deployed
    clock: Clock = time.time

    def secret(self, arn: str, parameter: str) -> Mapping[str, object]:
        try:
            return read_secret(arn, parameter)
        except SecretUnavailable as error:
            cause = error.__cause__
            if cause is None or (isinstance(cause, ClientError) and code_of(cause) in UNREADABLE):
                raise
            with asking():
                raise

    def resources(self) -> Mapping[str, str]:
        with asking():
            return physical_ids(self.deployed.name)

    def schedules(self) -> Sequence[Schedule]:
        resources = self.resources()
        return [self._schedule(name, resources[name]) for name in SCHEDULES if name in resources]

    def receivers(self, topic_arn: str) -> Sequence[Receiver]:
        with asking():
            return subscribed(topic_arn)

    def waiting(self, queue_url: str) -> int:
        with asking():
            return SqsQueues().depth(queue_url).waiting

    def oldest_message(self, queue_url: str) -> float | None:
        age = Series(
            "ApproximateAgeOfOldestMessage", "Maximum", (("QueueName", _queue(queue_url)),), namespace="AWS/SQS"
        )
        points = self._read([age], 15 * MINUTE)[age]
        return points[-1].value if points else None

    def measured(self, metrics: Sequence[Metric]) -> Mapping[Metric, Sequence[Point]]:
        asked = {
            metric: Series(metric.value, "Maximum" if metric.endswith("Seconds") else "Sum") for metric in metrics
        }
        found = self._read(asked.values(), HOUR)
        return {metric: found[series] for metric, series in asked.items()}

    def first_deployment(self) -> int | None:
        with asking():
            mark = Mark(self._table, FIRST_DEPLOYMENT, "the mark of the first deployment")
            first_at: int | None = mark.read(("first_at",)).get("first_at")
            return first_at

    def mode_mark(self) -> ModeMark:
        with asking():
            return DynamoModeTable(self._table).read()

    def cursor(self, of: Pass) -> Cursor:
        with asking():
            return DynamoCursorTable(self._table).read(of)

    def dead_letters(self) -> DeadLetters:
        messages = self.waiting(self.deployed.outputs["DeadLetterQueueUrl"])
        table = DynamoStateTable(name=self._table, log=_log)
        with asking():
            stuck = table.due(DueClass.STUCK, int(self.clock()), MOST_ROWS + 1)
            rows = table.read_many([due.key for due in stuck[:MOST_ROWS]])
        return DeadLetters(
            messages=messages,
            rows=sum(watch.status is Status.DEAD_LETTERED for watch in rows.values()),
            are_all=len(stuck) <= MOST_ROWS,
        )

    @property
    def _table(self) -> str:
        return self.deployed.outputs["StateTableName"]

    def _schedule(self, logical_id: str, name: str) -> Schedule:
        with asking():
            try:
                state = client("scheduler").get_schedule(Name=name)["State"]
            except client("scheduler").exceptions.ResourceNotFoundException:
                return Schedule(logical_id=logical_id, name=name, is_there=False)
        return Schedule(logical_id=logical_id, name=name, is_enabled=state == "ENABLED")

    def _read(self, series: Iterable[Series], seconds: int) -> Mapping[Series, Sequence[Point]]:
        """Read metrics minute by minute until now."""
        now = self.clock()
        with asking():
            metrics = CloudWatchMetrics(f"PaymentRefresh/{self.deployed.name}")
            return metrics.read(series, now - seconds, now + MINUTE, period=MINUTE)


def _queue(url: str) -> str:
    return url.rpartition("/")[2]
