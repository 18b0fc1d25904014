"""The ordinary kinds: orders that are paid at once, late, with too little, or never, and carts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.case import COST
from tests.simulation.gateway import Shortfall
from tests.simulation.kinds.kind import Kind
from tests.simulation.shop import MERCHANT, SHOPPER, WEBHOOK
from tests.simulation.truth import (
    ABANDONED,
    EITHER,
    GIVEN_UP,
    MISMATCH,
    MISSING,
    NOT_PLACED,
    PLACED_LATE,
    SETTLED,
    STILL_PENDING,
    truth,
)
from tests.simulation.weather import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from tests.simulation.case import Case
    from tests.simulation.kernel import Script


def paid(case: Case) -> Script:
    yield from case.opens()
    case.places()
    yield case.soon()
    yield from case.confirms()


def paid_first(case: Case) -> Script:
    """Commerce Layer asks the gateway itself when an order is placed."""
    yield from case.opens()
    yield from case.confirms(lost=case.likely(case.gateway.lost))
    yield case.soon()
    case.shop.hear(case.key(), SHOPPER)
    case.places()


def captured(case: Case) -> Script:
    """The authorization is captured by itself, some seconds after whoever brought it."""
    yield from case.opens()
    case.shop.intents[case.key()].captured_after = case.dice.uniform(1, 100)
    case.places()
    yield case.soon()
    yield from case.confirms()


def never_paid(case: Case) -> Script:
    yield from case.opens()
    case.places()


def declined(case: Case) -> Script:
    yield from case.opens()
    case.places()
    yield case.soon()
    tries_again = case.likely(0.5)
    yield from case.declines(lost=case.likely(0.5) if tries_again else None)  # tells of it soon, or never
    if tries_again:
        case.truth = SETTLED
        yield case.dice.uniform(MINUTE, DAY)
        yield from case.confirms()


def debit(case: Case) -> Script:
    yield from case.opens()
    case.places()
    days = case.some_day()
    case.truth = SETTLED if days < case.patience else EITHER
    yield days
    yield from case.confirms()


def cart(case: Case) -> Script:
    yield from case.opens()


def cart_paid(case: Case) -> Script:
    """Some are placed by their payment method, some by the shopper, some never."""
    auto_place = case.likely(0.5)
    yield from case.opens(auto_place=auto_place)
    places = case.likely(0.3)
    pause = case.dice.choice((20, 2 * DAY)) * case.dice.random()
    if auto_place:
        case.truth = truth("settled", calls=PLACED_LATE)
    elif pause > case.policy.late_placement - HOUR:
        case.truth = truth("settled", calls=f"{NOT_PLACED} {PLACED_LATE}", must="" if places else NOT_PLACED)
    else:
        case.truth = truth("settled", calls=NOT_PLACED, must="" if places else NOT_PLACED)
    yield pause
    yield from case.confirms()
    if places:
        yield case.dice.uniform(MINUTE, HOUR)
        case.places()


def cart_placed_late(case: Case) -> Script:
    yield from case.opens()
    days = case.dice.uniform(0, 4 * DAY)
    if days > case.policy.cart_ages[-1]:
        case.truth = truth(
            "settled", "abandoned"
        )  # where its events show no payment, only the order's row settles
    yield days
    case.places()
    yield case.soon()
    yield from case.confirms()


def cart_cancelled(case: Case) -> Script:
    yield from case.opens()
    case.cancels()


def old_payment(case: Case) -> Script:
    """The money comes by the payment that the shopper had left."""
    yield from case.opens()
    case.chooses("b")
    yield case.soon()
    yield from case.confirms("a")
    yield case.soon()
    case.places()


def short(case: Case) -> Script:
    """Less is authorized than the order costs, until a merchant mends it, or never."""
    habits, shortfall = case.shop.habits, case.dice.choice((Shortfall.PARTLY, Shortfall.FLAGGED))
    seen = MISMATCH if habits.shows_authorizations and not habits.by_bus else ""
    case.truth = truth("dead_lettered", calls=MISMATCH, must=f"{seen} {STILL_PENDING}")
    yield from case.opens()
    case.places()
    held = case.dice.randrange(100, COST)
    yield from case.confirms(cents=held, shortfall=shortfall)
    drawn, days = case.dice.random(), case.some_day()
    if drawn < 0.6:
        case.truth = truth(
            "settled", "closed", "dead_lettered", calls=f"{MISMATCH} {STILL_PENDING}", closes="reversed"
        )
    yield days
    if drawn < 0.3:
        case.change(MERCHANT, payment_status="paid", mismatched=False, amount_cents=held)
    elif drawn < 0.6:
        case.shop.give_back(case.order_id, payment_status="voided", status="cancelled")


def gone(case: Case) -> Script:
    yield from case.opens()
    case.places()
    yield case.dice.choice((MINUTE, 2 * DAY)) * case.dice.random()
    case.shop.remove(case.key())


def given_back(case: Case) -> Script:
    yield from case.opens()
    case.places()
    yield from case.confirms()
    yield case.dice.uniform(MINUTE, 2 * DAY)
    if case.order is not None and case.order.payment_status in ("authorized", "paid"):
        case.shop.give_back(case.order_id, payment_status="refunded" if case.shop.habits.captures else "voided")


def free(case: Case) -> Script:
    yield from case.opens()
    case.change(MERCHANT, payment_status="free", amount_cents=0)
    yield case.soon()
    case.places()


def other_kind(case: Case) -> Script:
    """A payment that cannot be refreshed; its money may sit on an order that nobody places."""
    yield from case.opens()
    case.chooses_another_kind("paypal_payments")
    yield case.soon()
    case.change(WEBHOOK, payment_status="authorized")


def poison(case: Case) -> Script:
    """Whoever refreshes it dies."""
    yield from case.opens()
    case.shop.poison.add(case.key())
    case.places()


KINDS = (
    Kind(script=paid, weight=80, truth=SETTLED, on_purpose=True),
    Kind(script=paid_first, weight=18, truth=SETTLED, on_purpose=True),
    Kind(script=captured, weight=12, truth=SETTLED, on_purpose=True),
    Kind(script=never_paid, weight=20, truth=GIVEN_UP),
    Kind(script=declined, weight=18, truth=GIVEN_UP),
    Kind(script=debit, weight=27, truth=EITHER),
    Kind(script=cart, weight=26, truth=ABANDONED, on_purpose=True),
    Kind(script=cart_paid, weight=20, truth=truth("settled")),
    Kind(script=cart_placed_late, weight=12, truth=SETTLED, on_purpose=True),
    Kind(script=cart_cancelled, weight=6, truth=truth("closed", closes="cancelled"), on_purpose=True),
    Kind(
        script=old_payment,
        weight=9,
        truth=truth("settled", "closed", calls=f"{STILL_PENDING} {NOT_PLACED}", closes="replaced"),
    ),
    Kind(script=short, weight=9, truth=truth()),
    Kind(script=gone, weight=6, truth=truth("missing", calls=STILL_PENDING, must=MISSING)),
    Kind(script=given_back, weight=6, truth=truth("settled", "closed", closes="reversed"), on_purpose=True),
    Kind(script=free, weight=3, truth=truth("settled", "closed", closes="free"), on_purpose=True),
    Kind(script=other_kind, weight=6, truth=truth("closed", closes="replaced", must=NOT_PLACED)),
    Kind(script=poison, weight=1, truth=truth("dead_lettered", must=STILL_PENDING)),
)
