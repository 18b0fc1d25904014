"""The composition root of ``digest``."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from payment_refresh.adapters.aws import make_clients
from payment_refresh.adapters.dynamodb.digest import DynamoDigestTable
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.adapters.dynamodb.tally import DynamoTally
from payment_refresh.adapters.eventbridge import EventBridgeBus
from payment_refresh.adapters.sns import SnsMail
from payment_refresh.adapters.sqs import SqsQueueDepth
from payment_refresh.composition.deployment import read_deployment
from payment_refresh.composition.environment import flag, text
from payment_refresh.composition.root import Composed
from payment_refresh.domain.daily_digest import DailyDigest
from payment_refresh.domain.stuck import Digest
from payment_refresh.use_cases.make_digest.daily import DailyReport
from payment_refresh.use_cases.make_digest.run import MakeDigest
from payment_refresh.use_cases.make_digest.stuck_report import StuckReport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.domain.deployment import Deployment
    from payment_refresh.ports import Log


class Settings(NamedTuple):
    """What ``digest`` needs.

    Attributes
    ----------
    topic_arn
        The topic of the alarms; empty where there is none.
    mails_on_quiet_days
        Whether the digest is mailed also where there is nothing to do.
    """

    table: str
    outcome_bus: str
    letters_url: str
    failed_runs_url: str
    topic_arn: str
    mails_on_quiet_days: bool
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
        letters_url=text(environ, "DEAD_LETTER_QUEUE_URL"),
        failed_runs_url=text(environ, "ASYNC_FAILURES_QUEUE_URL"),
        topic_arn=environ.get("ALARM_TOPIC_ARN", "").strip(),
        mails_on_quiet_days=flag(environ, "DIGEST_ON_QUIET_DAYS"),
        deployment=read_deployment(environ),
    )


def compose(log: Log) -> Composed[MakeDigest]:
    """Compose the digest."""
    return Composed(partial(_compose, log))


def _compose(log: Log) -> Callable[[], MakeDigest]:
    settings = read_settings(os.environ)
    make_clients("dynamodb", "events", "sqs")
    events, deployment = EventBridgeBus(name=settings.outcome_bus, log=log), settings.deployment
    make_digest = MakeDigest(
        table=DynamoStateTable(name=settings.table, log=log),
        changes=StuckReport(
            digests=DynamoDigestTable(settings.table, Digest), events=events, deployment=deployment, log=log
        ),
        daily=DailyReport(
            marks=DynamoDigestTable(settings.table, DailyDigest),
            tally=DynamoTally(settings.table),
            letters=SqsQueueDepth(settings.letters_url),
            failed_runs=SqsQueueDepth(settings.failed_runs_url),
            events=events,
            mail=SnsMail(settings.topic_arn) if settings.topic_arn else None,
            mails_on_quiet_days=settings.mails_on_quiet_days,
            deployment=deployment,
            log=log,
        ),
        clock=time.time,
        log=log,
    )
    return lambda: make_digest
