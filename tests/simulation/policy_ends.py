"""A second reading of when a policy ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.policy import LONGEST_CART
from payment_refresh.times import to_epoch
from tests.simulation import oracle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch
    from tests.simulation.shop import State


def latest_end(row: Watch, states: Sequence[State], policy: Policy) -> float:
    """Say when a watch ends at the latest, by what became of its order: of a cart, 30 days after its creation."""
    if not states:
        return row.started_at + policy.give_up
    order, key = states[-1].order, row.key
    created_at = to_epoch(order.created_at or "")
    ends: list[float] = [row.started_at + policy.give_up + policy.give_up_grace]
    if order.cancelled_at is not None:
        ends.append(to_epoch(order.cancelled_at) + policy.cancelled_ages[-1])
    replaced = [state.at for state in states if oracle.stands(state.order, key) == "replaced"]
    if replaced:
        ends.append(max(replaced[0], row.replaced_at or 0) + policy.replaced_ages[-1])
    if not oracle.was_placed(order):
        changed = max(state.at for state in states if state.cause.environment is None)
        ends = [min(max(*ends, changed + policy.cart_ages[-1]), max(created_at + LONGEST_CART, row.started_at))]
    return max(ends)
