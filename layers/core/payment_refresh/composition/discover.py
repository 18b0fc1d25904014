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
from payment_refresh.composition.environment import duration, one_of, text
from payment_refresh.composition.policy import read_policy
from payment_refresh.composition.root import Composed
from payment_refresh.domain.discovery import Window
from payment_refresh.errors import SettingsError
from payment_refresh.rate_limit.budget import share
from payment_refresh.rate_limit.gcra import CHUNK
from payment_refresh.use_cases.discover_orders.run import DiscoverOrders
from payment_refresh.use_cases.discover_orders.webhook_health import WebhookHealth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.domain.policy import Policy
    from payment_refresh.ports import Log


class Settings(NamedTuple):
    """What ``discover`` needs; ``webhook_url`` tells which of the organization's webhooks are ours."""

    table: str
    api: ApiSettings
    window: Window
    webhook_url: str
    policy: Policy


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises
    ------
    SettingsError
        A setting is missing or wrong; the message names it.
    """
    policy = read_policy(environ)
    return Settings(
        table=text(environ, "STATE_TABLE_NAME"),
        api=read_api(environ),
        window=_read_window(environ, policy),
        webhook_url=text(environ, "WEBHOOK_URL"),
        policy=policy,
    )


def compose(log: Log) -> Composed[DiscoverOrders]:
    """Compose discover."""
    return Composed(partial(_compose, log))


def _compose(log: Log) -> Callable[[], DiscoverOrders]:
    settings = read_settings(os.environ)
    make_clients("dynamodb", "secretsmanager")
    # One call after the other: by booking several slots at a time, it gets its share beside refreshes in threads.
    lists = CommerceLayerLists(transport=make_transport(settings.api, settings.table, log, CHUNK), log=log)
    url_id = (urlsplit(settings.webhook_url).hostname or "").split(".")[0]
    discover = DiscoverOrders(
        orders=lists,
        table=DynamoStateTable(name=settings.table, log=log),
        cursors=DynamoCursorTable(settings.table),
        health=WebhookHealth(api=lists, url_id=url_id, log=log),
        policy=settings.policy,
        window=settings.window,
        circuits=PowertoolsCircuits(table=settings.table, log=log),
        calls=share(settings.api.calls_per_minute),
        clock=time.time,
        log=log,
    )
    return lambda: discover


def _read_window(environ: Mapping[str, str], policy: Policy) -> Window:
    """Read how far back discover looks: no further than ended watches are kept, or it would begin them again."""
    carts = one_of(environ, "DISCOVER_CARTS", ("true", "false")) == "true"
    window = Window(
        after=duration(environ, "DISCOVER_AFTER"),
        placed=(
            duration(environ, "DISCOVER_WINDOW")
            if environ.get("DISCOVER_WINDOW")
            else min(policy.give_up, policy.retention)
        ),
        carts=duration(environ, "DISCOVER_CART_WINDOW") if carts else None,
    )
    for name, length in (("DISCOVER_WINDOW", window.placed), ("DISCOVER_CART_WINDOW", window.carts)):
        if length is not None and window.after >= length:
            raise SettingsError(f"DISCOVER_AFTER must be shorter than {name}")
        if length is not None and length > policy.retention:
            raise SettingsError(f"{name} must not be longer than RETENTION_DAYS")
    return window
