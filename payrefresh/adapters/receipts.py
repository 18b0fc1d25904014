"""Traces of order events in a stack: lines in a function's log, rows in the table."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.adapters.aws import client
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.use_cases.receive_order_event.receiver import METRICS

if TYPE_CHECKING:
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from payrefresh.setup.ports import Deployed

_log = logging.getLogger("payrefresh")


@dataclass(frozen=True, slots=True)
class AwsReceipts:
    """Implements the `Receipts` port of a setup."""

    def logged_since(self, stack: str, moment: float) -> int:
        pages = (
            client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=f"/aws/lambda/{stack}-order-events", startTime=int(moment * 1000))
        )
        return sum(_is_of_an_event(event["message"]) for page in pages for event in page["events"])

    def row(self, stack: Deployed, key: PaymentKey) -> Watch | None:
        return DynamoStateTable(name=stack.outputs["StateTableName"], log=_log).read(key)


def _is_of_an_event(message: str) -> bool:
    """Whether a line is the metrics of an event that was taken: the one line that each of them leaves."""
    try:
        line = json.loads(message)
    except ValueError:
        return False
    return isinstance(line, dict) and "_aws" in line and any(name in line for name in METRICS.values())
