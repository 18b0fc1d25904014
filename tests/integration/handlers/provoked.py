"""Situations in which the functions emit the metrics that somebody looks at, each in a world of its own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.policy import DAY, HOUR
from payment_refresh.errors import (
    CredentialsRefused,
    MayNotRead,
    MayNotUpdate,
    NoBudget,
    PermissionMissing,
    RateLimited,
    ServerError,
)
from payment_refresh.use_cases.check_payments.isolation import ISOLATED_ATTEMPTS, POISON_SUSPECT_CLAIMS
from tests.integration.handlers.sample_events import load
from tests.integration.handlers.test_queue_functions import batch, manual
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.handlers.conftest import Functions, Output

    type Situation = Callable[[Functions], Iterator[Output]]


def schedules(functions: Functions) -> Iterator[Output]:
    """Nothing is due, listed or stuck."""
    for name in ("sweep_schedule", "discover_schedule", "digest_schedule"):
        yield functions.run_file(name)


def events(functions: Functions) -> Iterator[Output]:
    """An order event ends a watch, then one has a wrong signature, and then a setting cannot be read."""
    order = samples.order(id="aUtHoRiZeA", kind="checkout_com_payments", source_id="pAyAuThOri")
    functions.world.table.put(samples.watch(order, functions.world.policy))
    yield functions.run_file("order_events_bus_authorize")
    yield functions.run("order_events", load("order_events_place") | {"body": "{}"})
    app = vars(functions.apps["order_events"])
    receiver = app["receiver"]
    app["receiver"] = replace(receiver, parts=lambda: receiver.parts()._replace(unreadable=1))
    yield functions.run_file("order_events_place")


def settlements(functions: Functions) -> Iterator[Output]:
    """One is settled by our refresh."""
    world, order = functions.world, samples.order()
    world.event(order)
    world.commerce_layer.put(order)
    world.commerce_layer.on_refresh(
        samples.key(), partial(world.commerce_layer.put, samples.authorized(order, START))
    )
    yield functions.run("refresh", batch(manual("a")))


def pending(functions: Functions) -> Iterator[Output]:
    """Payments of all ages stay pending."""
    for name, age in {"a": 60, "b": HOUR, "c": DAY, "d": 8 * DAY}.items():
        order = samples.order(name, at=START - age)
        functions.world.event(order)
        functions.world.commerce_layer.put(order)
    yield functions.run("refresh", batch(*map(manual, "abcd")))


def ends(functions: Functions) -> Iterator[Output]:
    """A watch of each kind ends, but for what only observing reports."""
    world, cart = functions.world, samples.cart("b", at=START - 20 * DAY)
    world.table.put(
        samples.watch(
            samples.order("a"), world.policy, claims=POISON_SUSPECT_CLAIMS, isolated_attempts=ISOLATED_ATTEMPTS
        ),
        samples.watch(cart, world.policy, refreshes=3, refreshed_at=START - 2 * world.policy.first),
        samples.watch(samples.order("c"), world.policy, first_absent_at=START - HOUR, absent_twice=True),
    )
    world.commerce_layer.put(cart, samples.authorized(samples.order("d"), START, payment_status="voided"))
    world.events.refused = {"PaymentClosed"}
    yield functions.run("refresh", batch(*map(manual, "abcd")))


def observing(functions: Functions) -> Iterator[Output]:
    """A watch ends that is only observed."""
    functions.world.run_mode = RunMode.OBSERVE
    order = samples.order(at=START - 25 * DAY)
    functions.world.event(order)
    functions.world.commerce_layer.put(order)
    yield functions.run("refresh", batch(manual("a")))


def no_answers(functions: Functions) -> Iterator[Output]:
    """Lists fail in several ways."""
    functions.world.event(samples.order())
    for kind in (RateLimited, NoBudget, CredentialsRefused, MayNotRead):
        functions.world.commerce_layer.down = kind("no answer")
        yield functions.run("refresh", batch(manual("a")))


def refreshes_that_fail(functions: Functions) -> Iterator[Output]:
    """Of one payment alone, then of all, for a right that the role lacks."""
    world = functions.world
    for name in "abc":
        world.event(samples.order(name))
        world.commerce_layer.put(samples.order(name))
    world.commerce_layer.script("refresh", str(samples.key("a")), ServerError("500"))
    yield functions.run("refresh", batch(*map(manual, "abc")))
    world.commerce_layer.fail("refresh", "*", MayNotUpdate("no right"))
    yield functions.run("refresh", batch(*map(manual, "abc")))


def hidden_payments(functions: Functions) -> Iterator[Output]:
    """Payments answer 404, and nothing confirms that they are gone."""
    world = functions.world
    for name in "abc":
        order = samples.order(name)
        world.commerce_layer.hidden.add(order.id)
        world.table.put(samples.watch(order, world.policy, first_absent_at=START - HOUR, absent_twice=True))
        world.commerce_layer.script("retrieve", f"orders#{order.id}", PermissionMissing("no right"))
    yield functions.run("refresh", batch(*map(manual, "abc")))


SITUATIONS: tuple[Situation, ...] = (
    schedules,
    events,
    settlements,
    pending,
    ends,
    observing,
    no_answers,
    refreshes_that_fail,
    hidden_payments,
)
