"""The composition root of ``digest``."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from payment_refresh.adapters.aws import make_clients
from payment_refresh.adapters.dynamodb.digest import DynamoDigestTable
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.adapters.eventbridge import EventBridgeBus
from payment_refresh.composition.deployment import read_deployment
from payment_refresh.composition.environment import text
from payment_refresh.composition.root import Composed
from payment_refresh.use_cases.report_stuck import ReportStuck

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.domain.deployment import Deployment
    from payment_refresh.ports import Log


class Settings(NamedTuple):
    """What ``digest`` needs."""

    table: str
    outcome_bus: str
    deployment: Deployment


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises
    ------
    SettingsError
        A setting is missing or wrong; the message names it.
    """
    return Settings(
        table=text(environ, "STATE_TABLE_NAME"),
        outcome_bus=text(environ, "OUTCOME_BUS_NAME"),
        deployment=read_deployment(environ),
    )


def compose(log: Log) -> Composed[ReportStuck]:
    """Compose the digest."""
    return Composed(partial(_compose, log))


def _compose(log: Log) -> Callable[[], ReportStuck]:
    settings = read_settings(os.environ)
    make_clients("dynamodb", "events")
    report_stuck = ReportStuck(
        table=DynamoStateTable(name=settings.table, log=log),
        digests=DynamoDigestTable(settings.table),
        events=EventBridgeBus(name=settings.outcome_bus, log=log),
        deployment=settings.deployment,
        clock=time.time,
        log=log,
    )
    return lambda: report_stuck
