"""The result of an audit: sums by problem and currency, and every finding, the oldest first. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from payment_refresh.domain.digest_mail import money
from payment_refresh.times import to_epoch
from payrefresh.audit.findings import NEW_MODEL, Finding, Problem
from payrefresh.audit.remedies import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from payrefresh.audit.state import AuditState


class Wording(NamedTuple):
    """A problem in plain words: what it is, and what its sum is of."""

    title: str
    sum_of: str


TITLES: Mapping[Problem, Wording] = {
    Problem.PLACED_UNPAID: Wording("placed and not paid", "not paid"),
    Problem.PAID_NOT_PLACED: Wording("paid and not placed", "held"),
    Problem.MONEY_ON_CANCELLED: Wording("money on a cancelled order", "held"),
    Problem.SECOND_CHARGE: Wording("second charge held", "held twice"),
    Problem.LESS_HELD: Wording("less held than the order costs", "missing"),
    Problem.MORE_HELD: Wording("more held than the order costs", "too much"),
}

CSV_NAMES = (
    *("problem", "order_number", "order_id", "payment", "amount", "amount_cents", "currency"),
    *("since", "age_days", "certain", "would"),
)


def findings_of(state: AuditState) -> Sequence[Finding]:
    """Give all findings, the oldest first."""
    found = [each for findings in state.findings.values() for each in findings]
    return sorted(found, key=lambda each: (each.since, each.order_id, each.problem))


def result(state: AuditState) -> dict[str, Any]:
    """Give all that an audit found, as JSON can hold it."""
    findings = findings_of(state)
    counts = state.counts
    return {
        "organization": state.scope.organization,
        "mode": state.scope.mode,
        "as_of": state.span.begun_at,
        "changed_since": state.span.changed_from,
        "stuck_before": state.span.quiet_since,
        "complete": state.scan is None,
        "calls": counts.calls,
        "orders_read": counts.orders,
        "orders_stuck": len(state.findings),
        "problems": {problem.value: _problem(findings, problem) for problem in Problem},
        "would": {
            remedy.value: {"count": count, "words": WORDS[remedy]} for remedy, count in _remedies(findings).items()
        },
        "not_counted": {
            "too_young": counts.young,
            "new_payments_model": state.apart.get(NEW_MODEL, 0),
            "other_payments": {name: count for name, count in sorted(state.apart.items()) if name != NEW_MODEL},
            "authorizations_not_shown": counts.unseen,
            "unreadable": counts.unreadable,
        },
        "findings": [_finding(each, state) for each in findings],
    }


def csv_rows(document: Mapping[str, Any]) -> Iterable[Mapping[str, object]]:
    """Give a row for each finding of a result."""
    for finding in document["findings"]:
        cents, currency = finding["amount_cents"], finding["currency"]
        amount = None if cents is None or not currency else money(cents, currency)
        yield finding | {
            "amount": None if amount is None else amount.partition(" ")[0].replace(",", ""),
            "certain": "yes" if finding["certain"] else "no",
        }


def _problem(findings: Sequence[Finding], problem: Problem) -> dict[str, Any]:
    those = [each for each in findings if each.problem is problem]
    sums: Counter[str] = Counter()
    for each in those:
        if each.cents is not None and each.currency:
            sums[each.currency] += each.cents
    return {
        "title": TITLES[problem].title,
        "count": len(those),
        "sum_of": TITLES[problem].sum_of,
        "sums_cents": dict(sorted(sums.items())),
        "amounts_unknown": sum(each.cents is None or not each.currency for each in those),
        "oldest": those[0].since if those else None,
    }


def _remedies(findings: Sequence[Finding]) -> Counter[Any]:
    return Counter(each.remedy for each in findings)


def _finding(finding: Finding, state: AuditState) -> dict[str, Any]:
    age = to_epoch(state.span.begun_at) - to_epoch(finding.since) if finding.since else None
    return {
        "problem": finding.problem.value,
        "order_number": finding.order_number,
        "order_id": finding.order_id,
        "payment": finding.payment,
        "amount_cents": finding.cents,
        "currency": finding.currency,
        "since": finding.since or None,
        "age_days": None if age is None else round(max(0.0, age) / 86400, 2),
        "certain": finding.is_certain,
        "would": finding.remedy.value,
    }
