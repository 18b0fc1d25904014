"""Use case, second part: ask Commerce Layer about a group of watches; look first, then refresh."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from payment_refresh.attribution import Patched
from payment_refresh.ending import is_older
from payment_refresh.errors import (
    CommerceLayerError,
    CredentialsRefused,
    Declined,
    NotFound,
    NoToken,
    PermissionMissing,
    RateLimited,
    RequestRefused,
    Unavailable,
)
from payment_refresh.lifecycle import Answer, is_last_look
from payment_refresh.order import Order, newer, to_epoch
from payment_refresh.troubles import tell_trouble
from payment_refresh.verdict import Kind, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from payment_refresh.payment import PaymentKey
    from payment_refresh.policy import Policy
    from payment_refresh.ports import Clock, CommerceLayer, Log
    from payment_refresh.watch import Watch

TROUBLES_IN_A_ROW = 3
"""After so many calls without an answer, the rest of a batch is put back without asking."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A watch that got no answer.

    Attributes
    ----------
    reason
        What went wrong; None where there was only no time left to ask.
    patched
        When a refresh was sent whose answer never came.
    """

    reason: str | None
    patched: Patched | None = None


@dataclass(slots=True, kw_only=True)
class Inquiry:
    """Asks Commerce Layer about watches, and remembers within one batch when it is better to stop asking.

    Attributes
    ----------
    observe
        Whether refreshes are never sent.
    act_after
        Orders placed (carts: created) before this are only looked at; epoch seconds UTC.
    has_time
        Tells whether there is time for one more call.
    counts
        Calls made and troubles met, by metric name.
    """

    commerce_layer: CommerceLayer
    policy: Policy
    clock: Clock
    log: Log
    observe: bool
    act_after: float
    has_time: Callable[[], bool]
    counts: Counter[str] = field(default_factory=Counter)
    _is_stopped: bool = False
    _stopped: str | None = None
    _in_a_row: int = 0

    def __call__(self, watches: Sequence[Watch]) -> Iterator[tuple[Watch, Answer | Trouble | Exception]]:
        """Ask about each watch; yields what came of it, so that it can be written before the next call.

        An exception is yielded where a payment broke the code: its neighbours are asked all the same.
        """
        orders: Mapping[PaymentKey, Order] = {}
        if not self._is_stopped:
            try:
                orders = self._look(watches)
            except CommerceLayerError as error:
                self._stop(self._note(error))
        for watch in watches:
            try:
                answer: Answer | Trouble | Exception = self._ask(watch, orders.get(watch.key))
            except Exception as error:  # handed on, not swallowed
                answer = error
            yield watch, answer

    def _look(self, watches: Sequence[Watch]) -> Mapping[PaymentKey, Order]:
        """List the orders of all watches in one call; where only the payment is known, find its order first."""
        order_ids = {watch.key: watch.key.id if watch.key.is_order else watch.order_id for watch in watches}
        unknown = [key for key, order_id in order_ids.items() if order_id is None]
        for payment_type in sorted({key.type for key in unknown}):
            if not self._may_call():
                return {}
            self.counts["ListCalls"] += 1
            keys = [key for key in unknown if key.type == payment_type]
            try:
                found = self.commerce_layer.find_orders(payment_type, [key.id for key in keys])
            except (PermissionMissing, RequestRefused) as error:
                self._note(error)  # of this type alone: its payments are asked one by one, the others as always
            else:
                order_ids |= {key: found.get(key.id) for key in keys}
        wanted = sorted({order_id for order_id in order_ids.values() if order_id is not None})
        if not wanted or not self._may_call():
            return {}
        self.counts["ListCalls"] += 1
        orders = self.commerce_layer.look(wanted)
        self._in_a_row = 0
        return {key: orders[id_] for key, id_ in order_ids.items() if id_ is not None and id_ in orders}

    def _ask(self, watch: Watch, order: Order | None) -> Answer | Trouble:
        try:
            if order is None:
                # Absence from a list proves nothing: ask for the record itself.
                if not self._may_call():
                    return Trouble(self._stopped)
                self.counts["RetrieveCalls"] += 1
                order = self.commerce_layer.retrieve(watch.key)
                self._in_a_row = 0
            if order is None or not self._needs_refresh(watch, order):
                can_refresh = not watch.key.is_order and self._may_refresh(order)
                return Answer(order=order, looked=order is not None, can_refresh=can_refresh)
            if not self._may_call():
                return Trouble(self._stopped)
        except NotFound:
            return self._missing()
        except CommerceLayerError as error:
            return self._troubled(error)
        return self._refresh(watch, order)

    def _refresh(self, watch: Watch, looked: Order) -> Answer | Trouble:
        self.counts["PatchCalls"] += 1
        sent: list[float] = []
        code, order = None, looked
        try:
            refreshed = self.commerce_layer.refresh(watch.key, lambda: sent.append(self.clock()))
            order = newer(looked, refreshed, watch.key)
        except NotFound:
            return self._missing()
        except Declined as declined:
            code = declined.reason
            self.counts["Declined"] += 1
        except CommerceLayerError as error:
            return replace(self._troubled(error), patched=Patched(sent[0], self.clock()) if sent else None)
        self._in_a_row = 0
        until = self.clock()
        return Answer(order=order, looked=True, patched=Patched(sent[0] if sent else until, until), code=code)

    def _missing(self) -> Answer:
        self._in_a_row = 0
        return Answer(not_found=True)

    def _troubled(self, error: CommerceLayerError) -> Trouble:
        """Put a watch back; stop asking where the next call would fare no better."""
        trouble = self._note(error)
        self._in_a_row = self._in_a_row + 1 if isinstance(error, Unavailable) else 0
        if isinstance(error, RateLimited | CredentialsRefused | NoToken) or self._in_a_row >= TROUBLES_IN_A_ROW:
            self._stop(trouble)
        return trouble

    def _needs_refresh(self, watch: Watch, order: Order) -> bool:
        if watch.key.is_order or is_older(order, watch):
            return False
        verdict = judge(order, watch.key)
        if verdict.kind is not Kind.PENDING or verdict.look_only:
            return False
        if is_last_look(watch, int(self.clock()), self.policy):
            return False
        if not self._may_refresh(order):
            self.counts["NotSent"] += 1
            return False
        return True

    def _may_refresh(self, order: Order | None) -> bool:
        """Tell whether this deployment acts on this order, or only observes it."""
        at = None if order is None else order.placed_at or order.created_at
        return not self.observe and at is not None and to_epoch(at) >= self.act_after

    def _may_call(self) -> bool:
        if not self._is_stopped and not self.has_time():
            self._stop(Trouble(None))
        return not self._is_stopped

    def _stop(self, trouble: Trouble) -> None:
        self._is_stopped, self._stopped = True, trouble.reason

    def _note(self, error: CommerceLayerError) -> Trouble:
        tell_trouble(error, self.counts, self.log)
        return Trouble(error.reason)
