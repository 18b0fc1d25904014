"""A deployment in virtual time: schedules, queues and order events start the real handlers over the fakes."""

from __future__ import annotations

import io
import logging
import warnings
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.composition.sweep import Sweeper
from payment_refresh.domain.mode_mark import ModeMark
from payment_refresh.use_cases.heartbeat import record_mode
from payment_refresh.use_cases.receive_order_event.receiver import OrderEventParts, ReceiveOrderEvent
from payment_refresh.use_cases.receive_order_event.signature import WebhookSecrets
from tests.alarms.template_alarms import NAMESPACE, alarms, of_function, of_queue
from tests.support.alarm_rules import MINUTE, Numbers
from tests.support.functions import COMPOSED, Fakes, imported
from tests.support.indexed_table import IndexedStateTable
from tests.support.mark import FakeMark
from tests.support.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

    from payment_refresh.domain.deployment import RunMode
    from payment_refresh.domain.order import Order

LOGICAL = {name: "".join(part.capitalize() for part in name.split("_")) for name in COMPOSED}
HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE
DIGEST_AT = 6 * HOUR


@dataclass(slots=True)
class Context:
    """The context that Lambda gives a function; its invocations have all the time they need."""

    function_name: str = "payment-refresh"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:payment-refresh"
    aws_request_id: str = "00000000-0000-4000-8000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds before the invocation is ended."""
        return 120_000


@dataclass(slots=True, kw_only=True)
class Ground:
    """A deployment, and the numbers that CloudWatch has of it.

    Attributes
    ----------
    secrets
        What Secrets Manager holds for the webhooks.
    unreadable
        Settings that order_events cannot read.
    stopped
        Schedules that are disabled, by their function.
    acts
        Called each minute, for what happens in the shop.
    """

    world: World
    apps: Mapping[str, ModuleType]
    secrets: dict[str, object]
    numbers: Numbers = field(default_factory=Numbers)
    unreadable: int = 0
    stopped: set[str] = field(default_factory=set)
    acts: list[Callable[[], object]] = field(default_factory=list)
    mode_mark: FakeMark[ModeMark] = field(default_factory=lambda: FakeMark(ModeMark()))

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """Invoke a function; what it raises is one of Lambda's errors."""
        printed, answer, failed = io.StringIO(), None, 0
        with redirect_stdout(printed), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "No application metrics")
            try:
                answer = self.apps[function].handler(event, Context())
            except Exception:
                failed = 1
        for line in printed.getvalue().splitlines():
            self.numbers.add_emf(line, at=self.world.now)
        self.numbers.add(of_function("Errors", LOGICAL[function]), self.world.now, failed)
        return answer

    def order_event(self, order: Order) -> None:
        """Let an order event come by the bus."""
        self.invoke("order_events", {"id": "event", "detail-type": "orders", "detail": document(order)})

    def deploy(self, mode: RunMode) -> None:
        """Deploy the stack with a mode."""
        world = self.world
        world.run_mode = mode
        world.fell_back_at = record_mode(self.mode_mark, mode, world.now, world.log)

    def run(self, minutes: int) -> None:
        """Let minutes pass."""
        for _ in range(minutes):
            self.world.clock.advance(MINUTE - self.world.now % MINUTE)
            for act in list(self.acts):
                act()
            self._minute(self.world.now)

    def _minute(self, now: int) -> None:
        world = self.world
        if "sweep" not in self.stopped:
            self.invoke("sweep", {})
        if now % (15 * MINUTE) == 0 and "discover" not in self.stopped:
            self.invoke("discover", {})
        if now % HOUR == 0:
            self.invoke("digest", {"counts_only": True})
        if now % DAY == DIGEST_AT:
            self.invoke("digest", {})
        while world.queue.waiting and "refresh" not in self.stopped:
            batch = world.queue.receive()
            records = [{"messageId": name, "body": body} for name, body in batch.items()]
            answer = self.invoke("refresh", {"Records": records})
            failed = batch if answer is None else [it["itemIdentifier"] for it in answer["batchItemFailures"]]
            world.queue.settle(batch, failed)
            if failed:
                break  # they are out of sight for a while
        world.letters_waiting.messages = len(world.letters.letters)
        self.numbers.add(
            of_queue("ApproximateNumberOfMessagesVisible", "PendingPaymentsDeadLetterQueue"),
            now,
            len(world.letters.letters),
        )

    def rang(self, name: str, since: int) -> list[tuple[int, bool]]:
        """List when an alarm's state changed, in minutes after a moment, and whether it rang from then on."""
        changes = alarms()[name].changes(self.numbers, since, self.world.now)
        return [((at - since) // MINUTE, rings) for at, rings in changes]


@contextmanager
def laid() -> Iterator[Ground]:
    """Lay the ground: a new world, and the functions' modules over it."""
    world = World()
    world.table = IndexedStateTable(clock=world.clock)
    secrets: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as environment, ExitStack() as last:
        environment.setenv("POWERTOOLS_SERVICE_NAME", "payment-refresh")
        environment.setenv("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE)
        apps = {name: last.enter_context(imported(name)) for name in COMPOSED}
        ground = Ground(world=world, apps=apps, secrets=secrets)

        def parts() -> OrderEventParts:
            found = WebhookSecrets(fetch=lambda: secrets, clock=world.clock, log=world.log)
            return OrderEventParts(found, world.table, world.policy, ground.unreadable)

        log = logging.getLogger("nowhere")
        composed: dict[str, object] = {
            "order_events": ReceiveOrderEvent(parts=parts, clock=world.clock, log=log),
            "discover": Fakes(world.discoverer),
            "sweep": Fakes(lambda: Sweeper(world.sweeper(), world.heartbeat())),
            "refresh": Fakes(world.refresher),
            "digest": Fakes(world.digester),
        }
        for name, made in composed.items():
            environment.setattr(apps[name], COMPOSED[name], made)
            environment.setattr(apps[name].logger.registered_handler, "stream", io.StringIO())
        yield ground


def document(order: Order) -> dict[str, Any]:
    """Write an order as the body of a webhook, as far as it is read."""
    source = {"type": order.source_type, "id": order.source_id} if order.source_type else None
    attributes = {
        "number": order.number,
        "status": order.status,
        "payment_status": order.payment_status,
        "currency_code": order.currency,
        "total_amount_with_taxes_cents": order.amount_cents,
        **{
            name: getattr(order, name)
            for name in ("placed_at", "cancelled_at", "created_at", "updated_at", "payment_updated_at")
        },
    }
    data = {
        "type": "orders",
        "id": order.id,
        "attributes": attributes,
        "relationships": {"payment_source": {"data": source}},
    }
    included = [source | {"attributes": {"stripe_id": order.gateway_id}}] if source else []
    return {"data": data, "included": included}
