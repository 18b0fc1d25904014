"""Kinds of carts: shoppers who return to them, vouchers that are paid days later, and tabs that were closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.kinds.kind import Kind
from tests.simulation.shop import SHOPPER
from tests.simulation.truth import ABANDONED, NOT_PLACED, PLACED_LATE, SETTLED, truth
from tests.simulation.weather import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from tests.simulation.case import Case
    from tests.simulation.kernel import Script

DAYS_KEPT = 34
"""Days for which a shopper changes a cart again and again: longer than any cart is watched."""


def _returns(case: Case, since: float, until: float) -> Script:
    """The shopper comes back some time later, a share of the cart's last age, and changes it."""
    yield case.dice.uniform(since, until) * case.policy.cart_ages[-1]
    case.change(SHOPPER)
    yield case.soon()


def returned_to_and_placed(case: Case) -> Script:
    """The shopper returns a day later, pays and places the order; the gateway's webhook is lost."""
    yield from case.opens()
    yield from _returns(case, 0.2, 0.9)
    yield from case.confirms(lost=True)
    yield case.soon()
    case.places()


def returned_to(case: Case) -> Script:
    """The same, but nobody places the order, or its payment method does."""
    auto_place = case.likely(0.5)
    case.truth = truth("settled", calls=PLACED_LATE) if auto_place else truth("settled", must=NOT_PLACED)
    yield from case.opens(auto_place=auto_place)
    yield from _returns(case, 0.2, 0.9)
    yield from case.confirms(lost=True)


def returned_to_once_abandoned(case: Case) -> Script:
    """The same, once the cart was given up: it is watched again where anything shows that it changed."""
    yield from case.opens()
    yield from _returns(case, 1.05, 1.5)
    yield from case.confirms(lost=True)
    if case.likely(0.5):
        case.truth = SETTLED
        case.places()


def tab_closed(case: Case) -> Script:
    """The shopper pays fifty minutes after the cart began, and closes the tab."""
    auto_place = case.likely(0.5)
    case.truth = truth("settled", calls=PLACED_LATE) if auto_place else truth("settled", must=NOT_PLACED)
    yield from case.opens(auto_place=auto_place)
    yield case.dice.uniform(46 * MINUTE, 2 * HOUR)
    yield from case.confirms(lost=True)


def voucher(case: Case) -> Script:
    """A voucher or a debit, whose payment method places the order once it is paid."""
    yield from case.opens(auto_place=True)
    yield case.dice.uniform(HOUR, 0.95 * case.patience)
    yield from case.confirms()


def voucher_lapsed(case: Case) -> Script:
    """A voucher that nobody pays."""
    yield from case.opens(auto_place=True)


def kept(case: Case) -> Script:
    """A cart that its shopper changes each day, for longer than it is watched."""
    yield from case.opens()
    for _ in range(DAYS_KEPT):
        yield case.dice.uniform(0.8, 1.1) * DAY
        case.change(SHOPPER)


KINDS = (
    Kind(script=returned_to_and_placed, weight=8, truth=SETTLED, on_purpose=True),
    Kind(script=returned_to, weight=8, truth=truth("settled")),
    Kind(script=returned_to_once_abandoned, weight=5, truth=truth("settled", "abandoned", calls=NOT_PLACED)),
    Kind(script=tab_closed, weight=8, truth=truth("settled")),
    Kind(script=voucher, weight=8, truth=truth("settled", calls=PLACED_LATE)),
    Kind(script=voucher_lapsed, weight=6, truth=ABANDONED, on_purpose=True),
    Kind(script=kept, weight=1, truth=ABANDONED, on_purpose=True),
)
