"""A claimed watch, and the answers that tests let it get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payment_refresh import lifecycle
from payment_refresh.attribution import Patched
from payment_refresh.lifecycle import Answer
from payment_refresh.policy import Policy
from tests.fakes import samples
from tests.fakes.clock import START

if TYPE_CHECKING:
    from payment_refresh.order import Order
    from payment_refresh.watch import Watch

POLICY = Policy()
NOW = START + 70
PLACED = samples.claimed(samples.order(), POLICY, until=START + 600)
CART = samples.claimed(samples.cart(), POLICY, until=START + 600)
END = POLICY.ends_at(PLACED)


def answered(watch: Watch, order: Order | None, now: int = NOW, **changes: Any) -> Watch:
    """Let a look be answered."""
    answer = Answer(order=order, looked=order is not None, **changes)
    return lifecycle.answered(watch, answer, now, POLICY, jitter=0)


def refreshed(watch: Watch, order: Order | None, now: int = NOW, **changes: Any) -> Watch:
    """Let a look, and the refresh after it, be answered."""
    answer = Answer(order=order, looked=True, patched=Patched(now - 0.5, now), **changes)
    return lifecycle.answered(watch, answer, now, POLICY, jitter=0)
