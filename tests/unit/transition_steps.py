"""A claimed watch, and the answers that tests give it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payment_refresh.domain import transitions
from payment_refresh.domain.attribution import SentRefresh
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.transitions import Answer
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch

POLICY = Policy()
NOW = START + 70
PLACED = samples.claimed(samples.order(), POLICY, until=START + 600)
CART = samples.claimed(samples.cart(), POLICY, until=START + 600)
END = POLICY.ends_at(PLACED)


def answered(watch: Watch, order: Order | None, now: int = NOW, **changes: Any) -> Watch:
    """Let a look be answered."""
    answer = Answer(order=order, looked=order is not None, **changes)
    return transitions.apply_answer(watch, answer, now, POLICY, jitter=0)


def refreshed(watch: Watch, order: Order | None, now: int = NOW, **changes: Any) -> Watch:
    """Let a look, and the refresh after it, be answered."""
    answer = Answer(order=order, looked=True, sent_refresh=SentRefresh(now - 0.5, now), **changes)
    return transitions.apply_answer(watch, answer, now, POLICY, jitter=0)
