"""The course of each story: its steps in seconds since its start, drawn from the scenario's dice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sandbox.story import Step

if TYPE_CHECKING:
    import random
    from collections.abc import Generator, Iterator

    from sandbox.organization import Draft
    from sandbox.story import Webhook

CARTS = ("cart_abandoned", "cart_paid", "cart_cancelled", "closed_tab", "old_source_wins")
"""Stories whose order nobody places: it stays a cart, or the money places it."""

TWO_PAYMENTS = ("changed_source", "old_source_wins", "double_payment")
"""Stories in which the shopper changes from one payment to another."""

type Ages = tuple[float, float]
"""The youngest and the oldest that an order from before can be, in seconds."""


def course(
    rng: random.Random,
    name: str,
    webhooks: tuple[Webhook | None, Webhook],
    draft: Draft,
    ages: Ages,
) -> Iterator[Step]:
    """Give the steps of a story.

    `webhooks` says whether the gateway's webhook arrives for the payment the story is about, and for the first of
    two payments that are both paid.
    """
    if name.startswith("stuck_before"):
        return _long_ago(rng, name, ages)
    if name in TWO_PAYMENTS:
        return _two_payments(rng, name, webhooks, draft)
    return _one_payment(rng, name, webhooks[0], draft)


def _one_payment(rng: random.Random, name: str, webhook: Webhook | None, draft: Draft) -> Iterator[Step]:
    now = yield from _opening(rng, early=rng.random() < 0.5)
    if name == "cart_abandoned":
        return
    if name == "cart_cancelled":
        yield Step(now + rng.uniform(1, 5), "cancelled")
        return
    if name not in CARTS:
        now = yield from _placement(rng, now + rng.uniform(0.4, 1.2), draft)
    if name == "never_paid":
        return
    if name == "cancelled_late_money":
        now += rng.uniform(1, 4)
        yield Step(now, "cancelled")
        now += 1.0  # a refresh that was under way when the order was cancelled is over by then
    if name in ("declined", "declined_retried"):
        now += rng.uniform(0.2, 6)
        yield Step(now, "decline")
        heard = now + rng.uniform(0.2, 1.5)
        yield Step(heard, "webhook")
        if name == "declined":
            return
        now = heard
    slow = rng.random() < 0.03 and name not in CARTS
    now += 15 if slow else rng.uniform(0.2, 6)
    yield Step(now, "confirm")
    yield from _webhook(rng, now, webhook)


def _two_payments(
    rng: random.Random, name: str, webhooks: tuple[Webhook | None, Webhook], draft: Draft
) -> Iterator[Step]:
    """Attach a payment, then another; the money comes by the second, by the first, or by both."""
    webhook, of_first = webhooks
    now = yield from _opening(rng, early=name == "old_source_wins" or rng.random() < 0.5)
    now += rng.uniform(0.3, 1.5)
    yield Step(now, "attach", second=True)
    if not draft.auto_place:
        now = yield from _placement(rng, now + rng.uniform(0.4, 1.2), draft)
    now += rng.uniform(0.2, 4)
    if name == "old_source_wins":
        yield Step(now, "confirm")
        yield from _webhook(rng, now, webhook)
        return
    if name == "double_payment":
        yield Step(now, "confirm")
        yield from _webhook(rng, now, of_first)
        now += rng.uniform(0.2, 3)
    yield Step(now, "confirm", second=True)
    yield from _webhook(rng, now, webhook, second=True)


def _long_ago(rng: random.Random, name: str, ages: Ages) -> Iterator[Step]:
    """Make an order at once, all of it in the past: within some minutes, hours or days ago."""
    youngest, oldest = ages
    placed = math.exp(rng.uniform(math.log(youngest), math.log(oldest)))
    yield Step(0.0, "create", ago=placed + 300)
    yield Step(0.0, "attach", ago=placed + 240)
    yield Step(0.0, "pending", ago=placed + 240)
    yield Step(0.0, "placed", ago=placed)
    if name == "stuck_before_unpaid":
        return
    paid = placed * rng.uniform(0.9, 0.99)
    yield Step(0.0, "confirm", ago=paid)
    if name == "stuck_before_settled":
        yield Step(0.0, "webhook", ago=paid - min(paid / 2, rng.uniform(0.2, 12)))


def _opening(rng: random.Random, *, early: bool) -> Generator[Step, None, float]:
    """Create the order; `early` has the payment source when the order becomes pending."""
    # An order becomes pending when it has a customer and items, often before the shopper chose how to pay.
    now = 0.0
    yield Step(now, "create")
    if early:
        yield Step(now, "attach")
    yield Step(now, "pending")
    if not early:
        now += rng.uniform(0.1, 0.6)
        yield Step(now, "attach")
    return now


def _placement(rng: random.Random, now: float, draft: Draft) -> Generator[Step, None, float]:
    if draft.place_async:
        yield Step(now, "placing")
        now += rng.uniform(0.2, 0.5)
    yield Step(now, "placed")
    return now


def _webhook(rng: random.Random, paid: float, webhook: Webhook | None, *, second: bool = False) -> Iterator[Step]:
    if webhook != "lost":
        pause = rng.uniform(0.2, 1.5) if webhook == "soon" else rng.uniform(4, 12)
        yield Step(paid + pause, "webhook", second=second)
