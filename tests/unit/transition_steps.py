"""A claimed watch, and the answers that tests give it."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING, Any

from payment_refresh.domain import transitions
from payment_refresh.domain.attribution import SentRefresh
from payment_refresh.domain.check_results import Absent, Answered, Gone
from payment_refresh.domain.policy import Policy
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from payment_refresh.domain.moment import Moment
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch

POLICY = Policy()
NOW = START + 70
PLACED = samples.claimed(samples.order(), POLICY, until=START + 600)
CART = samples.claimed(samples.cart(), POLICY, until=START + 600)
RECORDED = replace(PLACED, event_during_lease=True)
"""The same, after an order event came during the lease."""

END = POLICY.ends_at(PLACED)
LESS = samples.through("less", samples.key(), START, amount_cents=5000)
MISMATCHED = samples.order(authorizations=(LESS,), authorizations_known=True, reversals_known=True)
"""The order where this payment holds less than it costs."""


def answered(watch: Watch, order: Order | None, now: int = NOW, **changes: Any) -> Watch:
    """Let a look be answered."""
    answer = Answered(order=order, looked=order is not None, **changes)
    return transitions.apply_answer(watch, answer, samples.moment(now, POLICY))


def refreshed(watch: Watch, order: Order | None, now: int = NOW, **changes: Any) -> Watch:
    """Let a look, and the refresh after it, be answered."""
    answer = Answered(order=order, looked=True, sent_refresh=SentRefresh(now - 0.5, now), **changes)
    return transitions.apply_answer(watch, answer, samples.moment(now, POLICY))


def apply_result(watch: Watch, result: Answered | Absent | Gone, at: Moment) -> Watch:
    """Apply whatever Commerce Layer answered."""
    match result:
        case Absent():
            return transitions.apply_absence(watch, result, at)
        case Gone():
            return transitions.apply_gone(watch, result, at)
        case Answered():
            return transitions.apply_answer(watch, result, at)
