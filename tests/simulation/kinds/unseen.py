"""Kinds of which no event ever comes: discover must find each, and announce it as what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.times import to_iso
from tests.simulation.case import COST
from tests.simulation.kinds.kind import Kind
from tests.simulation.shop import MERCHANT, SHOPPER
from tests.simulation.truth import (
    GIVEN_UP,
    MISMATCH,
    NOT_PLACED,
    ON_CANCELLED,
    SETTLED,
    STILL_PENDING,
    truth,
)
from tests.simulation.weather import DAY, HOUR, MINUTE
from tests.support.clock import START

if TYPE_CHECKING:
    from tests.simulation.case import Case
    from tests.simulation.kernel import Script

TOUCHED_EVERY = 29 * MINUTE
TOUCHES = 80
"""How often an ERP touches an order: for more than a day and a half, shorter apart than any quiet time."""


def _opens_unseen(case: Case) -> Script:
    case.silent.add(case.order_id)
    yield from case.opens()


def unseen_placing(case: Case) -> Script:
    yield from _opens_unseen(case)
    case.places("placing")
    yield case.soon()
    yield from case.confirms(lost=False)


def unseen_draft(case: Case) -> Script:
    yield from _opens_unseen(case)
    case.change(SHOPPER, status="draft")
    yield case.soon()
    yield from case.confirms(lost=False)


def unseen_cancelled(case: Case) -> Script:
    """The money came after the cancellation, or before it."""
    yield from _opens_unseen(case)
    case.places()
    yield case.soon()
    if case.likely(0.5):
        case.truth = truth("closed", closes="cancelled")
        yield from case.confirms(lost=False)
        case.cancels()
        return
    case.cancels()
    yield case.soon()
    yield from case.confirms(lost=False)


def unseen_part(case: Case) -> Script:
    if not case.shop.habits.shows_authorizations:
        case.truth = truth("dead_lettered", calls=MISMATCH, must=STILL_PENDING)
    yield from _opens_unseen(case)
    case.places()
    yield case.soon()
    yield from case.confirms(cents=case.dice.randrange(100, COST), lost=False)


def touched(case: Case) -> Script:
    """An ERP touches an order every half hour; it was paid, and the gateway's webhook lost, or never paid."""
    yield from _opens_unseen(case)
    case.places()
    if case.likely(0.7):
        case.truth = SETTLED
        yield from case.confirms(lost=True)
    for _ in range(TOUCHES):
        yield TOUCHED_EVERY
        case.change(MERCHANT)


def from_before(case: Case) -> Script:
    """An order that was placed and not paid long before the first deployment, touched lately."""
    placed_at = START - case.dice.uniform(1.2, 40) * DAY
    yield from case.opens(
        status="placed",
        placed_at=to_iso(placed_at),
        created_at=to_iso(placed_at - HOUR),
        announces=case.likely(0.5),
    )
    case.change(MERCHANT)
    if case.likely(0.2):
        case.truth = truth("reported", "settled")
        yield case.some_day()
        yield from case.confirms()


KINDS = (
    Kind(script=unseen_placing, weight=4, truth=truth("settled", must=NOT_PLACED)),
    Kind(script=unseen_draft, weight=3, truth=truth("settled", must=NOT_PLACED)),
    Kind(script=unseen_cancelled, weight=5, truth=truth("closed", must=ON_CANCELLED, closes="cancelled")),
    Kind(script=unseen_part, weight=4, truth=truth("dead_lettered", must=f"{MISMATCH} {STILL_PENDING}")),
    Kind(script=touched, weight=2, truth=GIVEN_UP),
    Kind(script=from_before, weight=10, truth=truth("reported"), on_purpose=True),
)
