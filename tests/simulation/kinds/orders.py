"""Kinds that differ by what the order says: unknown statuses, other amounts, parts, messages, ties."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from payment_refresh.times import to_iso
from tests.simulation.case import COST
from tests.simulation.gateway import Shortfall
from tests.simulation.kinds.kind import Kind
from tests.simulation.shop import MERCHANT, SHOPPER
from tests.simulation.truth import (
    ATTEMPT_FAILED,
    EITHER,
    GIVEN_UP,
    MISMATCH,
    NOT_PLACED,
    SETTLED,
    STILL_PENDING,
    truth,
)
from tests.simulation.weather import DAY, MINUTE
from tests.support import samples

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.simulation.case import Case
    from tests.simulation.kernel import Script


def on_hold(case: Case) -> Script:
    """The order has a status that nobody knows, and was placed; it is paid in the end, or never."""
    yield from case.opens()
    case.change(SHOPPER, status=case.dice.choice(("on_hold", "in_review")), placed_at=to_iso(case.now))
    if case.likely(0.5):
        days = case.some_day()
        case.truth = SETTLED if days < case.patience else EITHER
        yield days
        yield from case.confirms()


def stays_placing(case: Case) -> Script:
    """The money is there, and the order stays as it was while it was being placed; some are placed after all."""
    yield from case.opens()
    case.places("placing")
    yield case.soon()
    yield from case.confirms(lost=False)
    if case.likely(0.5):
        case.truth = truth("settled", calls=NOT_PLACED)
        yield case.dice.uniform(MINUTE, DAY)
        case.change(MERCHANT, status="placed")


def less(case: Case) -> Script:
    """Less is authorized than the order costs, which the order takes for authorized."""
    if case.shop.habits.by_bus and not case.shop.habits.shows_source:
        case.truth = truth("settled", calls=MISMATCH)  # an event may settle it that shows neither
    yield from case.opens()
    case.places()
    yield case.soon()
    yield from case.confirms(cents=case.dice.randrange(100, COST), shortfall=Shortfall.SETTLED)


def more(case: Case) -> Script:
    """More is authorized than the order costs."""
    if not case.shop.habits.shows_authorizations or case.shop.habits.by_bus:
        case.truth = truth("settled", calls=MISMATCH)  # that it is more, only the amounts show
    yield from case.opens()
    case.places()
    yield case.soon()
    yield from case.confirms(cents=case.dice.randrange(COST + 1, 3 * COST))


def edited(case: Case) -> Script:
    """Less is authorized while the order is being edited, and then it costs just that."""
    cents = case.dice.randrange(100, COST)
    yield from case.opens()
    case.places()
    case.change(MERCHANT, status="editing")
    yield case.soon()
    yield from case.confirms(cents=cents, shortfall=Shortfall.SETTLED)
    yield case.dice.uniform(MINUTE, DAY)
    case.change(MERCHANT, status="placed", amount_cents=cents, mismatched=False)


def _with_gift_card(case: Case) -> Generator[float, None, int]:
    """Let a gift card pay a part of the order; gives how much is left."""
    part = case.dice.randrange(100, COST)
    yield from case.opens()
    gift = samples.attempt(f"g{case.number}-money", case.key(), case.now, succeeded=True)
    gift = replace(gift, payment_id=f"g{case.number}", amount_cents=part, transaction_id=f"gift_{case.number}")
    status = case.dice.choice(("partially_authorized", "partially_paid"))
    case.change(SHOPPER, payment_status=status, authorizations=(gift,))
    yield case.soon()
    case.places()
    return COST - part


def rest_paid(case: Case) -> Script:
    """The rest of a gift card's order is paid."""
    rest = yield from _with_gift_card(case)
    yield case.dice.choice((20, 0.9 * case.patience)) * case.dice.random()
    yield from case.confirms(cents=rest)


def rest_never_paid(case: Case) -> Script:
    """The rest of a gift card's order is never paid."""
    yield from _with_gift_card(case)


def declined_in_words(case: Case) -> Script:
    """A failed attempt bears a message, and no code."""
    if not case.shop.habits.shows_authorizations:
        case.truth = GIVEN_UP
    yield from case.opens()
    case.places()
    yield case.soon()
    yield from case.declines(speaks=False)


def tied(case: Case) -> Script:
    """Two events have the same time, and the one without the money may come last."""
    yield from case.opens()
    case.places()
    yield case.soon()
    case.change(MERCHANT)
    case.shop.hear_at_once(case.key())


KINDS = (
    Kind(script=on_hold, weight=7, truth=GIVEN_UP),
    Kind(script=stays_placing, weight=6, truth=truth("settled", must=NOT_PLACED)),
    Kind(script=less, weight=6, truth=truth("settled", must=MISMATCH)),
    Kind(script=more, weight=5, truth=SETTLED),
    Kind(script=edited, weight=4, truth=SETTLED),
    Kind(script=rest_paid, weight=6, truth=SETTLED, on_purpose=True),
    Kind(script=rest_never_paid, weight=3, truth=GIVEN_UP),
    Kind(
        script=declined_in_words,
        weight=4,
        truth=truth("dead_lettered", must=f"{ATTEMPT_FAILED} {STILL_PENDING}"),
    ),
    Kind(script=tied, weight=6, truth=SETTLED, on_purpose=True),
)
