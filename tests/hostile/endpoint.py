"""Runs a function's handler as Lambda does, over fakes made anew for every example."""

from __future__ import annotations

import base64
import io
import json
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.policy import DAY
from payment_refresh.use_cases.receive_order_event.receiver import OrderEventParts, ReceiveOrderEvent
from payment_refresh.use_cases.receive_order_event.signature import WebhookSecrets, sign
from tests.hostile.strict_table import StrictStateTable
from tests.integration.handlers.conftest import Context
from tests.support.clock import START, FakeClock
from tests.support.functions import COMPOSED, Fakes, imported
from tests.support.world import World
from tests.unit.outcome_schemas import check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECRET = "canary-shared-secret"
TOPIC = "orders.place"
HEADER = "x-commercelayer-signature"
NOW = START + 31 * DAY
"""A little later than the sample documents are from."""


def _stream() -> io.TextIOWrapper:
    """Where a function writes: as strict as a real one about what is no text."""
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n", write_through=True)


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    text = stream.read()
    stream.seek(0, io.SEEK_END)
    return text


@dataclass(slots=True, kw_only=True)
class Function:
    """One function's handler, its world, and all it wrote.

    Attributes
    ----------
    secret_reads
        When the webhook secret was read, by the world's clock.
    """

    world: World
    handler: Any
    logged: io.TextIOWrapper = field(default_factory=_stream)
    printed: io.TextIOWrapper = field(default_factory=_stream)
    secret_reads: list[float] = field(default_factory=list)

    def run(self, event: Mapping[str, Any]) -> Any:
        """Invoke it."""
        with redirect_stdout(self.printed):
            return self.handler(event, Context())

    @property
    def table(self) -> StrictStateTable:
        """The table, which counts reads."""
        assert isinstance(self.world.table, StrictStateTable)
        return self.world.table

    @property
    def log(self) -> list[dict[str, Any]]:
        """The log lines."""
        return [json.loads(line) for line in _written(self.logged).split("\n") if line]

    @property
    def text(self) -> str:
        """All it wrote: log and metrics."""
        return _written(self.logged) + _written(self.printed)


@contextmanager
def function(name: str, world: World | None = None) -> Iterator[Function]:
    """Give a function over a world, or a new one; the events that it sends must conform to their schemas."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as last:
        patch.setenv("POWERTOOLS_SERVICE_NAME", "payment-refresh")
        patch.setenv("POWERTOOLS_METRICS_NAMESPACE", "PaymentRefresh")
        app = last.enter_context(imported(name))
        world = world or World(table=StrictStateTable(), clock=FakeClock(NOW))
        made = Function(world=world, handler=app.handler)

        def secrets() -> dict[str, object]:
            made.secret_reads.append(made.world.clock.now)
            return {TOPIC: [SECRET, "previous-secret"], "orders.pay": ["another-secret"]}

        if name == "order_events":
            webhook_secrets = WebhookSecrets(fetch=secrets, clock=world.clock, log=app.logger)
            receiver = ReceiveOrderEvent(
                parts=lambda: OrderEventParts(webhook_secrets, made.world.table, made.world.policy),
                clock=world.clock,
                log=app.logger,
            )
            patch.setattr(app, COMPOSED[name], receiver)
        else:
            patch.setattr(app, COMPOSED[name], Fakes(lambda: made.world.refresher(app.logger)))
        patch.setattr(app.logger.registered_handler, "stream", made.logged)
        yield made
        check(made.world.events.details)


def request(body: bytes, *, signature: str | None = None, **parts: Any) -> dict[str, Any]:
    """A request as the Function URL hands it on, rightly signed where no other signature is given.

    A body that is text comes as text, anything else in base64, as AWS does it.
    """
    try:
        text, is_base64 = body.decode(), False
    except UnicodeDecodeError:
        text, is_base64 = base64.b64encode(body).decode(), True
    signed = sign(body, SECRET) if signature is None else signature
    return {
        "version": "2.0",
        "rawPath": f"/{TOPIC}",
        "headers": {HEADER: signed},
        "requestContext": {"http": {"method": "POST", "path": f"/{TOPIC}"}},
        "body": text,
        "isBase64Encoded": is_base64,
    } | parts
