"""The composition root of ``sweep``."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from payment_refresh.adapters.aws import make_clients
from payment_refresh.adapters.dynamodb.circuits import PowertoolsCircuits
from payment_refresh.adapters.dynamodb.mode_mark import DynamoModeTable
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.adapters.sqs import SqsPendingQueue
from payment_refresh.adapters.thread_pool import ThreadPool
from payment_refresh.composition.calls import make_rate_limiter, read_calls_per_minute
from payment_refresh.composition.deployment import read_run_mode
from payment_refresh.composition.environment import duration, text
from payment_refresh.composition.root import Composed, new_token
from payment_refresh.composition.rules import log_clamps, read_rules
from payment_refresh.rate_limit.budget import READS, capacity, confirms
from payment_refresh.use_cases.dispatch_due import DispatchDue
from payment_refresh.use_cases.heartbeat import Heartbeat, record_mode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.composition.rules import Rules
    from payment_refresh.domain.deployment import RunMode
    from payment_refresh.ports import Log


class Settings(NamedTuple):
    """What ``sweep`` needs; ``lease`` in seconds. It acts on no rule, but says each minute what they are like."""

    table: str
    queue_url: str
    lease: int
    calls_per_minute: int
    run_mode: RunMode
    rules: Rules


class Sweeper(NamedTuple):
    """What one invocation does."""

    dispatch: DispatchDue
    heartbeat: Heartbeat


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
        run_mode=read_run_mode(environ),
        rules=read_rules(environ),
    )


def compose(log: Log) -> Composed[Sweeper]:
    """Compose the sweep; it also marks the first deployment and the mode, as it runs each minute from then on."""
    return Composed(partial(_compose, log))


def _compose(log: Log) -> Callable[[], Sweeper]:
    settings = read_settings(os.environ)
    log_clamps(settings.rules, log)
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

    def start() -> Sweeper:
        now = int(time.time())
        table.first_seen(now)
        heartbeat = Heartbeat(
            run_mode=settings.run_mode,
            fell_back_at=record_mode(DynamoModeTable(settings.table), settings.run_mode, now, log),
            clamped=len(settings.rules.clamped),
            clock=time.time,
        )
        return Sweeper(dispatch, heartbeat)

    return start
