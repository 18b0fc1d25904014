"""A scenario: from a seed, which orders are made when, and the story of each. Pure: same input, same plan."""

from __future__ import annotations

import dataclasses
import random
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.courses import CARTS, TWO_PAYMENTS, course
from sandbox.organization import Draft
from sandbox.resources import PAYMENT_TYPES
from sandbox.store import Ref, new_id
from sandbox.story import Step, Story, Webhook

_DIVIDED = {
    "carts": {"cart_abandoned": 0.5, "cart_paid": 0.3, "cart_cancelled": 0.2},
    "stuck_before": {"stuck_before_paid": 0.5, "stuck_before_settled": 0.3, "stuck_before_unpaid": 0.2},
}
"""Shares that are divided between several stories."""

_MIXES = {
    "plain": {},
    "all": {
        "closed_tab": 0.04,
        "changed_source": 0.04,
        "old_source_wins": 0.03,
        "double_payment": 0.03,
        "cancelled_late_money": 0.03,
        "stuck_before": 0.05,
        "loss_order_events": 0.05,
    },
}
"""What a request that names a mix need not name itself."""

_PAYING = (
    "paid",
    "declined_retried",
    "cart_paid",
    "closed_tab",
    "changed_source",
    "old_source_wins",
    "double_payment",
    "cancelled_late_money",
)
"""Stories in which money comes, and for which `loss` and `late` decide."""
_LONG_AGO: dict[str, Webhook] = {"stuck_before_paid": "lost", "stuck_before_settled": "soon"}
"""Stories in which money came long ago."""
_SECOND_PAYS = ("changed_source", "double_payment")
"""Stories that are about the second of their payments."""
_SHARES = (
    *("declined", "declined_retried", "never_paid", "carts", "closed_tab", "changed_source"),
    *("old_source_wins", "double_payment", "cancelled_late_money", "stuck_before"),
)
"""Parameters that say how many orders have a story; the rest of the orders are simply paid."""
_ABOVE_0 = ("orders", "duration_s", "time_scale", "stuck_min_age_s", "stuck_max_age_s")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What to play. Shares are of all orders; `loss` and `late` are of those that get paid."""

    orders: int = 240
    seed: int = 1
    duration_s: float = 60.0
    """Over how long the orders are created; their stories go on a little longer."""
    mix: Literal["plain", "all"] = "plain"
    """``all`` gives the shares from `closed_tab` to `stuck_before`, and `loss_order_events`, a small value
    where the request gives none; ``plain`` leaves them 0."""
    loss: float = 0.2
    late: float = 0.1
    declined: float = 0.05
    declined_retried: float = 0.08
    never_paid: float = 0.05
    carts: float = 0.15
    closed_tab: float = 0.0
    """A cart that is paid and never placed: the tab was closed."""
    changed_source: float = 0.0
    """Placed and paid with the second payment; the first was never paid."""
    old_source_wins: float = 0.0
    """A cart with a second payment, paid with the first; its money places it."""
    double_payment: float = 0.0
    """Two payments, both paid: of a placed order, or of a cart that the first money to come places."""
    cancelled_late_money: float = 0.0
    """Placed, cancelled while unpaid, then paid."""
    stuck_before: float = 0.0
    """Placed long ago, with no order event: paid with the webhook lost or not, or never paid."""
    stuck_min_age_s: float = 7_200.0
    stuck_max_age_s: float = 432_000.0
    """How long ago the orders of `stuck_before` were placed, from two hours to five days."""
    place_async: float = 0.1
    auto_capture: float = 0.3
    loss_order_events: float = 0.0
    """Share of the orders none of whose webhooks is ever sent."""
    gateway_webhooks_off_after_s: float | None = None
    """The gateway's webhooks are lost from this second on."""
    time_scale: float = 1.0
    """Stretches or shortens the pauses within each order's story."""

    def __post_init__(self) -> None:
        if self.mix not in list(_MIXES):
            raise ValueError(f"mix must be one of {', '.join(_MIXES)}, got {self.mix!r}")
        for each in dataclasses.fields(self):
            if each.name != "mix":
                self._check(each.name, getattr(self, each.name))
        if sum(getattr(self, name) for name in _SHARES) > 1 + 1e-9:
            raise ValueError(f"{', '.join(_SHARES[:-1])} and {_SHARES[-1]} together must not exceed 1")
        if self.loss + self.late > 1:
            raise ValueError("loss and late together must not exceed 1")
        if self.stuck_min_age_s > self.stuck_max_age_s:
            raise ValueError("stuck_min_age_s must not exceed stuck_max_age_s")

    @staticmethod
    def _check(name: str, value: object) -> None:
        if name == "gateway_webhooks_off_after_s" and value is None:
            return
        whole = name in ("orders", "seed")
        if not isinstance(value, int if whole else (int, float)) or isinstance(value, bool):
            raise ValueError(f"{name} must be a {'whole ' if whole else ''}number, got {value!r}")
        if name in _ABOVE_0:
            if value <= 0:
                raise ValueError(f"{name} must be above 0, got {value!r}")
        elif name == "gateway_webhooks_off_after_s":
            if value < 0:
                raise ValueError(f"{name} must not be negative, got {value!r}")
        elif name != "seed" and not 0 <= value <= 1:
            raise ValueError(f"{name} must be 0 to 1, got {value!r}")

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
        mix = values.get("mix")
        return cls(**(_MIXES.get(mix, {}) if isinstance(mix, str) else {}) | values)


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
    fates |= {position: _LONG_AGO[name] for position, name in enumerate(names) if name in _LONG_AGO}
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
    shares: dict[str, float] = {}
    for parameter in _SHARES:
        share = getattr(scenario, parameter)
        shares |= {name: share * part for name, part in _DIVIDED.get(parameter, {parameter: 1.0}).items()}
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
        auto_place=name in ("cart_paid", "old_source_wins") or (name == "double_payment" and rng.random() < 0.5),
        place_async=rng.random() < scenario.place_async and name not in CARTS,
    )


def _story(
    rng: random.Random, scenario: Scenario, name: str, webhook: Webhook | None, start: float, draft: Draft
) -> Story:
    second = _second(rng, draft) if name in TWO_PAYMENTS else None
    long_ago = name.startswith("stuck_before")
    start = 0.0 if long_ago else start
    of_first = _fate(rng, scenario) if name == "double_payment" else "lost"
    ages = (scenario.stuck_min_age_s, scenario.stuck_max_age_s)
    off = scenario.gateway_webhooks_off_after_s
    steps: list[Step] = []
    for step in course(rng, name, (webhook, of_first), draft, ages):
        at = round(start + step.at * scenario.time_scale, 6)
        if step.action != "webhook" or long_ago or off is None or at < off:
            steps.append(dataclasses.replace(step, at=at))
        elif webhook is not None and step.second == (name in _SECOND_PAYS):
            webhook = "lost"
    steps.sort(key=lambda step: step.at)
    # Dice of its own: which events are lost changes nothing else in the plan.
    luck = random.Random(f"{scenario.seed}:{draft.order_id}").random()  # noqa: S311 - a simulation
    deaf = luck < scenario.loss_order_events
    return Story(name, draft, webhook, tuple(steps), second, unheard=long_ago or deaf)


def _fate(rng: random.Random, scenario: Scenario) -> Webhook:
    dice = rng.random()
    if dice < scenario.loss:
        return "lost"
    return "late" if dice < scenario.loss + scenario.late else "soon"


def _second(rng: random.Random, draft: Draft) -> Ref:
    """Choose the payment the shopper changes to: half of them of another type."""
    others = [each for each in PAYMENT_TYPES if each != draft.payment_type]
    return Ref(draft.payment_type if rng.random() < 0.5 else rng.choice(others), new_id(rng))
