"""The composition root of ``discover``."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from payment_refresh.adapters.aws import make_clients
from payment_refresh.adapters.commerce_layer.listings import CommerceLayerLists
from payment_refresh.adapters.dynamodb.circuits import PowertoolsCircuits
from payment_refresh.adapters.dynamodb.cursor import DynamoCursorTable
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.composition.commerce_layer import ApiSettings, make_transport, read_api
from payment_refresh.composition.environment import text
from payment_refresh.composition.root import Composed
from payment_refresh.composition.rules import log_clamps, read_rules
from payment_refresh.rate_limit.budget import share
from payment_refresh.rate_limit.gcra import CHUNK
from payment_refresh.use_cases.discover_orders.run import DiscoverOrders
from payment_refresh.use_cases.discover_orders.webhook_health import WebhookHealth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.composition.rules import Rules
    from payment_refresh.ports import Log


class Settings(NamedTuple):
    """What ``discover`` needs.

    Attributes
    ----------
    webhook_url
        Tells which of the organization's webhooks are ours; empty where none may be.
    bus
        The bus by which order events come; empty where none does.
    """

    table: str
    api: ApiSettings
    webhook_url: str
    bus: str
    rules: Rules


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises
    ------
    SettingsError
        A setting is missing or wrong; the message names it.
    """
    return Settings(
        table=text(environ, "STATE_TABLE_NAME"),
        api=read_api(environ),
        webhook_url=environ.get("WEBHOOK_URL", "").strip(),
        bus=environ.get("ORDER_EVENTS_BUS_NAME", "").strip(),
        rules=read_rules(environ),
    )


def compose(log: Log) -> Composed[DiscoverOrders]:
    """Compose discover."""
    return Composed(partial(_compose, log))


def _compose(log: Log) -> Callable[[], DiscoverOrders]:
    settings = read_settings(os.environ)
    log_clamps(settings.rules, log)
    make_clients("dynamodb", "secretsmanager")
    # One call after the other: by booking several slots at a time, it gets its share beside refreshes in threads.
    lists = CommerceLayerLists(transport=make_transport(settings.api, settings.table, log, CHUNK), log=log)
    url_id = (urlsplit(settings.webhook_url).hostname or "").split(".")[0] or None
    discover = DiscoverOrders(
        orders=lists,
        table=DynamoStateTable(name=settings.table, log=log),
        cursors=DynamoCursorTable(settings.table),
        health=WebhookHealth(api=lists, url_id=url_id, has_bus=bool(settings.bus), log=log),
        policy=settings.rules.policy,
        window=settings.rules.window,
        circuits=PowertoolsCircuits(table=settings.table, log=log),
        calls=share(settings.api.calls_per_minute),
        clock=time.time,
        log=log,
    )
    return lambda: discover
