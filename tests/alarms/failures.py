"""Steps of the stories: what fails in a shop or its deployment, and what mends it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.listed import TOPICS, GatewayState, WebhookState
from payment_refresh.domain.vocabulary import Evidence, Notice, OutboxItem, SettledBy, Status
from payment_refresh.errors import MayNotRead, MayNotUpdate
from payment_refresh.use_cases.receive_order_event.signature import sign
from tests.alarms.ground import HOUR, document
from tests.alarms.shop import Shop
from tests.alarms.template_alarms import of_queue
from tests.support import samples

if TYPE_CHECKING:
    from payment_refresh.domain.deployment import RunMode
    from payment_refresh.errors import CommerceLayerError
    from tests.support.alarm_rules import Name

type Step = Callable[[Shop], None]


def nothing(_shop: Shop) -> None:
    """It ends by itself."""


def may_not_update(shop: Shop) -> None:
    """The role may read payments, and may not update them."""
    shop.ground.world.commerce_layer.fail("refresh", "*", MayNotUpdate("the role may not update"))


def may_update(shop: Shop) -> None:
    """It may again."""
    shop.ground.world.commerce_layer.forget("refresh")


def number(name: Name, value: float = 1, minutes: int = 1) -> Step:
    """Let a metric of AWS's, which no handler emits, have a value for some minutes."""

    def begin(shop: Shop) -> None:
        left = iter(range(minutes))

        def act() -> None:
            if next(left, None) is not None:
                shop.ground.numbers.add(name, shop.ground.world.now, value)

        shop.ground.acts.append(act)

    return begin


def gateway_webhook(lost: float) -> Step:
    """Let so many of the gateway's webhooks be lost."""

    def step(shop: Shop) -> None:
        shop.lost = lost

    return step


def registered(**changes: object) -> list[WebhookState]:
    """The webhooks that point to the stack, each changed in the same way."""
    facts: dict[str, object] = {"callback_url": "https://our-url-id.lambda-url.eu-west-1.on.aws/x"} | changes
    return [WebhookState(id=topic, topic=topic, **facts) for topic in TOPICS]  # type: ignore[arg-type]  # of many types


def webhooks(**changes: object) -> Step:
    """Let the organization's webhooks be like this."""

    def step(shop: Shop) -> None:
        shop.ground.world.has_bus = False
        shop.ground.world.listing.webhooks = registered(**changes)

    return step


def one_webhook(**changes: object) -> Step:
    """Let the first of them be like this, and the others be well."""

    def step(shop: Shop) -> None:
        shop.ground.world.listing.webhooks = [registered(**changes)[0], *registered()[1:]]

    return step


def wrongly_signed(shop: Shop) -> None:
    """The shared secret of a webhook is regenerated: each of its deliveries is refused, and tried again."""
    shop.ground.secrets |= {topic: ["the old one"] for topic in TOPICS}

    def deliver() -> None:
        body = json.dumps(document(samples.order()))
        request = {
            "rawPath": "/orders.place",
            "headers": {"x-commercelayer-signature": sign(body.encode(), "the new one")},
            "requestContext": {"http": {"method": "POST"}},
            "body": body,
        }
        shop.ground.invoke("order_events", request)

    shop.ground.acts.append(deliver)


def stop_acts(shop: Shop) -> None:
    """What was done each minute is done no more."""
    del shop.ground.acts[1:]


def dead_letter(shop: Shop) -> None:
    """A payment is given up, and its letter is sent."""
    world = shop.ground.world
    order = samples.order("stuck", at=shop.now - 24 * 24 * HOUR)
    world.table.put(samples.dead_lettered(order, world.policy, at=shop.now, due_at=int(shop.now)))
    world.letters.letters.append("{}")


def acknowledged(shop: Shop) -> None:
    """A person acknowledges it and deletes its letter."""
    message = {"type": "stripe_payments", "id": "pay-stuck", "acknowledge": "paid by bank transfer"}
    shop.ground.world.queue.put(json.dumps(message))
    shop.ground.world.letters.letters.clear()


def letter_expired(shop: Shop) -> None:
    """The letter expires after 14 days; the row is dead-lettered as before."""
    shop.ground.world.letters.letters.clear()


def second_charge(shop: Shop) -> None:
    """An event of a second charge waits in a row's outbox."""
    world = shop.ground.world
    order = samples.authorized(samples.order("twice", at=shop.now), shop.now)
    world.table.put(
        samples.watch(
            order,
            world.policy,
            status=Status.CLOSED,
            notice=Notice.SUPERSEDED,
            evidence=Evidence.MONEY,
            settled_by=SettledBy.REFRESH,
            ended_at=int(shop.now),
            due_at=int(shop.now),
            outbox=samples.outbox_of(OutboxItem.SUPERSEDED),
            announced=samples.outbox_of(OutboxItem.SUPERSEDED),
        )
    )


def given_up(shop: Shop) -> None:
    """Payments are given up one after the other: their age of giving up has come."""
    world = shop.ground.world
    for name in "xyz":
        order = samples.order(name, at=shop.now - 25 * 24 * HOUR)
        world.commerce_layer.put(order)
        world.table.put(samples.watch(order, world.policy, due_at=int(shop.now)))


def bus_refuses(shop: Shop) -> None:
    """The bus takes no events."""
    shop.ground.world.events.refused = {"PaymentSettled"}


def bus_takes(shop: Shop) -> None:
    """It takes them again."""
    shop.ground.world.events.refused = set()


def stop(function: str) -> Step:
    """Disable a schedule."""
    return lambda shop: shop.ground.stopped.add(function)


def start(function: str) -> Step:
    """Enable it."""
    return lambda shop: shop.ground.stopped.discard(function)


def deploy(mode: RunMode) -> Step:
    """Deploy the stack with a mode."""
    return lambda shop: shop.ground.deploy(mode)


def refuse_all(error: CommerceLayerError) -> Step:
    """Let every call to Commerce Layer end like this."""

    def step(shop: Shop) -> None:
        shop.ground.world.commerce_layer.down = error
        for operation in ("list_orders", "list_webhooks", "stripe_gateways", "checkout_com_gateways"):
            shop.ground.world.listing.faults.add(operation, error, times=1_000)

    return step


def answer_all(shop: Shop) -> None:
    """Let it answer again."""
    shop.ground.world.commerce_layer.down = None
    shop.ground.world.listing.faults.clear()


def may_not_list(shop: Shop) -> None:
    """The role may read orders, and may not list webhooks."""
    error = MayNotRead("the role may not list webhooks")
    shop.ground.world.listing.faults.add("list_webhooks", error, times=1_000)


def cannot_be_read(shop: Shop) -> None:
    """A parameter cannot be read, which order events say."""
    shop.ground.unreadable = 1


def readable(shop: Shop) -> None:
    """It is corrected."""
    shop.ground.unreadable = 0


def not_found(shop: Shop) -> None:
    """A person asks for payments that answer 404, and nothing confirms it: no other of their type is known."""
    world, kind = shop.ground.world, "satispay_payments"
    for name in "mno":
        order = samples.order(name, at=shop.now - HOUR, kind=kind)
        world.commerce_layer.put(order)
        world.commerce_layer.hidden.add(order.id)
        del world.commerce_layer.payments[samples.key(name, kind)]
        world.commerce_layer.fail("retrieve", f"orders#{order.id}", MayNotRead("the role may not read orders"))
        absent: dict[str, Any] = {"first_absent_at": int(shop.now) - HOUR, "absent_twice": True}
        world.table.put(samples.watch(order, world.policy, due_at=int(shop.now) + HOUR, **absent))
        world.queue.put(json.dumps({"type": kind, "id": f"pay-{name}"}))


def gateways(*, has_webhook: bool) -> Step:
    """Let the organization have one gateway."""
    gateway = GatewayState(type="stripe_gateways", id="gAtEwAy", name="Stripe", has_webhook=has_webhook)

    def step(shop: Shop) -> None:
        shop.ground.world.listing.gateways = [gateway]

    return step


QUEUED, AGE = (
    of_queue(name, "PendingPaymentsQueue")
    for name in ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage")
)


def waiting(shop: Shop) -> None:
    """Messages wait in the queue and are not received."""
    number(QUEUED, 3, minutes=30)(shop)
    number(AGE, 1200, minutes=30)(shop)
