"""The parts of a stack that cost money, as CloudFormation and CloudWatch describe them."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING

from payment_refresh.adapters.aws import client
from payment_refresh.adapters.dynamodb.state_table import DUE_INDEX
from payrefresh.adapters.stack import physical_ids
from payrefresh.report.spending import Parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payrefresh.adapters.stack import Stack

FUNCTIONS = ("OrderEvents", "Discover", "Sweep", "Refresh", "Digest")
QUEUES = ("PendingPaymentsQueue", "PendingPaymentsDeadLetterQueue", "AsyncFailuresQueue")
ALARM = "Alarm"
"""What the logical ids of alarms end with."""

MOST_NAMES = 100
"""``DescribeAlarms`` takes at most a hundred names."""


def paid_parts(stack: Stack, table_bytes: int) -> Parts:
    """Name them.

    Parameters
    ----------
    table_bytes
        Size of the state table.
    """
    ids = physical_ids(stack.name)
    return Parts(
        functions={name: ids[name] for name in FUNCTIONS},
        log_groups={name: ids[f"{name}LogGroup"] for name in FUNCTIONS},
        table=stack.table,
        index=DUE_INDEX,
        queues=[ids[name].rpartition("/")[2] for name in QUEUES],  # the id of a queue is its URL
        alarmed_metrics=_alarmed_metrics(physical for name, physical in ids.items() if name.endswith(ALARM)),
        table_bytes=table_bytes,
        since=int(stack.created_at),
    )


def _alarmed_metrics(names: Iterable[str]) -> int:
    """Count the metrics that alarms look at: one of metric math has several."""
    count = 0
    for some in batched(names, MOST_NAMES, strict=False):
        for page in client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNames=list(some)):
            for alarm in page["MetricAlarms"]:
                queries = [query for query in alarm.get("Metrics", ()) if "MetricStat" in query]
                count += len(queries) or 1
    return count
