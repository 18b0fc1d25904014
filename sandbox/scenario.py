"""A scenario: from a seed, which orders are made when, and the story of each. Pure: same input, same plan."""

from __future__ import annotations

import dataclasses
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sandbox.organization import Draft
from sandbox.resources import PAYMENT_TYPES
from sandbox.store import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator

type Action = Literal[
    "create", "attach", "pending", "placing", "placed", "cancelled", "confirm", "decline", "webhook"
]
type Webhook = Literal["soon", "late", "lost"]

_CARTS = {"cart_abandoned": 0.5, "cart_paid": 0.3, "cart_cancelled": 0.2}
"""How the carts' share is divided."""
_PAYING = ("paid", "declined_retried", "cart_paid")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What to play. Shares are of all orders; `loss` and `late` are of those that get paid."""

    orders: int = 240
    seed: int = 1
    duration_s: float = 60.0
    """Over how long the orders are created; their stories go on a little longer."""
    loss: float = 0.2
    late: float = 0.1
    declined: float = 0.05
    declined_retried: float = 0.08
    never_paid: float = 0.05
    carts: float = 0.15
    place_async: float = 0.1
    auto_capture: float = 0.3
    loss_order_events: float = 0.0
    """Share of the order webhooks that are never sent."""
    time_scale: float = 1.0
    """Stretches or shortens the pauses within each order's story."""

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            value = getattr(self, each.name)
            whole = each.name in ("orders", "seed")
            if type(value) not in ((int,) if whole else (int, float)):
                raise ValueError(f"{each.name} must be a {'whole ' if whole else ''}number, got {value!r}")
            share = each.name not in ("orders", "seed", "duration_s", "time_scale")
            if (share and not 0 <= value <= 1) or (not share and each.name != "seed" and value <= 0):
                raise ValueError(f"{each.name} must be {'0 to 1' if share else 'above 0'}, got {value!r}")
        if self.declined + self.declined_retried + self.never_paid + self.carts > 1:
            raise ValueError("declined, declined_retried, never_paid and carts together must not exceed 1")
        if self.loss + self.late > 1:
            raise ValueError("loss and late together must not exceed 1")

    @classmethod
    def read(cls, values: dict[str, Any]) -> Scenario:
        """Make a scenario from a request's body.

        Raises
        ------
        ValueError
            When a name is unknown or a value impossible.
        """
        known = {each.name for each in dataclasses.fields(cls)}
        if unknown := sorted(values.keys() - known):
            raise ValueError(f"unknown in a scenario: {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        return cls(**values)


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """Something that happens to an order, `at` seconds after the scenario's start."""

    at: float
    action: Action


@dataclass(frozen=True, slots=True)
class Story:
    """One order, and all that happens to it."""

    name: str
    draft: Draft
    webhook: Webhook | None
    """How the gateway's webhook fares; None when nothing is ever authorized."""
    steps: tuple[Step, ...]


def plan(scenario: Scenario) -> list[Story]:
    """Decide everything that will happen."""
    rng = random.Random(scenario.seed)  # noqa: S311 - a simulation
    names = _names(scenario)
    rng.shuffle(names)
    paying = [position for position, name in enumerate(names) if name in _PAYING]
    webhooks: list[Webhook] = ["lost"] * round(scenario.loss * len(paying))
    webhooks += ["late"] * min(round(scenario.late * len(paying)), len(paying) - len(webhooks))
    webhooks += ["soon"] * (len(paying) - len(webhooks))
    rng.shuffle(webhooks)
    fates = dict(zip(paying, webhooks, strict=True))
    starts = sorted(rng.uniform(0, scenario.duration_s) for _ in names)
    types = [PAYMENT_TYPES[position % len(PAYMENT_TYPES)] for position in range(len(names))]
    rng.shuffle(types)
    return [
        _story(
            rng,
            scenario,
            name,
            fates.get(position),
            starts[position],
            _draft(rng, scenario, position, name, type_),
        )
        for position, (name, type_) in enumerate(zip(names, types, strict=True))
    ]


def _names(scenario: Scenario) -> list[str]:
    shares = {name: getattr(scenario, name) for name in ("declined", "declined_retried", "never_paid")}
    shares |= {name: share * scenario.carts for name, share in _CARTS.items()}
    names = [name for name, share in shares.items() for _ in range(round(share * scenario.orders))]
    return names[: scenario.orders] + ["paid"] * (scenario.orders - len(names))


def _draft(rng: random.Random, scenario: Scenario, position: int, name: str, payment_type: str) -> Draft:
    return Draft(
        order_id=new_id(rng),
        number=f"{scenario.seed % 1000 + 1:03d}{position + 1:05d}",
        payment_type=payment_type,
        payment_id=new_id(rng),
        amount_cents=rng.randrange(500, 40_000),
        auto_capture=rng.random() < scenario.auto_capture,
        auto_place=name == "cart_paid",
        place_async=rng.random() < scenario.place_async and not name.startswith("cart_"),
    )


def _story(
    rng: random.Random, scenario: Scenario, name: str, webhook: Webhook | None, start: float, draft: Draft
) -> Story:
    steps = tuple(
        Step(round(start + offset * scenario.time_scale, 6), action)
        for offset, action in _course(rng, name, webhook, place_async=draft.place_async)
    )
    return Story(name, draft, webhook, steps)


def _course(
    rng: random.Random, name: str, webhook: Webhook | None, *, place_async: bool
) -> Iterator[tuple[float, Action]]:
    """Give the steps of a story, in order, with seconds since its start."""
    now = 0.0
    yield now, "create"
    # An order becomes pending when it has a customer and items, often before the shopper chose how to pay.
    early = rng.random() < 0.5
    if early:
        yield now, "attach"
    yield now, "pending"
    if not early:
        now += rng.uniform(0.1, 0.6)
        yield now, "attach"
    if name == "cart_abandoned":
        return
    if name == "cart_cancelled":
        yield now + rng.uniform(1, 5), "cancelled"
        return
    if name != "cart_paid":
        now += rng.uniform(0.4, 1.2)
        if place_async:
            yield now, "placing"
            now += rng.uniform(0.2, 0.5)
        yield now, "placed"
    if name == "never_paid":
        return
    if name in ("declined", "declined_retried"):
        now += rng.uniform(0.2, 6)
        yield now, "decline"
        heard = now + rng.uniform(0.2, 1.5)
        yield heard, "webhook"
        if name == "declined":
            return
        now = heard
    slow = rng.random() < 0.03 and name != "cart_paid"
    now += 15 if slow else rng.uniform(0.2, 6)
    yield now, "confirm"
    if webhook != "lost":
        yield now + (rng.uniform(0.2, 1.5) if webhook == "soon" else rng.uniform(4, 12)), "webhook"
