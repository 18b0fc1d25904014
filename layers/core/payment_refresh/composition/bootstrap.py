"""The composition roots: which adapters each function's use case gets, made once an environment.

Adapters are imported inside, so that a function's cold start pays only for what it uses.
"""

from __future__ import annotations

import os
import random
import time
import uuid
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from payment_refresh.composition.settings import (
    discover_settings,
    order_events_settings,
    refresh_settings,
    sweep_settings,
)
from payment_refresh.domain.modes import Modes, RunMode
from payment_refresh.rate_limit.budget import READS

if TYPE_CHECKING:
    from payment_refresh.adapters.commerce_layer.http import Transport
    from payment_refresh.composition.settings import ApiSettings
    from payment_refresh.domain.policy import Policy
    from payment_refresh.ports import Log, StateTable
    from payment_refresh.use_cases.check_payments.batch import CheckPayments
    from payment_refresh.use_cases.discover_orders.run import DiscoverOrders
    from payment_refresh.use_cases.dispatch_due import DispatchDue
    from payment_refresh.use_cases.receive_order_event.signature import WebhookSecrets


class OrderEventsParts(NamedTuple):
    """What ``order_events`` works with."""

    table: StateTable
    secrets: WebhookSecrets
    policy: Policy


@cache
def order_events(log: Log) -> OrderEventsParts:
    """The parts of ``order_events``."""
    from payment_refresh.adapters.aws import read_secret
    from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
    from payment_refresh.use_cases.receive_order_event.signature import WebhookSecrets

    settings = order_events_settings(os.environ)
    secrets = WebhookSecrets(fetch=partial(read_secret, settings.webhook_secret_arn), clock=time.time, log=log)
    return OrderEventsParts(DynamoStateTable(name=settings.table, log=log), secrets, settings.policy)


@cache
def sweep(log: Log) -> DispatchDue:
    """The sweep; it also marks the first deployment, since it runs every minute from then on."""
    from payment_refresh.adapters.dynamodb.circuits import PowertoolsCircuits
    from payment_refresh.adapters.dynamodb.rate_item import DynamoRateItem
    from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
    from payment_refresh.adapters.rate_limiter import SharedRateLimiter
    from payment_refresh.adapters.sqs import SqsPendingQueue
    from payment_refresh.adapters.thread_pool import ThreadPool
    from payment_refresh.rate_limit.budget import capacity
    from payment_refresh.use_cases.dispatch_due import DispatchDue

    settings = sweep_settings(os.environ)
    table = DynamoStateTable(name=settings.table, log=log)
    table.first_seen(int(time.time()))
    rate_limiter = SharedRateLimiter(
        item=DynamoRateItem(table=settings.table), calls_per_minute=settings.calls_per_minute
    )
    circuits = PowertoolsCircuits(table=settings.table, log=log)

    def room() -> int:
        return capacity(settings.calls_per_minute, rate_limiter.snapshot(), circuit_open=circuits.is_open(READS))

    return DispatchDue(
        table=table,
        queue=SqsPendingQueue(url=settings.queue_url, log=log),
        clock=time.time,
        new_token=_new_token,
        capacity=room,
        pool=ThreadPool(),
        lease=settings.lease,
        log=log,
    )


@cache
def discover(log: Log) -> DiscoverOrders:
    """DiscoverOrders."""
    from payment_refresh.adapters.commerce_layer.listings import CommerceLayerLists
    from payment_refresh.adapters.dynamodb.circuits import PowertoolsCircuits
    from payment_refresh.adapters.dynamodb.cursor import DynamoCursorTable
    from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
    from payment_refresh.rate_limit.budget import share
    from payment_refresh.rate_limit.gcra import CHUNK
    from payment_refresh.use_cases.discover_orders.run import DiscoverOrders
    from payment_refresh.use_cases.discover_orders.webhook_health import WebhookHealth

    settings = discover_settings(os.environ)
    lists = CommerceLayerLists(transport=_transport(settings.api, settings.table, log, CHUNK), log=log)
    url_id = (urlsplit(settings.webhook_url).hostname or "").split(".")[0]
    return DiscoverOrders(
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


@cache
def refresh(log: Log) -> CheckPayments:
    """The refresh."""
    from payment_refresh.adapters.commerce_layer.payments import CommerceLayerApi
    from payment_refresh.adapters.dynamodb.circuits import PowertoolsCircuits
    from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
    from payment_refresh.adapters.eventbridge import EventBridgeBus
    from payment_refresh.adapters.sqs import SqsDeadLetterQueue
    from payment_refresh.adapters.thread_pool import ThreadPool
    from payment_refresh.use_cases.check_payments.admission import Admission
    from payment_refresh.use_cases.check_payments.batch import CheckPayments
    from payment_refresh.use_cases.outbox import Outbox

    settings = refresh_settings(os.environ)
    table = DynamoStateTable(name=settings.table, log=log)
    transport = _transport(settings.api, settings.table, log)
    act_after = table.first_seen(int(time.time())) if settings.act_after is None else settings.act_after

    return CheckPayments(
        table=table,
        admission=Admission(
            table=table,
            policy=settings.policy,
            clock=time.time,
            new_token=_new_token,
            lease=settings.lease,
            log=log,
        ),
        outbox=Outbox(
            table=table,
            letters=SqsDeadLetterQueue(url=settings.letters_url, log=log),
            events=EventBridgeBus(name=settings.outcome_bus, log=log),
            modes=Modes(run=settings.run_mode, api=settings.api.mode),
            log=log,
        ),
        commerce_layer=CommerceLayerApi(transport=transport, log=log),
        rate_limiter=transport.rate_limiter,
        circuits=PowertoolsCircuits(table=settings.table, log=log),
        pool=ThreadPool(),
        observe=settings.run_mode is RunMode.OBSERVE,
        act_after=act_after,
        policy=settings.policy,
        clock=time.time,
        jitter=partial(random.uniform, -1, 1),
        log=log,
    )


def _transport(settings: ApiSettings, table: str, log: Log, at_a_time: int = 1) -> Transport:
    """Make what calls Commerce Layer, with the one pace of all environments."""
    from payment_refresh.adapters.aws import read_secret
    from payment_refresh.adapters.commerce_layer.http import TokenEndpoint, Transport, make_client
    from payment_refresh.adapters.commerce_layer.token import TokenSource
    from payment_refresh.adapters.dynamodb.rate_item import DynamoRateItem
    from payment_refresh.adapters.rate_limiter import SharedRateLimiter

    http = make_client()
    tokens = TokenSource(
        post=TokenEndpoint(http, settings.auth_url).post,
        read_secret=partial(read_secret, settings.secret_arn),
        clock=time.time,
        organization=settings.organization,
        mode=settings.mode,
    )
    rate_limiter = SharedRateLimiter(
        item=DynamoRateItem(table=table), calls_per_minute=settings.calls_per_minute, at_a_time=at_a_time
    )
    return Transport(base_url=settings.base_url, http=http, tokens=tokens, rate_limiter=rate_limiter, log=log)


def _new_token() -> str:
    return uuid.uuid4().hex
