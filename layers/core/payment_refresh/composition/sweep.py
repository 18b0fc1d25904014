"""The composition root of ``sweep``."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from payment_refresh.adapters.aws import make_clients
from payment_refresh.adapters.dynamodb.circuits import PowertoolsCircuits
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.adapters.sqs import SqsPendingQueue
from payment_refresh.adapters.thread_pool import ThreadPool
from payment_refresh.composition.calls import make_rate_limiter, read_calls_per_minute
from payment_refresh.composition.environment import duration, text
from payment_refresh.composition.root import Composed, new_token
from payment_refresh.rate_limit.budget import READS, capacity, confirms
from payment_refresh.use_cases.dispatch_due import DispatchDue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.ports import Log


class Settings(NamedTuple):
    """What ``sweep`` needs; ``lease`` in seconds."""

    table: str
    queue_url: str
    lease: int
    calls_per_minute: int


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises
    ------
    SettingsError
        A setting is missing or wrong; the message names it.
    """
    return Settings(
        table=text(environ, "STATE_TABLE_NAME"),
        queue_url=text(environ, "PENDING_QUEUE_URL"),
        lease=duration(environ, "CLAIM_LEASE"),
        calls_per_minute=read_calls_per_minute(environ),
    )


def compose(log: Log) -> Composed[DispatchDue]:
    """Compose the sweep; it also marks the first deployment, since it runs every minute from then on."""
    return Composed(partial(_compose, log))


def _compose(log: Log) -> Callable[[], DispatchDue]:
    settings = read_settings(os.environ)
    make_clients("dynamodb", "sqs")
    table = DynamoStateTable(name=settings.table, log=log)
    rate_limiter = make_rate_limiter(settings.table, settings.calls_per_minute)
    circuits = PowertoolsCircuits(table=settings.table, log=log)

    def room() -> int:
        return capacity(settings.calls_per_minute, rate_limiter.snapshot(), circuit_open=circuits.is_open(READS))

    dispatch = DispatchDue(
        table=table,
        queue=SqsPendingQueue(url=settings.queue_url, log=log),
        clock=time.time,
        new_token=new_token,
        capacity=room,
        pool=ThreadPool(),
        lease=settings.lease,
        log=log,
        confirms=confirms(settings.calls_per_minute),
        sleep=time.sleep,
    )

    def start() -> DispatchDue:
        table.first_seen(int(time.time()))
        return dispatch

    return start
