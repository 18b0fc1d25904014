"""Kinds in which the merchant cancels, before or after the money came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.policy import RefreshCancelled
from tests.simulation.kinds.kind import Kind
from tests.simulation.truth import ON_CANCELLED, truth
from tests.simulation.weather import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from tests.simulation.case import Case
    from tests.simulation.kernel import Script


def finds_money(case: Case) -> bool:
    """Say whether a cancelled order's payment is refreshed, so that money can be found."""
    allowed = case.policy.refresh_cancelled
    is_safe = allowed is RefreshCancelled.SAFE and not case.shop.habits.captures
    return allowed is RefreshCancelled.TRUE or is_safe


def cancelled(case: Case) -> Script:
    """A placed order is cancelled before it is paid, for good."""
    yield from case.opens()
    case.places()
    yield case.dice.choice((MINUTE, DAY, 0.9 * case.patience)) * case.dice.random()
    case.cancels()


def cancelled_together(case: Case) -> Script:
    """A merchant cancels thirty orders at once that nobody paid; some of them are old."""
    yield from case.opens()
    case.places()
    yield from case.comes()
    case.cancels()


def paid_once_cancelled(case: Case) -> Script:
    """A debit under way succeeds after the order was cancelled."""
    yield from case.opens()
    case.places()
    placed_at = case.now
    yield case.dice.choice((MINUTE, DAY)) * case.dice.random()
    case.cancels()
    ends_at = max(case.now + case.policy.cancelled_ages[-1], placed_at + case.patience)
    yield case.some_day()
    if case.now < ends_at - MINUTE and finds_money(case):
        case.truth = truth("closed", must=ON_CANCELLED, closes="cancelled")
    yield from case.confirms()


def paid_then_cancelled(case: Case) -> Script:
    """The money came first; most merchants void it, some keep it."""
    voids = case.likely(0.6)
    case.truth = truth("settled", "closed", closes="reversed cancelled")
    yield from case.opens()
    case.places()
    yield case.soon()
    yield from case.confirms()
    yield case.dice.choice((MINUTE, HOUR, DAY)) * case.dice.random()
    if case.order is not None and case.order.payment_status == "unpaid":
        # Then it is known only later, as money that came after the cancellation.
        case.truth = truth("settled", "closed", calls=ON_CANCELLED, closes="reversed cancelled")
    case.cancels()
    yield case.dice.choice((1, HOUR, 0.8 * DAY)) * case.dice.random()
    if voids and case.order is not None and case.order.payment_status in ("authorized", "paid"):
        case.shop.give_back(case.order_id, payment_status="refunded" if case.shop.habits.captures else "voided")


QUIETLY = truth("closed", closes="cancelled")

KINDS = (
    Kind(script=cancelled, weight=10, truth=QUIETLY, on_purpose=True),
    Kind(script=cancelled_together, weight=1, truth=QUIETLY, on_purpose=True, group=(10, 30), within=(0.2, 0.9)),
    Kind(
        script=paid_once_cancelled,
        weight=9,
        truth=truth("closed", calls=ON_CANCELLED, closes="cancelled"),
    ),
    Kind(script=paid_then_cancelled, weight=8, truth=QUIETLY),
)
