"""Commerce Layer in memory: orders that stand as a test puts them, and answers that can be scripted."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from payment_refresh.domain.order import Order

type Answer = BaseException | Callable[[], object]
"""Effect of a scripted call: raise, or do something before it answers as always."""


def unheard() -> None:
    """Take no note of a request that is sent."""


def bare(order: Order) -> Order:
    """An order as it comes with a payment: with its payment source, and no other relation."""
    return replace(
        order,
        auto_place=None,
        auto_capture=None,
        authorizations=(),
        authorizations_known=False,
        reversals=(),
        reversals_known=False,
    )


@dataclass(slots=True)
class FakeCommerceLayer:
    """Implements the `CommerceLayer` port in memory.

    Attributes
    ----------
    orders
        As they stand, by id.
    payments
        The order of each payment, by key, None for an orphan; `put` keeps it.
    hidden
        Ids of orders that no list of orders shows; lists of payments show theirs.
    shows_order
        Whether a payment's answer includes its order.
    lagging
        Whether the order in a refresh's answer shows the state before the refresh.
    down
        What every call meets, where there is an outage.
    unsent
        What keeps every refresh from being sent, if anything.
    calls
        Every call: its name, and what it asked for.
    """

    orders: dict[str, Order] = field(default_factory=dict)
    payments: dict[PaymentKey, str | None] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    shows_order: bool = True
    lagging: bool = False
    down: Exception | None = None
    unsent: Exception | None = None
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    _scripts: dict[tuple[str, str], deque[Answer]] = field(default_factory=dict)
    _failing: dict[tuple[str, str], Exception] = field(default_factory=dict)
    _effects: dict[PaymentKey, Callable[[], object]] = field(default_factory=dict)

    def put(self, *orders: Order) -> None:
        """Let orders stand like this."""
        for order in orders:
            self.orders[order.id] = order
            if order.payment is not None:
                self.payments[order.payment] = order.id

    def orphan(self, key: PaymentKey) -> None:
        """Let a payment stay while its order is gone: from now on it answers without one."""
        self.orders.pop(self.payments[key] or "", None)
        self.payments[key] = ""

    def delete(self, *orders: Order) -> None:
        """Let orders, and their payments, be gone."""
        for order in orders:
            self.orders.pop(order.id, None)
            if order.payment is not None:
                self.payments.pop(order.payment, None)

    def script(self, method: str, about: str, *answers: Answer) -> None:
        """Say what the next calls of a method about an id (``*``: about anything) do; then all is as always."""
        self._scripts.setdefault((method, about), deque()).extend(answers)

    def fail(self, method: str, about: str, error: Exception) -> None:
        """Let every call of a method about an id (``*``: about anything) meet this, until it is forgotten."""
        self._failing[method, about] = error

    def forget(self, method: str) -> None:
        """Let a method answer as always again, whatever was scripted."""
        for about in [key for key in self._scripts if key[0] == method]:
            del self._scripts[about]
        for about in [key for key in self._failing if key[0] == method]:
            del self._failing[about]

    def on_refresh(self, key: PaymentKey, effect: Callable[[], object]) -> None:
        """Say what refreshing a payment does, such as `put` its order as settled."""
        self._effects[key] = effect

    @property
    def count(self) -> Counter[str]:
        """How often each method was called."""
        return Counter(name for name, _ in self.calls)

    def asked(self, method: str) -> list[tuple[str, ...]]:
        """What each call of a method asked for."""
        return [about for name, about in self.calls if name == method]

    def look(self, order_ids: Sequence[str], on_sent: Callable[[], None]) -> Mapping[str, Order]:
        """List orders by id."""
        on_sent()
        self._called("look", *order_ids)
        return {id_: self.orders[id_] for id_ in order_ids if id_ in self.orders and id_ not in self.hidden}

    def find_orders(
        self, payment_type: str, payment_ids: Sequence[str], on_sent: Callable[[], None]
    ) -> Mapping[str, str | None]:
        """Give the order ids of payments."""
        on_sent()
        self._called("find_orders", payment_type, *payment_ids)
        return {
            id_: self.payments[key] or None
            for id_ in payment_ids
            if (key := PaymentKey(payment_type, id_)) in self.payments
        }

    def retrieve(self, key: PaymentKey, on_sent: Callable[[], None]) -> Order | None:
        """Read one payment's order, or the order itself."""
        on_sent()
        self._called("retrieve", str(key))
        if key.is_order:
            if key.id not in self.orders:
                raise not_found(key)
            return self.orders[key.id]
        return self._order_of(key)

    def refresh(self, key: PaymentKey, on_sent: Callable[[], None]) -> Order | None:
        """Refresh a payment."""
        if self.unsent is not None:
            raise self.unsent
        on_sent()
        before = None if key not in self.payments else self._order_of(key)
        self._called("refresh", str(key))
        if key in self._effects:
            self._effects[key]()
        after = self._order_of(key)
        return before if self.lagging else after

    def _order_of(self, key: PaymentKey) -> Order | None:
        if key not in self.payments:
            raise not_found(key)
        order = self.orders.get(self.payments[key] or "")
        return bare(order) if order is not None and self.shows_order else None

    def _called(self, method: str, *about: str) -> None:
        self.calls.append((method, about))
        if self.down is not None:
            raise self.down
        for name in (*about, "*"):
            if (method, name) in self._failing:
                raise self._failing[method, name]
            if waiting := self._scripts.get((method, name)):
                answer = waiting.popleft()
                if isinstance(answer, BaseException):
                    raise answer
                answer()
                return


def not_found(key: PaymentKey) -> NotFound:
    """Make the answer to asking for what does not exist."""
    return NotFound(f"{key} answered 404 RECORD_NOT_FOUND", status=404, code="RECORD_NOT_FOUND")
