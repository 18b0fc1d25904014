"""The composition root of ``order_events``."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from payment_refresh.adapters.aws import PROMPT, make_clients, read_secret
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.composition.environment import text
from payment_refresh.composition.root import Composed
from payment_refresh.composition.rules import log_clamps, read_rules
from payment_refresh.use_cases.receive_order_event.receiver import OrderEventParts, ReceiveOrderEvent
from payment_refresh.use_cases.receive_order_event.signature import WebhookSecrets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.composition.rules import Rules
    from payment_refresh.errors import SettingsError
    from payment_refresh.ports import EdgeLog


class Settings(NamedTuple):
    """What ``order_events`` needs.

    Attributes
    ----------
    unreadable
        Settings in whose place the default holds: a webhook that is refused for them would be switched off.
    """

    table: str
    webhook_secret_arn: str
    rules: Rules
    unreadable: tuple[SettingsError, ...]


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings; of the merchant's rules, those that cannot be read take their defaults.

    Raises
    ------
    SettingsError
        There is no table or no secret; the message names it.
    """
    unreadable: list[SettingsError] = []
    rules = read_rules(environ, unreadable=unreadable.append)
    return Settings(
        table=text(environ, "STATE_TABLE_NAME"),
        webhook_secret_arn=text(environ, "WEBHOOK_SECRET_ARN"),
        rules=rules,
        unreadable=tuple(unreadable),
    )


def compose(log: EdgeLog) -> ReceiveOrderEvent:
    """Compose the receiver, which also answers where a setting is wrong."""
    return ReceiveOrderEvent(parts=Composed(partial(_compose, log)).get, clock=time.time, log=log)


def _compose(log: EdgeLog) -> Callable[[], OrderEventParts]:
    settings = read_settings(os.environ)
    for error in settings.unreadable:
        log.error("setting_unreadable", extra={"detail": f"{error}; until then, its default holds"})
    log_clamps(settings.rules, log)
    make_clients("dynamodb", "secretsmanager", patience=PROMPT)
    fetch = partial(read_secret, settings.webhook_secret_arn, "WebhookSecretArn")
    parts = OrderEventParts(
        secrets=WebhookSecrets(fetch=fetch, clock=time.time, log=log),
        table=DynamoStateTable(name=settings.table, log=log),
        policy=settings.rules.policy,
        unreadable=len(settings.unreadable),
    )
    return lambda: parts
