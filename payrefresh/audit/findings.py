"""The judgement on one order: which problems it has, and how much money each is about. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from payment_refresh.domain.discovery import UNSETTLED
from payment_refresh.domain.intake import key_of_listed
from payment_refresh.domain.money import NOTHING, holdings, owner, total_held
from payment_refresh.domain.payment import REFRESHABLE, PaymentKey, is_id
from payment_refresh.domain.second_payment import find_second_payment
from payment_refresh.domain.verdict import COVERED, MONEY, PARTLY, Kind, is_new_model, is_placed, judge
from payment_refresh.domain.vocabulary import Notice
from payrefresh.audit.remedies import Remedy, Times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.verdict import Verdict


class Problem(StrEnum):
    """A way in which an order is stuck; an order can have several."""

    PLACED_UNPAID = "placed_unpaid"
    PAID_NOT_PLACED = "paid_not_placed"
    MONEY_ON_CANCELLED = "money_on_cancelled"
    SECOND_CHARGE = "second_charge"
    LESS_HELD = "less_held"
    MORE_HELD = "more_held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem of one order.

    Attributes
    ----------
    payment
        The payment that it is about: ``{type}#{id}``, or only its id where the type is not known; None for none.
    cents
        The money that it is about, in the smallest currency unit: what is not paid, what is held though it should
        not be, what is missing or too much. None where it cannot be read.
    since
        Since when, as far as the order shows it (ISO 8601 UTC).
    remedy
        What this product would do about it.
    is_certain
        Whether it was shown what was given back of the money.
    """

    problem: Problem
    order_id: str
    order_number: str | None
    payment: str | None
    cents: int | None
    currency: str | None
    since: str
    remedy: Remedy
    is_certain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What one order shows.

    Attributes
    ----------
    apart
        What it is counted as apart, where nothing can be known or done: ``new_model``, or its payment's type.
    is_unseen
        Whether it has money, and its authorizations were not shown: by whom and how much, cannot be known.
    """

    findings: tuple[Finding, ...] = ()
    apart: str | None = None
    is_unseen: bool = False


NEW_MODEL = "new_model"


def examine(order: Order, times: Times) -> Examined:
    """Find the problems of an order."""
    apart = NEW_MODEL if is_new_model(order) else _other_payment(order)
    return Examined(
        findings=tuple(_findings(order, times)),
        apart=apart,
        is_unseen=order.payment_status in MONEY | PARTLY and not order.authorizations_known,
    )


def _other_payment(order: Order) -> str | None:
    """Name the type of a payment that is waited for and cannot be refreshed, such as a bank transfer."""
    waits = is_placed(order) and order.status != "cancelled" and order.payment_status in UNSETTLED
    return order.source_type if waits and order.payment is None else None


def _findings(order: Order, times: Times) -> Iterator[Finding]:
    if order.status == "cancelled":
        yield from _on_cancelled(order, times)
        return
    key = key_of_listed(order)
    if key is None:
        if _has_lost_its_payment(order):
            remedy = Remedy.NOTHING
            yield _finding(Problem.PLACED_UNPAID, order, _open_cents(order), order.placed_at, remedy)
        return
    verdict = judge(order, key)
    if verdict.kind is Kind.PENDING:
        yield from _pending(order, key, verdict, times)
    elif verdict.kind is Kind.SETTLED_UNPLACED:
        remedy = times.if_found(order, Remedy.ANNOUNCE_NOT_PLACED)
        yield _finding(Problem.PAID_NOT_PLACED, order, _held_cents(order), order.payment_updated_at, remedy)
    if verdict.has_money:
        seconds = list(_second_charges(order))
        yield from seconds
        yield from _other_amount(order, verdict, sum(each.cents or 0 for each in seconds))


def _on_cancelled(order: Order, times: Times) -> Iterator[Finding]:
    """Any money counts; what this product does about it, the verdict says."""
    cents = _held_cents(order)
    if cents == 0 or order.payment_status not in MONEY | PARTLY:
        return
    if cents is None and order.payment_status not in MONEY:
        return
    remedy = Remedy.NOTHING
    if order.payment is not None:
        verdict = judge(order, order.payment)
        if verdict.notice is Notice.ON_CANCELLED_ORDER:
            remedy = times.if_found(order, Remedy.ANNOUNCE_CANCELLED)
        elif verdict.is_kept:
            remedy = times.if_found(order, Remedy.REPORT_KEPT)
    since = max(order.cancelled_at or "", order.payment_updated_at or "")
    yield _finding(Problem.MONEY_ON_CANCELLED, order, cents, since, remedy)


def _pending(order: Order, key: PaymentKey, verdict: Verdict, times: Times) -> Iterator[Finding]:
    if verdict.notice is Notice.AMOUNT_MISMATCH:
        yield from _other_amount(order, verdict, 0)
    elif is_placed(order) and not (key.is_order and order.source_known):
        remedy = times.of_unpaid(order)
        yield _finding(Problem.PLACED_UNPAID, order, _open_cents(order), order.placed_at, remedy)


def _other_amount(order: Order, verdict: Verdict, second_cents: int) -> Iterator[Finding]:
    """More or less than the order costs, second charges left out; an order being edited has no cost yet."""
    held, costs = total_held(order), order.amount_cents
    since = order.payment_updated_at or order.placed_at
    if held is None or costs is None:
        if verdict.notice is Notice.AMOUNT_MISMATCH:
            yield _finding(Problem.LESS_HELD, order, None, since, _amount_remedy(order))
        return
    over = held - second_cents - costs
    if over == 0 or order.status == "editing":
        return
    if over < 0:
        yield _finding(Problem.LESS_HELD, order, -over, since, _amount_remedy(order))
    else:
        is_settled = verdict.kind is not Kind.PENDING
        remedy = Remedy.TELL_AMOUNT if is_settled else _amount_remedy(order)
        yield _finding(Problem.MORE_HELD, order, over, since, remedy)


def _amount_remedy(order: Order) -> Remedy:
    return Remedy.NOTHING if order.payment is None else Remedy.ANNOUNCE_AMOUNT


def _second_charges(order: Order) -> Iterator[Finding]:
    """Give the payments that hold money while the order's own one holds all that it costs."""
    held = holdings(order)
    own = order.source_id if order.source_id in held else next(iter(sorted(held)), None)
    for payment_id in sorted(held):
        if payment_id == own or not is_id(payment_id):
            continue
        # Of which type it is, an authorization does not show; only the id matters to the search.
        second = find_second_payment(order, PaymentKey(next(iter(REFRESHABLE)), payment_id))
        if second is not None:
            since = min((at for at in _authorized_at(order, payment_id) if at), default=order.payment_updated_at)
            cents = held.get(payment_id, NOTHING).cents
            yield _finding(Problem.SECOND_CHARGE, order, cents, since, Remedy.ANNOUNCE_SECOND, payment=payment_id)


def _authorized_at(order: Order, payment_id: str) -> Iterator[str | None]:
    return (
        each.created_at for each in order.authorizations if each.succeeded and owner(each, order) == payment_id
    )


def _has_lost_its_payment(order: Order) -> bool:
    """Whether a placed order waits for a payment and has none, although it has a way to pay."""
    has_none = order.source_known and order.source_id is None and order.has_method is True
    return has_none and is_placed(order) and order.payment_status == "unpaid"


def _open_cents(order: Order) -> int | None:
    """Give what is not paid."""
    if order.payment_status not in PARTLY or order.amount_cents is None:
        return order.amount_cents
    held = total_held(order)
    return None if held is None else max(0, order.amount_cents - held)


def _held_cents(order: Order) -> int | None:
    """Give what is held; where the authorizations do not show it, what the order costs if that is covered."""
    held = total_held(order)
    return order.amount_cents if held is None and order.payment_status in COVERED else held


def _finding(
    problem: Problem,
    order: Order,
    cents: int | None,
    since: str | None,
    remedy: Remedy,
    *,
    payment: str | None = None,
) -> Finding:
    own = f"{order.source_type}#{order.source_id}" if order.source_id else None
    return Finding(
        problem=problem,
        order_id=order.id,
        order_number=order.number,
        payment=payment or own,
        cents=cents,
        currency=order.currency,
        since=since or order.updated_at or "",
        remedy=remedy,
        is_certain=order.reversals_known or problem in (Problem.PLACED_UNPAID, Problem.PAID_NOT_PLACED),
    )
