"""Ports that several commands have in common; adapters and test doubles implement them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from payment_refresh.domain.cursor import Cursor, Pass
    from payment_refresh.domain.daily_digest import DailyDigest
    from payment_refresh.domain.mode_mark import ModeMark
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.stuck import Stuck
    from payment_refresh.domain.vocabulary import DueClass
    from payment_refresh.domain.watch import Watch
    from payment_refresh.rate_limit.gcra import RateState


class Rows(Protocol):
    """The watches of a stack, to read; each method raises `StateUnavailable` where the table does not answer."""

    def find(self, name: str, *, before_scan: Callable[[], None] = ...) -> Sequence[Watch]:
        """Find the watches of a payment id, an order id, an order number, or a row's key.

        A key, or the id of a watched payment, is read directly; anything else costs a scan. ``before_scan`` is
        called before that, and may raise to prevent it. An order's own row comes with its payments' rows.
        """
        ...

    def read_many(self, keys: Iterable[PaymentKey]) -> Mapping[PaymentKey, Watch]:
        """Read rows with consistent reads; those that are missing or unreadable are left out."""
        ...

    def size(self) -> tuple[int, int]:
        """About how many rows the table has, and how many bytes; as of the last six hours."""
        ...

    def scan(self, so_far: Callable[[int], None]) -> Iterator[Watch]:
        """Read every watch; ``so_far`` is called with the number of rows read."""
        ...


class Requests(Protocol):
    """The queue of payments to check now, to send to."""

    def send(self, bodies: Sequence[str]) -> Sequence[bool]:
        """Send messages; returns for each whether the queue took it. Raises where the queue does not answer."""
        ...


class Series(NamedTuple):
    """Numbers of a metric in CloudWatch.

    Attributes
    ----------
    name
        Name of the metric.
    statistic
        As CloudWatch names them: ``Sum``, ``Maximum``, ``Minimum``, ``SampleCount``, ``p50``, ``p90`` ...
    dimensions
        Pairs of names and values: all that the metric has, but for the one that every metric of the functions has.
    namespace
        None for the stack's own namespace, of the functions' metrics.
    """

    name: str
    statistic: str = "Sum"
    dimensions: tuple[tuple[str, str], ...] = ()
    namespace: str | None = None


class Point(NamedTuple):
    """One number: the statistic over the period that begins ``at`` (epoch seconds UTC)."""

    at: int
    value: float


class Metrics(Protocol):
    """The metrics of a stack, to read."""

    def read(
        self, series: Iterable[Series], since: float, until: float, *, period: int | None = None
    ) -> Mapping[Series, Sequence[Point]]:
        """Read numbers between two times (epoch seconds UTC), oldest first; a series without any has no points.

        Parameters
        ----------
        since
            Rounded down to a whole period, so the first point may begin up to one period earlier.
        period
            Seconds that each point stands for, a multiple of 60; None for the finest that CloudWatch still keeps
            since then, and that is not too many points.
        """
        ...

    def values_of(self, name: str, dimension: str) -> Sequence[str]:
        """The values that a dimension of a metric has had within the last two weeks, in order."""
        ...


class Marks(Protocol):
    """What the functions write down of themselves; each method raises `StateUnavailable` without an answer."""

    def first_deployed_at(self) -> int | None:
        """When the first sweep ran (epoch seconds UTC); None before it."""
        ...

    def mode(self) -> ModeMark:
        """The mode that the last sweeps ran in."""
        ...

    def cursor(self, of: Pass) -> Cursor:
        """How far discover is."""
        ...

    def rate(self) -> RateState | None:
        """The rate limiter's state; None before the first call."""
        ...

    def digest(self) -> DailyDigest:
        """The last daily digest."""
        ...

    def reads_are_paused(self) -> bool:
        """Whether the circuit of lists is open, since Commerce Layer did not answer."""
        ...


class DueCount(NamedTuple):
    """How many watches of a class are in the due index.

    Attributes
    ----------
    due, later
        Those that are due, and those that will be.
    oldest_at
        When the one fell due that has been due for longest (epoch seconds UTC); None where none is due.
    """

    due: int = 0
    later: int = 0
    oldest_at: int | None = None


class DueIndex(Protocol):
    """The due index of a stack's table; both methods cost what stands in it, not what the table holds."""

    def counts(self, now: float) -> Mapping[DueClass, DueCount]:
        """Count the watches of each class."""
        ...

    def stuck(self, most: int) -> Stuck | None:
        """Sum up the rows that are reported or dead-lettered; None where there are more than that."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Somebody who is subscribed to a topic.

    Attributes
    ----------
    protocol, endpoint
        Such as ``email`` and an address.
    """

    protocol: str
    endpoint: str
    is_confirmed: bool


class Depth(NamedTuple):
    """How many messages a queue has: waiting, and being handled."""

    waiting: int = 0
    in_flight: int = 0


class Queues(Protocol):
    """The queues of a stack."""

    def depth(self, url: str) -> Depth:
        """About how many messages a queue has."""
        ...


class RingingAlarm(NamedTuple):
    """An alarm that is in alarm now.

    Attributes
    ----------
    name
        Its logical id in the template.
    since
        Epoch seconds UTC.
    description
        What happened and what to do, as the template says.
    """

    name: str
    since: float
    description: str


class Alarms(Protocol):
    """The alarms of a stack."""

    def ringing(self) -> Sequence[RingingAlarm] | None:
        """Those that are in alarm; None where nobody evaluates them, as on the local AWS."""
        ...


class May(Enum):
    """What the API said when a right was tried."""

    YES = auto()
    NO = auto()
    UNKNOWN_TYPE = auto()
    """It knows no such type: another version of the API, or another host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook of the organization.

    Attributes
    ----------
    includes
        The relations that its deliveries include.
    secret
        Its shared secret; None where the API does not show it.
    is_open
        Whether its circuit is open.
    failures
        How many deliveries in a row failed.
    """

    id: str
    name: str = ""
    topic: str
    callback_url: str
    includes: tuple[str, ...] = ()
    secret: str | None = field(default=None, repr=False)
    is_disabled: bool = False
    is_open: bool = False
    failures: int = 0
