"""The course of each story: its steps in seconds since its start, drawn from the scenario's dice."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.story import Step

if TYPE_CHECKING:
    import random
    from collections.abc import Generator, Iterator

    from sandbox.organization import Draft
    from sandbox.story import Webhook

type Ages = tuple[float, float]
"""The youngest and the oldest that an order from before can be, in seconds."""


@dataclass(frozen=True, slots=True)
class Cast:
    """What a course is drawn from.

    Attributes
    ----------
    webhook
        Whether the gateway's webhook arrives for the payment the story is about.
    of_first
        The same of the first of two payments that are both paid.
    moment
        Seconds after the story's start of what the order meets together with others.
    patient
        Whether there is time for what takes longer than a minute.
    """

    rng: random.Random
    draft: Draft
    webhook: Webhook | None
    of_first: Webhook
    ages: Ages
    moment: float = 0.0
    patient: bool = True


def paid(cast: Cast) -> Iterator[Step]:
    """Place the order, and pay it."""
    now = yield from placed(cast)
    yield from pay(cast, now)


def paid_in_cart(cast: Cast) -> Iterator[Step]:
    """Pay, and place nothing: the money may place the order, or the tab was closed."""
    now = yield from opening(cast)
    yield from pay(cast, now, slow=False)


def never_paid(cast: Cast) -> Iterator[Step]:
    """Place the order only."""
    yield from placed(cast)


def declined(cast: Cast) -> Iterator[Step]:
    """Place the order; the gateway refuses the payment."""
    yield from _refused(cast)


def declined_retried(cast: Cast) -> Iterator[Step]:
    """Pay on the second attempt."""
    now = yield from _refused(cast)
    yield from pay(cast, now)


def cart_abandoned(cast: Cast) -> Iterator[Step]:
    """Leave a cart behind."""
    yield from opening(cast)


def cart_cancelled(cast: Cast) -> Iterator[Step]:
    """Cancel a cart."""
    now = yield from opening(cast)
    yield Step(now + cast.rng.uniform(1, 5), "cancelled")


def cancelled_late_money(cast: Cast) -> Iterator[Step]:
    """Place the order, cancel it while unpaid, then pay."""
    now = yield from placed(cast)
    now += cast.rng.uniform(1, 4)
    yield Step(now, "cancelled")
    # A refresh that was under way when the order was cancelled is over by then.
    yield from pay(cast, now + 1.0)


def changed_source(cast: Cast) -> Iterator[Step]:
    """Change to another payment, and pay with that."""
    now = yield from _changing(cast, early=cast.rng.random() < 0.5)
    yield from _pay_with_second(cast, now)


def old_source_wins(cast: Cast) -> Iterator[Step]:
    """Change to another payment, and pay with the first."""
    now = yield from _changing(cast, early=True)
    now += cast.rng.uniform(0.2, 4)
    yield Step(now, "confirm")
    yield from webhook(cast.rng, now, cast.webhook)


def double_payment(cast: Cast) -> Iterator[Step]:
    """Pay with both payments; the money of one of them moves the order."""
    now = yield from _changing(cast, early=cast.rng.random() < 0.5)
    now += cast.rng.uniform(0.2, 4)
    yield Step(now, "confirm")
    yield from webhook(cast.rng, now, cast.of_first)
    yield from _pay_with_second(cast, now, longest=3)


def stuck_before_unpaid(cast: Cast) -> Iterator[Step]:
    """Make an order at once, all of it in the past: within some minutes, hours or days ago."""
    yield from _long_ago(cast)


def stuck_before_paid(cast: Cast) -> Iterator[Step]:
    """Make such an order that was paid soon after."""
    placed_ago = yield from _long_ago(cast)
    yield Step(0.0, "confirm", ago=placed_ago * cast.rng.uniform(0.9, 0.99))


def stuck_before_settled(cast: Cast) -> Iterator[Step]:
    """Make such an order whose payment the gateway reported."""
    placed_ago = yield from _long_ago(cast)
    paid_ago = placed_ago * cast.rng.uniform(0.9, 0.99)
    yield Step(0.0, "confirm", ago=paid_ago)
    yield Step(0.0, "webhook", ago=paid_ago - min(paid_ago / 2, cast.rng.uniform(0.2, 12)))


def opening(cast: Cast, *, early: bool | None = None) -> Generator[Step, None, float]:
    """Create the order; `early` has the payment source when the order becomes pending (None: dice decide)."""
    # An order becomes pending when it has a customer and items, often before the shopper chose how to pay.
    now = 0.0
    early = cast.rng.random() < 0.5 if early is None else early
    yield Step(now, "create")
    if early:
        yield Step(now, "attach")
    yield Step(now, "pending")
    if not early:
        now += cast.rng.uniform(0.1, 0.6)
        yield Step(now, "attach")
    return now


def placed(cast: Cast) -> Generator[Step, None, float]:
    """Create the order, and place it."""
    now = yield from opening(cast)
    return (yield from placement(cast, now + cast.rng.uniform(0.4, 1.2)))


def placement(cast: Cast, now: float) -> Generator[Step, None, float]:
    """Place an order, in one step or in two."""
    if cast.draft.place_async:
        yield Step(now, "placing")
        now += cast.rng.uniform(0.2, 0.5)
    yield Step(now, "placed")
    return now


def pay(cast: Cast, now: float, *, slow: bool = True) -> Iterator[Step]:
    """Pay after a moment; a few shoppers are slow."""
    now += 15 if slow and cast.rng.random() < 0.03 else cast.rng.uniform(0.2, 6)
    yield Step(now, "confirm")
    yield from webhook(cast.rng, now, cast.webhook)


def webhook(rng: random.Random, now: float, fate: Webhook | None, *, second: bool = False) -> Iterator[Step]:
    """Let the gateway's webhook arrive some time after the money, or never."""
    if fate != "lost":
        pause = rng.uniform(0.2, 1.5) if fate == "soon" else rng.uniform(4, 12)
        yield Step(now + pause, "webhook", second=second)


def _refused(cast: Cast) -> Generator[Step, None, float]:
    now = yield from placed(cast)
    now += cast.rng.uniform(0.2, 6)
    yield Step(now, "decline")
    now += cast.rng.uniform(0.2, 1.5)
    yield Step(now, "webhook")
    return now


def _changing(cast: Cast, *, early: bool) -> Generator[Step, None, float]:
    """Attach a payment, then another, and place the order, unless its money does."""
    now = yield from opening(cast, early=early)
    now += cast.rng.uniform(0.3, 1.5)
    yield Step(now, "attach", second=True)
    if not cast.draft.auto_place:
        now = yield from placement(cast, now + cast.rng.uniform(0.4, 1.2))
    return now


def _pay_with_second(cast: Cast, now: float, longest: float = 4) -> Iterator[Step]:
    now += cast.rng.uniform(0.2, longest)
    yield Step(now, "confirm", second=True)
    yield from webhook(cast.rng, now, cast.webhook, second=True)


def _long_ago(cast: Cast) -> Generator[Step, None, float]:
    youngest, oldest = cast.ages
    placed_ago = math.exp(cast.rng.uniform(math.log(youngest), math.log(oldest)))
    yield Step(0.0, "create", ago=placed_ago + 300)
    yield Step(0.0, "attach", ago=placed_ago + 240)
    yield Step(0.0, "pending", ago=placed_ago + 240)
    yield Step(0.0, "placed", ago=placed_ago)
    return placed_ago
