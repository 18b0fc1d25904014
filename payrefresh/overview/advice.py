"""Advice on one watch: where to look the payment up, and what a person has to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.deployment import ApiMode
from payment_refresh.domain.digest_mail import money
from payment_refresh.domain.vocabulary import Notice, Status
from payrefresh.overview.words import EVIDENCE, GATEWAYS, NOTICES, REASONS, advised, said, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payment_refresh.domain.watch import Watch

STRIPE = "https://dashboard.stripe.com/{mode}payments/{id}"


def amount(cents: int | None, currency: str | None) -> str:
    """An amount with its currency, with as many digits as that has."""
    if cents is None:
        return "unknown"
    return money(cents, currency) if currency else f"{cents} of the smallest unit of an unknown currency"


def where_to_look(watch: Watch, mode: ApiMode) -> str:
    """What to search for at the gateway."""
    if watch.key.is_order:
        return "not known: Commerce Layer has not said which payment the order has"
    gateway = GATEWAYS.get(watch.key.type, watch.key.type)
    if watch.gateway_id is None:
        return f"{gateway}: its own id is not known; search there for the order's number, amount and time"
    if watch.key.type == "stripe_payments":
        place = STRIPE.format(mode="test/" if mode is ApiMode.TEST else "", id=watch.gateway_id)
        return f"{gateway}: {watch.gateway_id} ({place})"
    return f"{gateway}: search for {watch.gateway_id} in its dashboard"


def to_do(watch: Watch) -> tuple[str, ...]:
    """What a person has to do, in order; empty where nothing is to be done."""
    return tuple(_to_do(watch))


def _to_do(watch: Watch) -> Iterator[str]:
    if watch.notice is not None:
        yield from _by_notice(watch, watch.notice)
    if watch.status in (Status.DEAD_LETTERED, Status.REPORTED):
        reason = advised(REASONS, watch.reason) if watch.reason is not None else None
        if reason is not None and reason.to_do:
            yield sentence(reason.to_do)
        if watch.status is Status.DEAD_LETTERED:
            yield f"Then have it watched again: payrefresh redrive {watch.key.id}"
        else:
            yield f"Have it asked about once, and refreshed if the stack may: payrefresh check {watch.key.id}"
        yield f'Or say that nothing is left to do: payrefresh acknowledge {watch.key.id} --note "why"'
    elif watch.status is Status.MISSING:
        yield "Find out in Commerce Layer why the payment of a placed order is gone, and whether the shopper paid."


def _by_notice(watch: Watch, notice: Notice) -> Iterator[str]:
    advice = advised(NOTICES, notice)
    held, total = amount(watch.held_cents, watch.currency), amount(watch.amount_cents, watch.currency)
    more = ""
    if notice is Notice.AMOUNT_MISMATCH and watch.held_cents is not None:
        more = f" ({held} is held, the order costs {total})"
    elif notice is Notice.SUPERSEDED:
        other = f"the other payment is {watch.other_payment_id or 'not known'}"
        if watch.other_held_cents is not None:
            other += f" and holds {amount(watch.other_held_cents, watch.currency)}"
        evidence = f"; {said(EVIDENCE, watch.evidence)}" if watch.evidence is not None else ""
        more = f" ({other}{evidence})"
    yield sentence(f"{advice.meaning}{more}{': ' if advice.to_do else ''}{advice.to_do}")
