"""The state of an audit: how far it is, and what it found; all that a later run needs to go on. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from payrefresh.audit.findings import Finding, Problem, examine
from payrefresh.audit.remedies import Remedy, Times
from payrefresh.audit.scans import SCANS
from payrefresh.errors import WrongInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payrefresh.audit.ports import Page
    from payrefresh.audit.scans import Scan

VERSION = 1
"""Of the document; one of another version is not resumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an audit is of.

    Attributes
    ----------
    organization, mode
        As the access token says.
    since, min_age
        As they were asked for.
    """

    organization: str
    mode: str
    since: str
    min_age: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The times of an audit (ISO 8601 UTC), which stay as they were when it is resumed.

    Attributes
    ----------
    begun_at
        When it began.
    changed_from
        Orders that did not change since are not read.
    quiet_since
        What is stuck only since then may still move by itself.
    times
        From when on this product would act.
    """

    begun_at: str
    changed_from: str
    quiet_since: str
    times: Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Numbers of orders and calls.

    Attributes
    ----------
    orders
        Orders read.
    calls
        Requests sent, those that failed included.
    young
        Problems that are so young that they may still go away.
    unseen
        Orders with money whose authorizations were not shown.
    unreadable
        Records that are no orders.
    """

    orders: int = 0
    calls: int = 0
    young: int = 0
    unseen: int = 0
    unreadable: int = 0

    def plus(self, other: Counts) -> Counts:
        """Add other numbers."""
        return Counts(**{name: value + getattr(other, name) for name, value in asdict(self).items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditState:
    """How far an audit is.

    Attributes
    ----------
    position
        Which of the scans it is at; their number once it is complete.
    after
        Id of the last order read in it; None at its beginning.
    read
        Orders read in it.
    findings
        By the order's id.
    apart
        Orders that are counted and no more: by the type of their payment, or of the new payments model.
    """

    scope: Scope
    span: Span
    position: int = 0
    after: str | None = None
    read: int = 0
    counts: Counts = field(default_factory=Counts)
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    apart: Mapping[str, int] = field(default_factory=dict)

    @property
    def scan(self) -> Scan | None:
        """The scan to go on with; None once the audit is complete."""
        return SCANS[self.position] if self.position < len(SCANS) else None

    @property
    def has_begun(self) -> bool:
        """Whether anything was read, which a later run need not read again."""
        return self.position > 0 or self.after is not None

    def with_page(self, scan: Scan, page: Page) -> AuditState:
        """Add a page of a scan, and move behind it.

        Of an order that moved from one scan to another meanwhile, only what was read last counts.
        """
        findings, apart = dict(self.findings), Counter(self.apart)
        counts = replace(self.counts, unreadable=self.counts.unreadable + page.unreadable)
        wanted = [order for order in page.orders if scan.wants(order, self.span.changed_from)]
        for order in wanted:
            examined = examine(order, self.span.times)
            apart.update([examined.apart] if examined.apart else [])
            old = tuple(each for each in examined.findings if each.since <= self.span.quiet_since)
            findings.pop(order.id, None)
            if old:
                findings[order.id] = old
            counts = counts.plus(
                Counts(orders=1, young=len(examined.findings) - len(old), unseen=int(examined.is_unseen))
            )
        is_last = page.after is None
        return replace(
            self,
            position=self.position + is_last,
            after=page.after,
            read=0 if is_last else self.read + len(page.orders),
            counts=counts,
            findings=findings,
            apart=dict(apart),
        )

    def with_calls(self, calls: int) -> AuditState:
        """Count requests."""
        return replace(self, counts=self.counts.plus(Counts(calls=calls)))

    def document(self) -> dict[str, Any]:
        """Write it as JSON can hold it: ids, counts, sums, times, and nothing of a shopper."""
        document = asdict(self)
        document["findings"] = [asdict(each) for found in self.findings.values() for each in found]
        return {"version": VERSION} | document


def read_state(document: object) -> AuditState:
    """Read what `AuditState.document` wrote.

    Raises
    ------
    WrongInput
        It is none, or another version's.
    """
    try:
        return _read(document)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise WrongInput("it is not the state of an audit, or of another version of payrefresh") from None


def _read(document: Any) -> AuditState:
    if document["version"] != VERSION:
        raise ValueError
    findings: dict[str, tuple[Finding, ...]] = {}
    for each in document["findings"]:
        words = {"problem": Problem(each["problem"]), "remedy": Remedy(each["remedy"])}
        finding = Finding(**each | words)
        findings[finding.order_id] = (*findings.get(finding.order_id, ()), finding)
    span = document["span"]
    return AuditState(
        scope=Scope(**document["scope"]),
        span=Span(**span | {"times": Times(**span["times"])}),
        position=int(document["position"]),
        after=document["after"],
        read=int(document["read"]),
        counts=Counts(**document["counts"]),
        findings=findings,
        apart={str(name): int(count) for name, count in document["apart"].items()},
    )
