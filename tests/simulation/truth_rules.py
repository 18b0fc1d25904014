"""Rules of the truth: a person is called only where one is needed, and each case ends as its kind must."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payment_refresh.domain.vocabulary import Reason, Status
from tests.simulation import oracle
from tests.simulation.truth import CALLS, MISMATCH, MISSING, STILL_PENDING, SUPERSEDED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from tests.simulation.case import Case
    from tests.simulation.rules import Rules

OF_THE_PAYMENT = frozenset({MISMATCH, MISSING})
"""What nobody can know of an order while no event shows its payment, which then has no row."""

NOT_ACTED_ON = frozenset({Status.REPORTED, Status.ABANDONED})
"""How a payment may end besides, where it may not be refreshed."""


def broken_by_event(rules: Rules, case: Case | None, key: PaymentKey, detail: Mapping[str, Any]) -> Iterator[str]:
    """Name the rules that an outcome event breaks."""
    kind = detail["kind"]
    is_certain = kind != SUPERSEDED or detail["evidence"] == "money"
    if detail["needs_a_person"] != (kind in CALLS and is_certain):
        yield f"7: {kind} does not say rightly whether it needs a person"
    states = rules.shop.history.get(detail["order"]["id"] or "", ())
    if (
        kind == SUPERSEDED
        and is_certain
        and not any(oracle.is_charged_twice(state.order, key) for state in states)
    ):
        yield "7: called a double charge, and was none"
    if case is None or not detail["needs_a_person"] or kind in case.truth.calls:
        return
    row = rules.table.rows[key]
    is_explained = (
        (kind == STILL_PENDING and row.reason is Reason.CANNOT_PROCESS)
        or key in rules.asked_blindly
        or (kind == MISSING and key in rules.shop.hidden)
    )
    if not is_explained:
        yield f"7: {kind}, and nobody was needed: {case.kind}"


def broken_by_end(rules: Rules, case: Case, rows: Mapping[str, Watch]) -> Iterator[str]:
    """Name the rules that the rows of a case, by the ids of its order and payments, break once all is over."""
    row = rows.get(case.key().id)
    acted = all(rules.acts_on(state.order) for state in rules.shop.history[case.order_id])
    if row is not None:
        yield from _broken_by_row(rules, case, row, acted=acted)
    is_excused = any(
        each.reason is Reason.CANNOT_PROCESS or each.key in rules.asked_blindly or _seemed_gone(rules, each)
        for each in rows.values()
    )
    if not rows or not acted or is_excused:
        return
    sent = {what for key, _, what in rules.sendings if key.id in rows}
    for kind in sorted(case.truth.must - sent):
        if row is not None or kind not in OF_THE_PAYMENT:
            yield f"7: {kind} was never sent: {case.kind}"


def _broken_by_row(rules: Rules, case: Case, row: Watch, *, acted: bool) -> Iterator[str]:
    truth = case.truth
    if row.reason is Reason.CANNOT_PROCESS or row.key in rules.asked_blindly or _seemed_gone(rules, row):
        return
    if row.reason is Reason.ACKNOWLEDGED and STILL_PENDING in truth.calls:
        return
    if row.status not in truth.ends and (acted or row.status not in NOT_ACTED_ON):
        yield f"7: ended as {row.status} ({row.reason}): {case.kind}"
    elif row.status is Status.CLOSED and row.reason is not None and row.reason not in truth.closes:
        yield f"7: closed as {row.reason}: {case.kind}"


def _seemed_gone(rules: Rules, row: Watch) -> bool:
    """Say whether a payment ended as gone which for a while could not be found, though it was there."""
    return row.key in rules.shop.hidden and (row.status is Status.MISSING or row.reason is Reason.DELETED)
