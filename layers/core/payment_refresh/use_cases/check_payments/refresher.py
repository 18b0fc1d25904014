"""Use case, third part: refresh a group of pending payments of one type, some at a time, under their circuit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from payment_refresh.domain.attribution import SentRefresh
from payment_refresh.domain.order import merge_refresh_answer
from payment_refresh.domain.transitions import Answer
from payment_refresh.errors import CommerceLayerError, Declined, NoBudget, NotFound, Unavailable
from payment_refresh.use_cases.check_payments.breaker import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Circuits, Clock, CommerceLayer, TaskPool
    from payment_refresh.use_cases.check_payments.breaker import BatchBreaker

type Found = Answer | NoAnswer | Exception
"""What came of asking about one watch; an exception where its payment broke the code."""


class NoRefreshAnswered(Unavailable):
    """No refresh of a group was answered; it counts as one failure of their circuit."""


class NoRefreshSent(CommerceLayerError):
    """No refresh of a group went out, so its circuit learns nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one refresh leaves to be counted."""

    was_sent: bool = False
    error: CommerceLayerError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresher:
    """Sends the refreshes of one batch.

    The circuit is entered on the handler's thread, for a whole group: its probe belongs to a thread, and those of
    the pool would never close it again.
    """

    commerce_layer: CommerceLayer
    circuits: Circuits
    pool: TaskPool
    clock: Clock
    breaker: BatchBreaker

    def refresh_group[T](
        self,
        payment_type: str,
        group: Sequence[tuple[Watch, Order]],
        handle: Callable[[Watch, Found], T],
    ) -> Sequence[T]:
        """Refresh payments, given with the orders a look told; ``handle`` takes what came of each."""
        handled: list[T] = []

        def run() -> None:
            sent = answered = 0
            for result, refresh in self.pool.run([partial(self._refresh, *one, handle) for one in group]):
                handled.append(result)
                sent += refresh.was_sent
                answered += refresh.was_sent and not isinstance(refresh.error, Unavailable)
                self._learn(refresh)
            if not sent:
                raise NoRefreshSent(f"no refresh of {payment_type} was sent")
            if not answered:
                raise NoRefreshAnswered(f"no refresh of {payment_type} was answered")

        try:
            self.circuits.call(payment_type, run)
        except (NoRefreshAnswered, NoRefreshSent):
            pass  # what came of each payment is handled already
        except CommerceLayerError as error:
            last_error = self.breaker.note(error)
            handled += self.pool.run([partial(handle, watch, last_error) for watch, _ in group])
        return handled

    def _refresh[T](self, watch: Watch, looked: Order, handle: Callable[[Watch, Found], T]) -> tuple[T, Sent]:
        """Refresh one payment and have it handled; one task of several, so it only tells what is to be counted."""
        if self.breaker.stopped is not None:
            return handle(watch, self.breaker.stopped), Sent()
        if not self.breaker.has_time():
            return handle(watch, NoAnswer(None)), Sent()
        sent: list[float] = []
        found: Found
        error: CommerceLayerError | None = None
        try:
            refreshed = self.commerce_layer.refresh(watch.key, lambda: sent.append(self.clock()))
            found = self._answer(merge_refresh_answer(looked, refreshed, watch.key), sent)
        except NotFound:
            found = Answer(not_found=True)
        except Declined as declined:
            error = declined
            found = self._answer(looked, sent, declined.reason)
        except CommerceLayerError as last_error:
            error = last_error
            reason = None if isinstance(last_error, NoBudget) else last_error.reason
            found = NoAnswer(reason, SentRefresh(sent[0], self.clock()) if sent else None)
        except Exception as broken:  # handed on, not swallowed: its neighbours are refreshed all the same
            found = broken
        return handle(watch, found), Sent(was_sent=bool(sent), error=error)

    def _answer(self, order: Order, sent: Sequence[float], code: str | None = None) -> Answer:
        until = self.clock()
        return Answer(
            order=order, looked=True, sent_refresh=SentRefresh(sent[0] if sent else until, until), code=code
        )

    def _learn(self, refresh: Sent) -> None:
        """Count a refresh, and stop where the next would fare no better."""
        self.breaker.counts["RefreshCalls"] += refresh.was_sent
        if refresh.error is None:
            self.breaker.answered()
        elif isinstance(refresh.error, Declined):
            self.breaker.answered()
            self.breaker.counts["Declined"] += 1
        else:
            self.breaker.met(refresh.error)
