"""Ports that several commands have in common; adapters and test doubles implement them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch


class Rows(Protocol):
    """The watches of a stack, to read; each method raises `StateUnavailable` where the table does not answer."""

    def find(self, name: str) -> Sequence[Watch]:
        """Find the watches of a payment id, an order id, an order number, or a row's key.

        Payment ids and keys are read directly; only what is neither costs a scan.
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
