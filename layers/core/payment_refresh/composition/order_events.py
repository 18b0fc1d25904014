"""The composition root of ``order_events``."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from payment_refresh.adapters.aws import make_clients, read_secret
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.composition.environment import text
from payment_refresh.composition.policy import read_policy
from payment_refresh.composition.root import Composed
from payment_refresh.use_cases.receive_order_event.receiver import OrderEventParts, ReceiveOrderEvent
from payment_refresh.use_cases.receive_order_event.signature import WebhookSecrets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.domain.policy import Policy
    from payment_refresh.ports import EdgeLog


class Settings(NamedTuple):
    """What ``order_events`` needs."""

    table: str
    webhook_secret_arn: str
    policy: Policy


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises
    ------
    SettingsError
        A setting is missing or wrong; the message names it.
    """
    return Settings(
        table=text(environ, "STATE_TABLE_NAME"),
        webhook_secret_arn=text(environ, "WEBHOOK_SECRET_ARN"),
        policy=read_policy(environ),
    )


def compose(log: EdgeLog) -> ReceiveOrderEvent:
    """Compose the receiver, which also answers where a setting is wrong."""
    return ReceiveOrderEvent(parts=Composed(partial(_compose, log)).get, clock=time.time, log=log)


def _compose(log: EdgeLog) -> Callable[[], OrderEventParts]:
    settings = read_settings(os.environ)
    make_clients("dynamodb", "secretsmanager")
    fetch = partial(read_secret, settings.webhook_secret_arn)
    parts = OrderEventParts(
        secrets=WebhookSecrets(fetch=fetch, clock=time.time, log=log),
        table=DynamoStateTable(name=settings.table, log=log),
        policy=settings.policy,
    )
    return lambda: parts
