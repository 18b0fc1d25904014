"""What the use cases need of the outside, as protocols; the adapters and the tests' fakes keep them."""

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
    from payment_refresh.domain.watch import Due, Watch, WatchClass
    from payment_refresh.rate_limit.gcra import RateReading


class Clock(Protocol):
    """Tells the time."""

    def __call__(self) -> float:
        """Epoch seconds UTC."""
        ...


class Log(Protocol):
    """Where the use cases write what a person may want to read later; `logging.Logger` keeps it."""

    def info(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Write what went as it should."""
        ...

    def warning(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Write what is out of the ordinary but taken care of."""
        ...

    def error(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Write what a person must look at."""
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
    """The watches.

    Every method raises `StateUnavailable` where the table does not answer.
    """

    def read(self, key: PaymentKey) -> Watch | None:
        """Read one row, consistently.

        Raises
        ------
        UnreadableRow
            The row is not one this version can read.
        """
        ...

    def read_many(self, keys: Iterable[PaymentKey]) -> Mapping[PaymentKey, Watch]:
        """Read rows consistently; what is not there is left out, and so is what cannot be read (logged)."""
        ...

    def write(self, watch: Watch) -> Watch:
        """Write a whole row if it still has the revision that was read (0: if there is none yet).

        Returns the watch with its new revision.

        Raises
        ------
        Conflict
            Somebody else wrote it first; the error bears the row as it stands.
        """
        ...

    def due(self, watch_class: WatchClass, now: int, limit: int) -> Sequence[Due]:
        """List up to ``limit`` rows due at ``now`` (epoch seconds UTC), oldest first; may be stale."""
        ...

    def claim(self, due: Due, token: str, until: int) -> Watch | None:
        """Claim a due row until ``until`` (epoch seconds UTC) if it is still due when it was; else None.

        Raises
        ------
        UnreadableRow
            The row is not one this version can read; its claim stands.
        """
        ...

    def first_seen(self, now: int) -> int:
        """Tell when this table was first asked this (epoch seconds UTC): the first deployment."""
        ...


class CursorTable(Protocol):
    """Where discover's progress is kept; raises `StateUnavailable` where it does not answer."""

    def read(self, of: Pass) -> Cursor:
        """Read the progress of a kind of pass, consistently; an empty one where none ever began."""
        ...

    def write(self, progress: Cursor) -> Cursor:
        """Write it if it still has the revision that was read; returns it with its new revision.

        Raises
        ------
        Conflict
            Another run wrote it first.
        """
        ...


class RateLimiter(Protocol):
    """The rate at which Commerce Layer may be called, shared by all environments.

    Every method but `heard` and `looked` raises `StateUnavailable` where the table does not answer: no call may be
    made outside the pace.
    """

    def take(self) -> None:
        """Wait for the next slot; every call takes one, retries included.

        Raises
        ------
        NoBudget
            There is none within some seconds.
        """
        ...

    def refused(self, retry_after: float | None) -> None:
        """Pause for everybody: a 429 came, and with it perhaps the seconds to wait."""
        ...

    def heard(self, remaining: int, limit: int) -> None:
        """Slow down for everybody where an answer says that little of the rate limit remains."""
        ...

    def looked(self, total: int, unsettled: int) -> None:
        """Note how many payments were looked at, and how many of them are to be refreshed."""
        ...

    def utilisation(self) -> float:
        """Tell the moving average of used against allowed, from 0 to 1, as far as this environment knows."""
        ...

    def unsettled_share(self) -> float:
        """Tell the moving average of what looks leave to be refreshed, from 0 to 1, likewise."""
        ...


class RateGauge(Protocol):
    """The pace, for who only plans calls."""

    def snapshot(self) -> RateReading:
        """Read how it stands now; raises `StateUnavailable` where the table does not answer."""
        ...


class TaskPool(Protocol):
    """Runs tasks, some at a time."""

    def run[T](self, tasks: Sequence[Callable[[], T]]) -> Iterator[T]:
        """Run all tasks and yield their results as they come; they are consumed on the caller's thread."""
        ...


class Circuits(Protocol):
    """Circuit breakers shared by all environments: after too many failures, calls are left out for a while."""

    def call[T](self, name: str, work: Callable[[], T]) -> T:
        """Do some work under a circuit; an `Unavailable` it raises counts as a failure.

        Raises
        ------
        CircuitOpen
            The circuit is open; the work was not done.
        """
        ...

    def is_open(self, name: str) -> bool:
        """Tell whether a circuit is open, or tries whether it may close again."""
        ...


class PendingQueue(Protocol):
    """The door: what is to be checked now."""

    def backlog(self) -> int:
        """Tell about how many messages wait or are being handled.

        Raises
        ------
        SendFailed
            The queue did not answer.
        """
        ...

    def send(self, watches: Sequence[Watch]) -> Sequence[Watch]:
        """Send a request for each claimed watch; returns those the queue refused.

        Where no answer came, the queue may have taken them, so they are not returned: their claims must stand, and
        the watches fall due again by their leases.
        """
        ...


class DeadLetterQueue(Protocol):
    """Where payments that stayed pending wait for a person."""

    def send(self, letters: Sequence[str]) -> Sequence[bool]:
        """Send letters; tells for each whether the queue took it."""
        ...


class OrderListing(Protocol):
    """Commerce Layer's API, as far as discover uses it; raises a `CommerceLayerError` as `CommerceLayer` does."""

    def list_orders(self, listing: Listing, after: str | None) -> OrderPage:
        """List a page of orders by id, those behind ``after``; may bear more than the listing wants."""
        ...

    def list_webhooks(self) -> Sequence[WebhookState]:
        """List the organization's webhooks."""
        ...

    def list_gateways(self, gateway_type: str) -> Sequence[GatewayState]:
        """List the payment gateways of a type that are in use."""
        ...


class EventBus(Protocol):
    """Where outcome events are sent for others to act on."""

    def send(self, events: Sequence[OutcomeEvent]) -> Sequence[bool]:
        """Send events; tells for each whether the bus took it."""
        ...


class CommerceLayer(Protocol):
    """Commerce Layer's API, as far as we use it.

    Every method raises a `CommerceLayerError` of the class that says what to do.
    """

    def look(self, order_ids: Sequence[str]) -> Mapping[str, Order]:
        """List orders by id, with payment source and authorizations; absence proves nothing."""
        ...

    def find_orders(self, payment_type: str, payment_ids: Sequence[str]) -> Mapping[str, str]:
        """Tell the order id of each payment that the list shows."""
        ...

    def retrieve(self, key: PaymentKey) -> Order | None:
        """Read one payment's order (or the order itself) without touching anything.

        Raises
        ------
        NotFound
            There is no such record.
        UnreadableOrder
            It is the order that was asked for, and cannot be read.
        """
        ...

    def refresh(self, key: PaymentKey, on_sent: Callable[[], None]) -> Order | None:
        """Ask Commerce Layer to refresh a payment: ``PATCH`` with ``_refresh: true``; returns its order.

        Parameters
        ----------
        on_sent
            Called each time the request is about to go out, when it has waited for its slot.

        Raises
        ------
        Declined
            It would not (409, 422), which is an answer too.
        NotFound
            There is no such payment.
        """
        ...
