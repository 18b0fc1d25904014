"""Rules of every row, and of every step from one row to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.watch import FoundBy, Reason, SettledBy, Status, WatchClass
from tests.simulation import oracle
from tests.simulation.weather import CANARY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from tests.simulation.environment import Environment
    from tests.simulation.rules import Rules
    from tests.simulation.shop import Patch

SKEW = 4.0
"""Seconds by which two clocks may differ: each is at most two wrong."""

ON_THE_WAY = 15.0
"""Seconds that an answer may be old when it is there: it may have been behind, and have come slowly."""

EXACT = 0.15
"""Skew up to which it is certain who moved an order."""

ISOLATED_ATTEMPTS = 3
"""How often a watch must have come to nothing before it may be called one that cannot be processed."""


def broken_by_row(row: Watch) -> Iterator[str]:
    """Name the rules that a row breaks by itself."""
    if row.is_open and row.due_at is None:
        yield "1: a watch that is never due"
    if row.outbox and row.due_at is None:
        yield "4: an outbox is not empty, and never due"
    if row.is_done and row.due_at is not None:
        yield "1: a watch has ended with an empty outbox and is still due"
    if CANARY in f"{row.last_error}{row.checks[-1:]}":
        yield "5: a secret is on a row"


@dataclass(frozen=True, slots=True)
class Step:
    """A write to the table, and who made it."""

    rules: Rules
    environment: Environment
    old: Watch | None
    new: Watch

    def broken(self) -> Iterator[str]:
        """Name the rules that the step breaks."""
        if self.old is not None:
            yield from self._of_rounds(self.old)
            yield from self._of_news(self.old)
            yield from self._of_claims(self.old)
            yield from self._of_the_outbox(self.old)
        yield from self._of_checks()
        if not self.new.is_open and self._is_new_end():
            yield from self._of_end()

    @property
    def key(self) -> PaymentKey:
        """The row's key."""
        return self.new.key

    @property
    def _is_refresh(self) -> bool:
        """Whether an invocation of the refresh wrote a row that its messages are about."""
        return self.environment.name.startswith("refresh") and self.key in self.environment.doings.mine

    @property
    def _is_event(self) -> bool:
        return self.environment.name.startswith("order_events")

    def _is_new_end(self) -> bool:
        old, new = self.old, self.new
        return old is None or old.is_open or (old.status, old.round) != (new.status, new.round)

    def _of_rounds(self, old: Watch) -> Iterator[str]:
        if self.new.round == old.round:
            if self.new.is_open and not old.is_open:
                yield "1: a watch that ended goes on in the same round"
            return
        if self.new.round != old.round + 1 or old.is_open:
            yield "4: a round began that was not next, or before the last one ended"
        if self.new.found_by is FoundBy.REDRIVE and old.status is not Status.DEAD_LETTERED:
            yield "4: a letter began a round whose payment was not given up"

    def _of_news(self, old: Watch) -> Iterator[str]:
        before, after = old.order_updated_at, self.new.order_updated_at
        if self.new.order_id == old.order_id and before and (after is None or after < before):
            yield "6: an older order state overruled a newer one"

    def _of_claims(self, old: Watch) -> Iterator[str]:
        new, now = self.new, self.environment.clock()
        if not (self._is_refresh and old.is_open and old.claim is not None and new.claim is None):
            return
        if old.claim not in self.environment.doings.tokens:
            yield "1: an outcome was written without the claim"
        answered = new.checks[-1:] != old.checks[-1:]
        if old.event_during_lease and answered and new.is_open and (new.due_at or 0) > now + 1:
            yield "1: an event that came meanwhile was forgotten"

    def _of_the_outbox(self, old: Watch) -> Iterator[str]:
        left = old.outbox - self.new.outbox if self.new.round == old.round else old.outbox
        for what in sorted(left):
            if self._is_refresh and not self.rules.sendings[self.key, old.round, what]:
                yield f"4: {what} was cleared and never sent"

    def _of_checks(self) -> Iterator[str]:
        old, new = self.old, self.new
        if not self._is_refresh:
            return
        answers = self.environment.doings.answers
        last = new.checks[-1] if new.checks else None
        if last is not None and (old is None or old.checks[-1:] != new.checks[-1:]):
            kind = "not_found" if last.verdict == "not_found" else last.by
            if not {(str(self.key), kind), (f"orders#{new.order_id}", kind)} & answers:
                yield "2: what got no answer counts as a check"
        more = new.refreshes - (old.refreshes if old is not None and old.round == new.round else 0)
        if more > 0 and (str(self.key), "refresh") not in answers:
            yield "2: a refresh that got no answer counts as one"

    def _of_end(self) -> Iterator[str]:
        new = self.new
        old = self.old
        checked = old is not None and old.is_open and old.checks[-1:] != new.checks[-1:]
        if checked and new.checks[-1].by == "event" and not self._is_event:
            yield "4: what a look showed is taken for news that an event brought"
        if new.status in (Status.SETTLED, Status.CLOSED):
            if new.key.is_order and new.status is Status.CLOSED:
                yield from self._of_handing_over()
            elif not self._was_shown():
                yield f"2: ended as {new.status}, which its order never was"
            if new.status is Status.SETTLED and not new.key.is_order:
                yield from self._of_settler()
        elif new.status is Status.MISSING:
            if not self._is_missing():
                yield "2: called missing, and is there"
        elif new.reason is Reason.CANNOT_PROCESS:
            if self.rules.died_with[self.key] < ISOLATED_ATTEMPTS:
                yield "2: called one that cannot be processed, and could be"
        else:
            yield from self._of_giving_up()

    def _of_handing_over(self) -> Iterator[str]:
        """An order's own row ends when its payment has one."""
        look = self.environment.doings.looks.get(self.key.id)
        if look is None or look.shown.payment is None:
            return
        if oracle.is_pending(look.shown, look.shown.payment) and look.shown.payment not in self.rules.table.rows:
            yield "1: an order's row ended, and its payment has none"

    def _was_shown(self) -> bool:
        states = self.rules.shop.history.get(self.new.order_id or "", ())
        return any(oracle.ends_as(state.order, self.key) == self.new.status for state in states)

    def _is_missing(self) -> bool:
        shop = self.rules.shop
        if self.key.is_order:
            return self.key.id not in shop.api.orders
        gone_for = self.rules.kernel.now - shop.gone_at.get(self.key, 0.0)
        return self.key not in shop.api.payments and gone_for >= self.rules.policy.missing_after - SKEW

    def _of_giving_up(self) -> Iterator[str]:
        new, rules, policy = self.new, self.rules, self.rules.policy
        ages = policy.cart_auto_place_ages if new.auto_place else policy.cart_ages
        ends_at = new.started_at + (ages[-1] if new.watch_class is WatchClass.CART else policy.give_up)
        look = self.environment.doings.looks.get(new.order_id or "")
        if rules.kernel.now < ends_at - SKEW:
            yield "2: given up before its time"
        if look is None:
            yield "2: given up without a last look"
            return
        truth = rules.shop.state_at(look.shown.id, look.at - ON_THE_WAY)
        if not (oracle.is_pending(look.shown, self.key) and oracle.is_pending(truth, self.key)):
            yield "2: given up though it was not pending any more"
        looks_only = self.key.is_order or oracle.stands(look.shown, self.key) == "look_only"
        if looks_only or self._is_unclear(look.shown) or not rules.acts_on(look.shown):
            return
        refreshes = rules.shop.refreshes.get(self.key, ())
        if not any(self._is_last(patch, ends_at, look.at) for patch in refreshes):
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

    def _of_settler(self) -> Iterator[str]:
        """Say whether the wrong one is said to have settled it; not where clocks leave that open."""
        new, shop = self.new, self.rules.shop
        moved = shop.moved.get(new.order_id or "")
        if moved is None or (new.order_updated_at or "") < (moved.order.updated_at or ""):
            return
        mover, doings = moved.cause.environment, moved.cause.doings
        if mover is not None and doings is not None:
            # A copy of its message may write first; then nobody can know that this refresh was sent.
            held = self.old is not None and self.old.claim in doings.tokens
            copied = held and self._is_refresh and self.environment.doings is not doings
            known = (held and not copied) or self.key in doings.released
            certain = abs(mover.skew) <= EXACT and doings.disturbed is None and known
            if certain and new.settled_by is not SettledBy.REFRESH:
                yield "2: what our refresh settled is said to be a webhook's"
        elif new.settled_by is SettledBy.REFRESH and not self._may_be_ours(moved.at):
            yield "2: what a webhook settled is said to be our refresh's"

    def _may_be_ours(self, moved_at: float) -> bool:
        after = self.rules.policy.shortly + SKEW + 1
        return any(
            patch.sent_at - SKEW - 1 <= moved_at <= (patch.answered_at or patch.sent_at + 2 * ON_THE_WAY) + after
            for patch in self.rules.shop.refreshes.get(self.key, ())
        )
