"""The composition root of ``refresh``."""

from __future__ import annotations

import os
import random
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from payment_refresh.adapters.aws import make_clients
from payment_refresh.adapters.commerce_layer.payments import CommerceLayerApi
from payment_refresh.adapters.dynamodb.circuits import PowertoolsCircuits
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.adapters.dynamodb.tally import DynamoTally
from payment_refresh.adapters.eventbridge import EventBridgeBus
from payment_refresh.adapters.sqs import SqsDeadLetterQueue
from payment_refresh.adapters.thread_pool import ThreadPool
from payment_refresh.composition import environment
from payment_refresh.composition.commerce_layer import ApiSettings, make_transport, read_api
from payment_refresh.composition.deployment import read_deployment
from payment_refresh.composition.environment import UNITS
from payment_refresh.composition.root import Composed, new_token
from payment_refresh.composition.rules import log_clamps, read_rules
from payment_refresh.domain.deployment import RunMode
from payment_refresh.use_cases.check_payments.admission import Admission
from payment_refresh.use_cases.check_payments.batch import CheckPayments
from payment_refresh.use_cases.check_payments.checker import Scope
from payment_refresh.use_cases.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.composition.rules import Rules
    from payment_refresh.domain.deployment import Deployment
    from payment_refresh.ports import Log


FRESH = 24 * UNITS["h"]
"""Seconds before the first deployment from which on orders are acted on, where no other time is set."""


class Settings(NamedTuple):
    """What ``refresh`` needs.

    Attributes
    ----------
    act_after
        Epoch seconds UTC; None for `FRESH` before the first deployment.
    """

    table: str
    letters_url: str
    outcome_bus: str
    api: ApiSettings
    deployment: Deployment
    act_after: float | None
    lease: int
    rules: Rules


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises
    ------
    SettingsError
        A setting is missing or wrong; the message names it.
    """
    return Settings(
        table=environment.text(environ, "STATE_TABLE_NAME"),
        letters_url=environment.text(environ, "DEAD_LETTER_QUEUE_URL"),
        outcome_bus=environment.text(environ, "OUTCOME_BUS_NAME"),
        api=read_api(environ),
        deployment=read_deployment(environ),
        act_after=environment.time(environ, "ACT_ON_ORDERS_AFTER"),
        lease=environment.duration(environ, "CLAIM_LEASE"),
        rules=read_rules(environ),
    )


def compose(log: Log) -> Composed[CheckPayments]:
    """Compose the check of payments; it reads the mark of the first deployment where no other time is set."""
    return Composed(partial(_compose, log))


def _compose(log: Log) -> Callable[[], CheckPayments]:
    settings = read_settings(os.environ)
    policy = settings.rules.policy
    log_clamps(settings.rules, log)
    make_clients("dynamodb", "secretsmanager", "events")
    table = DynamoStateTable(name=settings.table, log=log)
    transport = make_transport(settings.api, settings.table, log)
    check_payments = partial(
        CheckPayments,
        table=table,
        admission=Admission(
            table=table,
            policy=policy,
            clock=time.time,
            new_token=new_token,
            lease=settings.lease,
            log=log,
        ),
        outbox=Outbox(
            table=table,
            letters=SqsDeadLetterQueue(url=settings.letters_url, log=log),
            events=EventBridgeBus(name=settings.outcome_bus, log=log),
            deployment=settings.deployment,
            tally=DynamoTally(settings.table),
            log=log,
        ),
        commerce_layer=CommerceLayerApi(transport=transport, log=log),
        rate_limiter=transport.rate_limiter,
        circuits=PowertoolsCircuits(table=settings.table, log=log),
        pool=ThreadPool(),
        policy=policy,
        clock=time.time,
        jitter=partial(random.uniform, -1, 1),
        log=log,
    )

    def start() -> CheckPayments:
        act_after = settings.act_after
        if act_after is None:
            act_after = table.first_seen(int(time.time())) - FRESH
        observe = settings.deployment.run_mode is RunMode.OBSERVE
        return check_payments(scope=Scope(observe=observe, act_after=act_after))

    return start
