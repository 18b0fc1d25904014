"""The AWS account of a stack, as the examination asks it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

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
from payrefresh.adapters.stack import physical_ids
from payrefresh.doctor.ports import DeadLetters, Receiver, Sample, Schedule
from payrefresh.doctor.runs import SCHEDULES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
            with asking(arn):
                raise

    def resources(self) -> Mapping[str, str]:
        with asking(f"stack/{self.deployed.name}"):
            return physical_ids(self.deployed.name)

    def schedules(self) -> Sequence[Schedule]:
        resources = self.resources()
        return [self._schedule(name, resources[name]) for name in SCHEDULES if name in resources]

    def receivers(self, topic_arn: str) -> Sequence[Receiver]:
        with asking(topic_arn):
            pages = client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn)
            return [
                Receiver(
                    protocol=each["Protocol"],
                    endpoint=each["Endpoint"],
                    # Until it is confirmed, and after it was cancelled, a word stands in the ARN's place.
                    is_confirmed=each["SubscriptionArn"].startswith("arn:"),
                )
                for page in pages
                for each in page["Subscriptions"]
            ]

    def waiting(self, queue_url: str) -> int:
        with asking(_queue(queue_url)):
            name = "ApproximateNumberOfMessages"
            answer = client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=[name])
            return int(answer["Attributes"][name])

    def oldest_message(self, queue_url: str) -> float | None:
        metric = {
            "Namespace": "AWS/SQS",
            "MetricName": "ApproximateAgeOfOldestMessage",
            "Dimensions": [{"Name": "QueueName", "Value": _queue(queue_url)}],
        }
        [samples] = self._read({"m0": (metric, "Maximum")}, 15 * MINUTE).values()
        return max(samples, key=lambda sample: sample.at).value if samples else None

    def measured(self, metrics: Sequence[Metric]) -> Mapping[Metric, Sequence[Sample]]:
        asked = {
            f"m{number}": (
                {
                    "Namespace": f"PaymentRefresh/{self.deployed.name}",
                    "MetricName": metric.value,
                    "Dimensions": [{"Name": "service", "Value": "payment-refresh"}],
                },
                "Maximum" if metric.endswith("Seconds") else "Sum",
            )
            for number, metric in enumerate(metrics)
        }
        return dict(zip(metrics, self._read(asked, HOUR).values(), strict=True))

    def first_deployment(self) -> int | None:
        with asking(self._table):
            mark = Mark(self._table, FIRST_DEPLOYMENT, "the mark of the first deployment")
            first_at: int | None = mark.read(("first_at",)).get("first_at")
            return first_at

    def mode_mark(self) -> ModeMark:
        with asking(self._table):
            return DynamoModeTable(self._table).read()

    def cursor(self, of: Pass) -> Cursor:
        with asking(self._table):
            return DynamoCursorTable(self._table).read(of)

    def dead_letters(self) -> DeadLetters:
        messages = self.waiting(self.deployed.outputs["DeadLetterQueueUrl"])
        table = DynamoStateTable(name=self._table, log=_log)
        with asking(self._table):
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
        with asking(f"schedule/default/{name}"):
            try:
                state = client("scheduler").get_schedule(Name=name)["State"]
            except client("scheduler").exceptions.ResourceNotFoundException:
                return Schedule(logical_id=logical_id, name=name, is_there=False)
        return Schedule(logical_id=logical_id, name=name, is_enabled=state == "ENABLED")

    def _read(
        self, asked: Mapping[str, tuple[Mapping[str, Any], str]], seconds: int
    ) -> Mapping[str, Sequence[Sample]]:
        """Read metrics minute by minute, each with its statistic, until now."""
        now = datetime.fromtimestamp(self.clock(), UTC)
        queries = [
            {"Id": name, "MetricStat": {"Metric": metric, "Period": MINUTE, "Stat": statistic}}
            for name, (metric, statistic) in asked.items()
        ]
        found: dict[str, list[Sample]] = {name: [] for name in asked}
        with asking("*"):
            pages = (
                client("cloudwatch")
                .get_paginator("get_metric_data")
                .paginate(
                    MetricDataQueries=queries,
                    StartTime=now - timedelta(seconds=seconds),
                    EndTime=now + timedelta(seconds=MINUTE),
                )
            )
            for page in pages:
                for each in page["MetricDataResults"]:
                    found[each["Id"]] += [
                        Sample(int(at.timestamp()), value)
                        for at, value in zip(each["Timestamps"], each["Values"], strict=True)
                    ]
        return found


def _queue(url: str) -> str:
    return url.rpartition("/")[2]
