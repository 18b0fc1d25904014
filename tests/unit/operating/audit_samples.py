"""Orders, pages and ports of an audit in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.order import Authorization, Reversal
from payrefresh.audit.begin import Asked
from payrefresh.audit.ports import Page
from payrefresh.audit.remedies import Times
from tests.support.clock import START
from tests.support.samples import order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.domain.order import Order
    from payrefresh.audit.scans import Scan
    from payrefresh.audit.state import AuditState

TIMES = Times.at(START + 60)


def authorization(payment: str | None, cents: int | None = 9900, **changes: Any) -> Authorization:
    """A succeeded authorization of a payment, under a transaction of its own."""
    given = {"id": f"auth-{payment}", "error_code": None, "created_at": None, "transaction_id": f"tx-{payment}"}
    return Authorization(payment_id=payment, succeeded=True, amount_cents=cents, **given | changes)


def given_back(payment: str, cents: int) -> Reversal:
    """A void or refund of a payment."""
    return Reversal(payment_id=payment, transaction_id=f"tx-{payment}", amount_cents=cents)


def looked_at(name: str = "a", **changes: Any) -> Order:
    """An order whose document shows everything; of 99.00 EUR, placed and unpaid, with `pay-{name}`."""
    shown = {"authorizations_known": True, "reversals_known": True, "has_method": True}
    return order(name, **shown | changes)


def begun() -> AuditState:
    """An audit that has read nothing."""
    return Asked("90d", "0").begin("shop", "live", START + 60)


@dataclass(slots=True)
class FakePages:
    """Implements the `OrderPages` port: gives pages, or raises what stands there instead."""

    answers: list[Page | Exception]
    calls: int = 0
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def page(self, scan: Scan, changed_from: str, after: str | None) -> Page:
        """Give the next answer."""
        assert changed_from
        self.calls += 1
        self.asked.append((scan.name, after))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass(slots=True)
class FakeFile:
    """Implements the `StateFile` port: keeps every state."""

    states: list[AuditState] = field(default_factory=list)

    def save(self, state: AuditState) -> None:
        """Keep it."""
        self.states.append(state)


def page(*orders: Order, after: str | None = None, left: int | None = None) -> Page:
    """A page; the last one, unless another begins behind it."""
    return Page(orders=orders, after=after, left=left)


def last_pages(count: int) -> Sequence[Page]:
    """Pages of scans on which nothing is."""
    return [page() for _ in range(count)]
