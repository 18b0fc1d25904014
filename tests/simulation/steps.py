"""Rules of every step from one row to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.vocabulary import FoundBy, SettledBy, Status, WatchClass
from tests.simulation.closings import Closing
from tests.simulation.skew import EXACT, ON_THE_WAY, SKEW
from tests.simulation.truth import NOT_PLACED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from tests.simulation.environment import Environment
    from tests.simulation.rules import Rules
    from tests.simulation.shop import State


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
            yield from self._of_failures(self.old)
            yield from self._of_age(self.old)
        yield from self._of_checks()
        if self.new.is_open:
            yield from self._of_patience()
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
            awaits_placement = NOT_PLACED in old.announced
            if self.new.is_open and not (old.is_open or awaits_placement):
                yield "1: a watch that ended goes on in the same round"
            return
        if self.new.round != old.round + 1 or old.is_open:
            yield "4: a round began that was not next, or before the last one ended"
        is_asked_for = self.new.found_by in (FoundBy.REDRIVE, FoundBy.MANUAL)
        if not is_asked_for and self.new.order_id == old.order_id and self._has_seen_all(old):
            yield f"6: a round began of what was {old.status}, and nothing was new"
        if self.new.found_by is FoundBy.REDRIVE and old.status is not Status.DEAD_LETTERED:
            yield "4: a letter began a round whose payment was not given up"

    def _of_news(self, old: Watch) -> Iterator[str]:
        before = (old.order_updated_at or "", old.order_payment_updated_at or "")
        after = (self.new.order_updated_at or "", self.new.order_payment_updated_at or "")
        if self.new.order_id == old.order_id and after < before:
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

    def _of_failures(self, old: Watch) -> Iterator[str]:
        """A failure counts only where a call about this payment was not answered."""
        if not self._is_refresh or self.new.consecutive_failures <= old.consecutive_failures:
            return
        intent = self.rules.shop.intents.get(self.key)
        names = {self.key.id, old.order_id, None if intent is None else intent.order_id}
        # The circuit may have closed since this invocation found it open.
        is_stopped = self.rules.are_reads_stopped() or self.new.last_error == "CircuitOpen"
        if not is_stopped and names.isdisjoint(self.environment.doings.refused):
            yield "8: a failure counts of what was not asked about"

    def _of_age(self, old: Watch) -> Iterator[str]:
        """A cart is as old as its last change that was not our own refresh's."""
        new = self.new
        is_cart = new.is_open and old.watch_class is new.watch_class is WatchClass.CART
        if new.round != old.round or new.started_at == old.started_at or not is_cart:
            return
        states = [state for state in self._states if abs(state.at - new.started_at) <= SKEW]
        if states and all(self._is_known_as_ours(state) for state in states):
            yield "1: our own refresh made a cart young again"

    def _is_known_as_ours(self, state: State) -> bool:
        """Say whether the row must know that a refresh of its payment moved the order."""
        environment, doings = state.cause.environment, state.cause.doings
        if (
            environment is None
            or doings is None
            or self.key not in doings.released
            or doings.disturbed is not None
        ):
            return False
        refreshes = self.rules.shop.refreshes.get(self.key, ())
        # Where its clock is wrong, nobody can know for certain.
        return abs(environment.skew) <= EXACT and any(
            patch.sent_at <= state.at <= (patch.answered_at or state.at) for patch in refreshes
        )

    def _of_patience(self) -> Iterator[str]:
        """None is watched for ever."""
        if self.rules.may_be_open(self.new) or not self._is_refresh:
            return
        yield "1: still watched long after its policy's end"

    @property
    def _states(self) -> Sequence[State]:
        return self.rules.shop.history.get(self.new.order_id or "", ())

    def _has_seen_all(self, old: Watch) -> bool:
        """Say whether a row knew an order as it was when its round ended, and still is."""
        newest = self._states[-1].order if self._states else None
        known = (old.order_updated_at, old.order_payment_updated_at)
        return newest is not None and known == (newest.updated_at, newest.payment_updated_at)

    def _of_checks(self) -> Iterator[str]:
        old, new = self.old, self.new
        if not self._is_refresh:
            return
        answers = self.environment.doings.answers
        last = new.checks[-1] if new.checks else None
        if last is not None and (old is None or old.checks[-1:] != new.checks[-1:]):
            kinds = ("not_found", "list") if last.verdict == "not_found" else (last.by, "list")
            names = (str(self.key), f"orders#{new.order_id}")
            if answers.isdisjoint({(name, kind) for name in names for kind in kinds}):
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
        yield from Closing(self.rules, self.environment, old, new).broken()
        if new.status is Status.SETTLED and not new.key.is_order:
            yield from self._of_settler()

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
            # Its answer may have been behind; what a later look shows first may be a webhook's.
            soon = self.rules.kernel.now <= moved.at + self.rules.policy.echo - SKEW
            # What followed by itself, such as a capture, is somebody else's news.
            is_first = not self._is_event or new.order_payment_updated_at == moved.order.payment_updated_at
            certain = abs(mover.skew) <= EXACT and doings.disturbed is None and known and soon and is_first
            if certain and new.settled_by is not SettledBy.REFRESH:
                yield "2: what our refresh settled is said to be a webhook's"
        elif new.settled_by is SettledBy.REFRESH and not self._may_be_ours(moved.at):
            yield "2: what a webhook settled is said to be our refresh's"

    def _may_be_ours(self, moved_at: float) -> bool:
        after = self.rules.policy.echo + SKEW + 1
        return any(
            patch.sent_at - SKEW - 1 <= moved_at <= (patch.answered_at or patch.sent_at + 2 * ON_THE_WAY) + after
            for patch in self.rules.shop.refreshes.get(self.key, ())
        )
