"""Ports: the protocols through which use cases reach the outside; adapters and test doubles implement them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from payment_refresh.domain.cursor import Cursor, Pass
    from payment_refresh.domain.discovery import Listing
    from payment_refresh.domain.listed import GatewayState, OrderPage, WebhookState
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.outcome_events import OutcomeEvent
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.stuck import SummaryEvent
    from payment_refresh.domain.vocabulary import DueClass
    from payment_refresh.domain.watch import Due, Watch
    from payment_refresh.rate_limit.gcra import RateReading


class Clock(Protocol):
    """Returns the current time."""

    def __call__(self) -> float:
        """Epoch seconds UTC."""
        ...


class Log(Protocol):
    """Structured log of the use cases; `logging.Logger` satisfies it."""

    def info(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Log normal operation."""
        ...

    def warning(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Log something unusual that needs no action."""
        ...

    def error(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Log something that a person must look at."""
        ...


class EdgeLog(Log, Protocol):
    """The log of a use case that every fault ends in; `logging.Logger` keeps it."""

    def debug(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Write what helps only who looks for a fault."""
        ...

    def exception(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Write what a person must look at, with the exception that is being handled."""
        ...


class StateTable(Protocol):
    """The table of watches.

    Every method raises `StateUnavailable` if the table does not answer.
    """

    def read(self, key: PaymentKey) -> Watch | None:
        """Read one row with a consistent read; None if there is none.

        Raises
        ------
        UnreadableRow
            The row is not one this version can read.
        """
        ...

    def read_many(self, keys: Iterable[PaymentKey]) -> Mapping[PaymentKey, Watch]:
        """Read rows with consistent reads; missing rows are left out, and so are unreadable ones (logged)."""
        ...

    def write(self, watch: Watch) -> Watch:
        """Write a whole row if its revision is still the one that was read (0: if there is no row yet).

        Returns the watch with its new revision.

        Raises
        ------
        Conflict
            Another writer was first; the error carries the current row.
        """
        ...

    def due(self, due_class: DueClass, now: int, limit: int, *, newest_first: bool = False) -> Sequence[Due]:
        """List up to ``limit`` rows due at ``now`` (epoch seconds UTC), oldest first; eventually consistent.

        Parameters
        ----------
        newest_first
            Whether those that fell due last come first, so that a backlog does not hide them.
        """
        ...

    def claim(self, due: Due, token: str, until: int) -> Watch | None:
        """Claim a due row until ``until`` (epoch seconds UTC); None if its ``due_at`` has changed since.

        Raises
        ------
        UnreadableRow
            The row is not one this version can read; it stays claimed.
        """
        ...

    def first_seen(self, now: int) -> int:
        """Return when this method was first called on this table (epoch seconds UTC): the first deployment."""
        ...


class CursorTable(Protocol):
    """Stores the cursors of discover's passes; raises `StateUnavailable` if the table does not answer."""

    def read(self, of: Pass) -> Cursor:
        """Read the cursor of a kind of pass with a consistent read; an empty one if no pass ever began."""
        ...

    def write(self, cursor: Cursor) -> Cursor:
        """Write it, unless another run did so first (`Conflict`); returns it with its new revision."""
        ...


class MarkTable[M](Protocol):
    """Stores one mark, such as the digest's; reads, writes and fails as a `CursorTable` does."""

    def read(self) -> M:
        """Read it; an empty one if it was never written."""
        ...

    def write(self, mark: M) -> M:
        """Write it; returns it with its new revision."""
        ...


class RateLimiter(Protocol):
    """Limits the rate of calls to Commerce Layer across all Lambda environments.

    Every method but `record_remaining` and `record_look` raises `StateUnavailable` where the table does not
    answer: without the shared state, no call may be made.
    """

    def take(self) -> None:
        """Wait for a slot; every call takes one, retries included.

        Raises
        ------
        NoBudget
            There is no free slot within some seconds.
        """
        ...

    def record_429(self, retry_after: float | None) -> None:
        """Pause all environments after a 429, for Retry-After seconds where it gave them."""
        ...

    def record_remaining(self, remaining: int, limit: int) -> None:
        """Slow all environments down if a response shows that little of the rate limit remains."""
        ...

    def record_look(self, total: int, unsettled: int) -> None:
        """Record how many payments were looked at, and how many of them need a refresh."""
        ...

    def utilisation(self) -> float:
        """Moving average of used against allowed calls, from 0 to 1, as of the last state this environment saw."""
        ...

    def unsettled_share(self) -> float:
        """Moving average of the share of looks that need a refresh, from 0 to 1, likewise."""
        ...


class RateGauge(Protocol):
    """Read-only view of the rate limiter, for planning calls."""

    def snapshot(self) -> RateReading:
        """Read its current state; raises `StateUnavailable` if the table does not answer."""
        ...


class TaskPool(Protocol):
    """Runs tasks concurrently."""

    def run[T](self, tasks: Sequence[Callable[[], T]]) -> Iterator[T]:
        """Run all tasks and yield their results as they complete, on the caller's thread."""
        ...


class Circuits(Protocol):
    """Circuit breakers shared by all environments: after too many failures, calls are skipped for a while."""

    def call[T](self, name: str, work: Callable[[], T]) -> T:
        """Run some work through a circuit breaker; an `Unavailable` that it raises counts as a failure.

        Raises
        ------
        CircuitOpen
            The circuit is open; the work was not run.
        """
        ...

    def is_open(self, name: str) -> bool:
        """Return whether a circuit is open or half-open."""
        ...


class PendingQueue(Protocol):
    """The queue of payments to check now."""

    def backlog(self) -> int:
        """Approximate number of messages that wait, are delayed or are being processed.

        Raises
        ------
        SendFailed
            The queue did not answer.
        """
        ...

    def send(self, watches: Sequence[Watch]) -> Sequence[Watch]:
        """Send a message for each claimed watch; returns those the queue rejected.

        If the queue did not answer, it may have accepted the messages. Those watches are not returned: they must
        stay claimed, and fall due again when their leases expire.
        """
        ...


class DeadLetterQueue(Protocol):
    """The queue of payments that stayed pending and need a person."""

    def send(self, letters: Sequence[str]) -> Sequence[bool]:
        """Send dead letters; returns for each whether the queue accepted it."""
        ...


class OrderListing(Protocol):
    """The lists of Commerce Layer's API that discover reads; they raise `CommerceLayerError`."""

    def list_orders(self, listing: Listing, after: str | None) -> OrderPage:
        """Fetch the page of orders after the id ``after``; may contain orders that the listing excludes."""
        ...

    def list_webhooks(self) -> Sequence[WebhookState]:
        """List the organization's webhooks."""
        ...

    def list_gateways(self, gateway_type: str) -> Sequence[GatewayState]:
        """List the enabled payment gateways of a type."""
        ...


class EventBus(Protocol):
    """The event bus that outcome events are published on."""

    def send(self, events: Sequence[OutcomeEvent | SummaryEvent]) -> Sequence[bool]:
        """Send events; returns for each whether the bus accepted it."""
        ...


class CommerceLayer(Protocol):
    """The calls of Commerce Layer's API that check payments.

    Every method calls its ``on_sent`` each time right before a request is sent, after the wait for its slot, and
    raises a `CommerceLayerError` of the class that says what to do: `NotFound` where there is no such record.
    """

    def look(self, order_ids: Sequence[str], on_sent: Callable[[], None]) -> Mapping[str, Order]:
        """Read orders by id, with payment source and transactions; an order may be absent although it exists."""
        ...

    def find_orders(
        self, payment_type: str, payment_ids: Sequence[str], on_sent: Callable[[], None]
    ) -> Mapping[str, str | None]:
        """Find the order ids of payments: None for one without an order, empty where it is not shown.

        What no list shows is left out.
        """
        ...

    def retrieve(self, key: PaymentKey, on_sent: Callable[[], None]) -> Order | None:
        """Read one payment's order (or the order itself, or raise `UnreadableOrder`), without a refresh."""
        ...

    def refresh(self, key: PaymentKey, on_sent: Callable[[], None]) -> Order | None:
        """Ask Commerce Layer to refresh a payment: ``PATCH`` with ``_refresh: true``; returns its order.

        Raises
        ------
        Declined
            Commerce Layer declined the refresh (409, 422); this is an answer.
        """
        ...
