"""A scenario's plan: from a seed, which orders are made when, and the story of each. Pure."""

from __future__ import annotations

import dataclasses
import random
from typing import TYPE_CHECKING, NamedTuple

from sandbox.courses import Cast
from sandbox.gateways import SECOND_GATEWAY
from sandbox.incidents import begins_at
from sandbox.kinds import KINDS
from sandbox.organization import Draft
from sandbox.resources import PAYMENT_TYPES
from sandbox.store import Ref, new_id
from sandbox.story import Step, Story

if TYPE_CHECKING:
    from sandbox.kinds import Kind
    from sandbox.scenario import Scenario
    from sandbox.story import Webhook

_ENDING_S = 30.0
"""Stories that live long begin so early that a watcher is done with them about so long after the last order."""
_SHORT_S = 30.0
"""How long a story may live at most that has the gateway that breaks for a while: others would be given up."""
_PATIENT_S = 60.0
"""How long orders must come in for stories to be played that take longer than a minute."""
_BEFORE_INCIDENT_S = (1.0, 5.0)


class _Beginning(NamedTuple):
    """How a story begins: of which kind, when, and what becomes of the gateway's webhook, if money comes."""

    name: str
    start: float
    webhook: Webhook | None


def plan(scenario: Scenario) -> list[Story]:
    """Decide everything that will happen to each order."""
    rng = random.Random(scenario.seed)  # noqa: S311 - a simulation
    names = _names(rng, scenario)
    rng.shuffle(names)
    fates = _fates(rng, scenario, names)
    starts = [_start(rng, scenario, KINDS[name]) for name in names]
    begun = sorted(range(len(names)), key=starts.__getitem__)
    types = [PAYMENT_TYPES[position % len(PAYMENT_TYPES)] for position in range(len(names))]
    rng.shuffle(types)
    stories = []
    for position, (drawn, type_) in enumerate(zip(begun, types, strict=True)):
        draft = _draft(rng, scenario, position, names[drawn], type_)
        beginning = _Beginning(names[drawn], starts[drawn], fates.get(drawn))
        stories.append(_story(rng, scenario, beginning, draft))
    return stories


def _names(rng: random.Random, scenario: Scenario) -> list[str]:
    """Name the kind of each order's story."""
    playable = scenario.playable
    shares = scenario.shares().items()
    names = [name for name, share in shares if name in playable for _ in range(round(share * scenario.orders))]
    if scenario.each:
        least = min(scenario.each, scenario.orders // len(playable))
        names += [name for name in playable for _ in range(least - names.count(name))]
        if not least:
            names = rng.sample(playable, scenario.orders)
    rest = scenario.orders - len(names)
    if scenario.only_on_purpose or scenario.kinds:
        return names[: scenario.orders] + rng.choices(playable, k=max(0, rest))
    return names[: scenario.orders] + ["paid"] * rest


def _fates(rng: random.Random, scenario: Scenario, names: list[str]) -> dict[int, Webhook]:
    """Decide for each story in which money comes whether the gateway's webhook arrives."""
    by_loss = [position for position, name in enumerate(names) if KINDS[name].paying == "by_loss"]
    drawn: list[Webhook] = ["lost"] * round(scenario.loss * len(by_loss))
    drawn += ["late"] * min(round(scenario.late * len(by_loss)), len(by_loss) - len(drawn))
    drawn += ["soon"] * (len(by_loss) - len(drawn))
    rng.shuffle(drawn)
    fates = dict(zip(by_loss, drawn, strict=True))
    for position, name in enumerate(names):
        kind = KINDS[name]
        if kind.paying in ("soon", "lost"):
            fates[position] = "soon" if kind.paying == "soon" else "lost"
        if kind.is_cart and position in fates and scenario.only_on_purpose:
            fates[position] = "soon"
    return fates


def _start(rng: random.Random, scenario: Scenario, kind: Kind) -> float:
    """Say when a story begins: what lives long early, and what meets an incident together shortly before that."""
    if kind.incident is not None:
        at = begins_at(kind.incident, scenario.duration_s)
        return max(0.0, at - rng.uniform(*_BEFORE_INCIDENT_S) * scenario.time_scale)
    latest = scenario.duration_s
    if scenario.each:
        latest = min(latest, max(latest / 6, latest + (_ENDING_S - kind.life_s) * scenario.time_scale))
    return rng.uniform(0, latest)


def _draft(rng: random.Random, scenario: Scenario, position: int, name: str, payment_type: str) -> Draft:
    kind = KINDS[name]
    amount = rng.randrange(500, 40_000)
    is_second_gateway = rng.random() < 0.5 and kind.life_s <= _SHORT_S and not kind.unheard
    if kind.incident == "broken_gateway":
        payment_type, is_second_gateway = PAYMENT_TYPES[0], True
    return Draft(
        order_id=new_id(rng),
        number=f"{scenario.seed % 1000 + 1:03d}{position + 1:05d}",
        payment_type=payment_type,
        payment_id=new_id(rng),
        amount_cents=amount,
        auto_capture=rng.random() < scenario.auto_capture if kind.captures is None else kind.captures,
        auto_place=rng.random() < (1.0 if scenario.only_on_purpose and kind.places else kind.places),
        place_async=rng.random() < scenario.place_async and not kind.is_cart,
        gateway_id=SECOND_GATEWAY if is_second_gateway and scenario.each else None,
        authorized_cents=None if kind.amounts is None else round(amount * rng.uniform(*kind.amounts)),
        oddities=kind.oddities,
    )


def _story(rng: random.Random, scenario: Scenario, beginning: _Beginning, draft: Draft) -> Story:
    name, start, webhook = beginning
    kind = KINDS[name]
    second = _second(rng, draft, kind)
    is_of_before = kind.course.__name__.startswith("stuck_before")
    start = 0.0 if is_of_before else start
    moment = begins_at(kind.incident, scenario.duration_s) - start if kind.incident else 0.0
    cast = Cast(
        rng=rng,
        draft=draft,
        webhook=webhook,
        of_first=_fate(rng, scenario),
        ages=(scenario.stuck_min_age_s, scenario.stuck_max_age_s),
        moment=moment / scenario.time_scale,
        patient=scenario.duration_s >= _PATIENT_S,
    )
    off = scenario.gateway_webhooks_off_after_s
    steps: list[Step] = []
    for step in kind.course(cast):
        at = round(start + step.at * scenario.time_scale, 6)
        if step.action != "webhook" or is_of_before or off is None or at < off:
            steps.append(dataclasses.replace(step, at=at))
        elif webhook is not None and step.second == kind.is_of_second:
            webhook = "lost"
    steps.sort(key=lambda step: step.at)
    # Dice of its own: which events are lost changes nothing else in the plan.
    luck = random.Random(f"{scenario.seed}:{draft.order_id}").random()  # noqa: S311 - a simulation
    deaf = luck < scenario.loss_order_events
    refusal = rng.choice(kind.refusals) if kind.refusals else None
    return Story(name, draft, webhook, tuple(steps), second, unheard=kind.unheard or deaf, refusal=refusal)


def _fate(rng: random.Random, scenario: Scenario) -> Webhook:
    dice = rng.random()
    if dice < scenario.loss:
        return "lost"
    return "late" if dice < scenario.loss + scenario.late else "soon"


def _second(rng: random.Random, draft: Draft, kind: Kind) -> Ref | None:
    """Choose the payment the shopper changes to: half of them of the same type, where that is one of them."""
    if not kind.second:
        return None
    others = [each for each in kind.second if each != draft.payment_type]
    is_same = draft.payment_type in kind.second and rng.random() < 0.5
    return Ref(draft.payment_type if is_same else rng.choice(others), new_id(rng))
