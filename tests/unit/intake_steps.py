"""An order event that meets a row, and what tests of it begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payment_refresh.domain.intake import Result, decide
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import Status
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch

KEY, POLICY, NOW = samples.key(), Policy(), START + 100
PAID = samples.authorized(samples.order(), START + 50)
ENDS = [status for status in Status if status is not Status.WATCHING]


def news(watch: Watch | None, order: Order, key: PaymentKey = KEY) -> tuple[Result, Watch | None]:
    """Let an order event meet a row; gives the result and the row to write."""
    decision = decide(key, watch, order, samples.moment(NOW, POLICY))
    return decision.result, decision.row


def ended(order: Order, status: Status, **changes: Any) -> Watch:
    """A watch that ended, with an empty outbox."""
    return samples.watch(order, POLICY, **{"status": status, "due_at": None, "ended_at": START + 60} | changes)
