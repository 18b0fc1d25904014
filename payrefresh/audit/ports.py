"""Ports of the audit; adapters and test doubles implement them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.domain.order import Order
    from payrefresh.audit.scans import Scan
    from payrefresh.audit.state import AuditState


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a scan.

    Attributes
    ----------
    after
        Id after which the next page begins; None if this was the last one.
    left
        Orders that the API counts from this page on; None where it does not say.
    unreadable
        Records of the page that are no orders.
    """

    orders: Sequence[Order]
    after: str | None
    left: int | None
    unreadable: int = 0


class OrderPages(Protocol):
    """The organization's orders, to read."""

    @property
    def calls(self) -> int:
        """How many requests were sent."""
        ...

    def page(self, scan: Scan, changed_from: str, after: str | None) -> Page:
        """Read a page of a scan: orders that changed since ``changed_from``, with ids after ``after``.

        Raises
        ------
        CommerceLayerError
            It was refused, or not answered.
        """
        ...


class StateFile(Protocol):
    """Where an audit's state is kept, so that a later run can go on."""

    def save(self, state: AuditState) -> None:
        """Replace what is kept there, all at once."""
        ...
