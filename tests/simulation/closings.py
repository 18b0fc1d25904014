"""Rules of every end: what is called closed, missing or given up must be so, and must have been asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.policy import LONGEST_CART
from payment_refresh.domain.vocabulary import Notice, Reason, Status, WatchClass
from payment_refresh.times import to_epoch
from tests.simulation import oracle
from tests.simulation.skew import ON_THE_WAY, SKEW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from tests.simulation.environment import Environment
    from tests.simulation.rules import Rules
    from tests.simulation.shop import Patch, State

ISOLATED_ATTEMPTS = 3
"""How often a watch must have come to nothing before it may be called one that cannot be processed."""


@dataclass(frozen=True, slots=True)
class Closing:
    """A write that ends a watch, and who made it."""

    rules: Rules
    environment: Environment
    old: Watch | None
    new: Watch

    def broken(self) -> Iterator[str]:
        """Name the rules that the end breaks."""
        new = self.new
        if new.status is Status.CLOSED and new.key.is_order and new.reason is None:
            yield from self._of_handing_over()
        elif new.status is Status.SETTLED and not self._was_shown():
            yield "2: ended as settled, which its order never was"
        elif new.status is Status.CLOSED and not self._may_close():
            yield f"2: closed as {new.reason}, which is not so"
        elif new.status is Status.MISSING and not self._is_missing():
            yield "2: called missing, and is there"
        elif new.reason is Reason.CANNOT_PROCESS:
            if self.rules.died_with[self.key] < ISOLATED_ATTEMPTS:
                yield "2: called one that cannot be processed, and could be"
        elif new.status in (Status.DEAD_LETTERED, Status.ABANDONED, Status.REPORTED):
            yield from self._of_giving_up()
        if new.status is Status.CLOSED and self._hides_second_charge():
            yield "7: two payments hold an order's money, and nobody was called"

    @property
    def key(self) -> PaymentKey:
        """The row's key."""
        return self.new.key

    @property
    def _states(self) -> Sequence[State]:
        return self.rules.shop.history.get(self.new.order_id or "", ())

    def _of_handing_over(self) -> Iterator[str]:
        """An order's own row ends when its payment has one."""
        look = self.environment.doings.looks.get(self.key.id)
        if look is None or look.shown.payment is None:
            return
        if oracle.is_pending(look.shown, look.shown.payment) and look.shown.payment not in self.rules.table.rows:
            yield "1: an order's row ended, and its payment has none"

    def _was_shown(self) -> bool:
        return any(oracle.ends_as(state.order, self.key) == self.new.status for state in self._states)

    def _may_close(self) -> bool:
        """Say whether a payment may be closed for the reason that is given."""
        reason, policy, now = self.new.reason, self.rules.policy, self.rules.kernel.now
        shown = [(state, oracle.stands(state.order, self.key)) for state in self._states]
        if reason is Reason.ACKNOWLEDGED:
            return self.old is not None and self.old.status in (Status.DEAD_LETTERED, Status.REPORTED)
        if reason is Reason.DELETED:
            return self._is_missing()
        if any(stands in ("closed", "on_cancelled") for _, stands in shown):
            return True
        placed_at = max(
            (to_epoch(state.order.placed_at or "") for state in self._states if state.order.placed_at), default=0.0
        )
        last = {"cancelled": policy.cancelled_ages[-1], "replaced": policy.replaced_ages[-1]}
        since = min((state.at for state, stands in shown if stands == reason), default=now)
        end = since + last.get(reason or "", 0)
        return now >= max(end, placed_at + policy.give_up if placed_at else 0.0) - SKEW

    def _is_missing(self) -> bool:
        """Say whether a payment is gone, for long enough; or its order, once the policy has ended."""
        shop, policy, now = self.rules.shop, self.rules.policy, self.rules.kernel.now
        if self.key.is_order:
            return self.key.id not in shop.api.orders
        if self.key in shop.hidden and self._is_nameless():
            return True  # nobody can tell it from one that was deleted
        if self.key not in shop.api.payments:
            absent = self.old.first_absent_at if self.old is not None else None
            since = min(shop.gone_at.get(self.key, 0.0), absent or now)  # a list may have left it out before
            return now - since >= policy.missing_after - SKEW
        return shop.api.payments[self.key] not in shop.api.orders and now >= self._ends_at() - SKEW

    def _is_nameless(self) -> bool:
        """Say whether the order is gone, too, or does not name the payment."""
        order = self.rules.shop.api.orders.get(self.new.order_id or "")
        return order is None or order.payment != self.key

    def _ends_at(self) -> float:
        """When the watch ends by its policy."""
        new, policy = self.new, self.rules.policy
        if new.watch_class is WatchClass.PLACED:
            grace = policy.give_up_grace if new.reason is Reason.REFRESH_FAILING else 0
            return new.started_at + policy.give_up + grace
        last = policy.give_up if new.auto_place else policy.cart_ages[-1]
        created_at = min((to_epoch(state.order.created_at or "") for state in self._states), default=0.0)
        return min(new.started_at + last, created_at + LONGEST_CART)

    def _of_giving_up(self) -> Iterator[str]:
        new, rules = self.new, self.rules
        look = self.environment.doings.looks.get(new.order_id or "")
        if rules.kernel.now < self._ends_at() - SKEW:
            yield "2: given up before its time"
        if look is None:
            yield "2: given up without a last look"
            return
        truth = rules.shop.state_at(look.shown.id, look.at - ON_THE_WAY)
        if not (oracle.is_pending(look.shown, self.key) and oracle.is_pending(truth, self.key)):
            yield "2: given up though it was not pending any more"
        if new.status is Status.ABANDONED and oracle.was_placed(look.shown):
            yield "2: a placed order's payment was given up as a cart's"
        acts = rules.acts_on(look.shown)
        if (new.status is Status.REPORTED and acts) or (new.status is Status.DEAD_LETTERED and not acts):
            yield "7: reported though it may be acted on, or a dead letter though it may not"
        looks_only = self.key.is_order or oracle.stands(look.shown, self.key) == "look_only"
        if looks_only or self._is_unclear(look.shown) or not acts:
            return
        refreshes = rules.shop.refreshes.get(self.key, ())
        if new.reason is Reason.REFRESH_FAILING:
            if not any(
                patch.answered_at is None and patch.sent_at >= new.started_at + rules.policy.give_up - SKEW
                for patch in refreshes
            ):
                yield "2: its refresh is said to fail, and did not"
        elif not any(self._is_last(patch, self._ends_at(), look.at) for patch in refreshes):
            yield "2: given up without a refresh and, long enough after it, a look"

    def _is_unclear(self, shown: Order) -> bool:
        """Say whether it takes authorizations to decide on a refresh, and none were shown."""
        mismatched = shown.mismatched and shown.payment == self.key and not shown.authorizations
        was_look_only = self.old is not None and self.old.look_only
        return mismatched or (was_look_only and not shown.source_known)

    def _is_last(self, patch: Patch, ends_at: float, looked_at: float) -> bool:
        if patch.answered_at is None or patch.answered_at < ends_at - SKEW:
            return False
        return looked_at >= patch.answered_at + self.rules.policy.first - SKEW

    def _hides_second_charge(self) -> bool:
        """Say whether a look showed that two payments hold the order's money, and the end does not say so."""
        look = self.environment.doings.looks.get(self.new.order_id or "")
        if look is None or not (look.shown.authorizations_known and look.shown.reversals_known):
            return False
        is_open = self.old is not None and self.old.is_open and self.new.reason is Reason.REPLACED
        is_silent = self.new.notice is not Notice.SUPERSEDED
        return is_open and is_silent and oracle.is_charged_twice(look.shown, self.key)
