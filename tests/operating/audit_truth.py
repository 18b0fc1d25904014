"""The truth that an audit is compared with: the sandbox's ledger, judged by rules of its own.

Nothing here is of the product: what an audit must find is said a second time, on what the organization really has.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

REFRESHABLE = ("stripe_payments", "checkout_com_payments", "satispay_payments")
MONEY, PARTLY, OPEN = ("authorized", "paid"), "partially_authorized", "unpaid"
UNPLACED, PLACED = ("draft", "pending", "placing"), ("placing", "placed", "editing", "approved")
SHOWN = 12
"""Differences that are named; the rest is counted."""


class Row(NamedTuple):
    """One problem of one order: which, of which order, and how much money it is about, in cents."""

    problem: str
    order_id: str
    cents: int
    currency: str


def differences(audit: Mapping[str, Any], orders: Sequence[Mapping[str, Any]]) -> list[str]:
    """Compare an audit's JSON with the sandbox's ledger; each difference is a sentence.

    The audit must have been made with ``--min-age 0`` when nothing moved any more, and must look back far enough.
    """
    expected = {row for order in orders for row in rows_of(order)}
    found = [
        Row(each["problem"], each["order_id"], each["amount_cents"], each["currency"])
        for each in audit["findings"]
    ]
    stories = {order["order_id"]: f"{order['order_number']} ({order['story']})" for order in orders}
    wrong = [f"not found: {_said(row, stories)}" for row in sorted(expected - set(found))]
    wrong += [f"found wrongly: {_said(row, stories)}" for row in sorted(set(found) - expected)]
    wrong += [f"found twice: {_said(row, stories)}" for row, count in Counter(found).items() if count > 1]
    wrong = wrong[:SHOWN] + ([f"and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else [])
    return [*wrong, *_wrong_sums(audit, expected), *_wrong_counts(audit, orders, expected)]


def rows_of(order: Mapping[str, Any]) -> Iterator[Row]:
    """Say which problems an order has."""
    held = sum(order["held_cents"].values())
    costs, status, payment_status = order["amount_cents"], order["status"], order["payment_status"]

    def row(problem: str, cents: int) -> Row:
        return Row(problem, order["order_id"], cents, order["currency_code"])

    if status == "cancelled":
        if payment_status in (*MONEY, PARTLY) and held > 0:
            yield row("money_on_cancelled", held)
        return
    source = order["source"] or {"type": None, "id": None}
    of_source = order["held_cents"].get(source["id"], 0)
    is_placed = order["placed_at"] is not None or status in PLACED
    seconds = {
        payment: cents
        for payment, cents in order["held_cents"].items()
        if payment != source["id"] and cents > 0 and of_source >= costs and payment_status in MONEY
    }
    if payment_status in MONEY and status in UNPLACED:
        yield row("paid_not_placed", held)
    if payment_status in MONEY or (payment_status == PARTLY and of_source > 0):
        over = held - sum(seconds.values()) - costs
        if over:
            yield row("more_held" if over > 0 else "less_held", abs(over))
        yield from (row("second_charge", cents) for cents in seconds.values())
    elif is_placed and payment_status in (OPEN, PARTLY) and is_waited_for(order):
        yield row("placed_unpaid", costs - (held if payment_status == PARTLY else 0))


def is_waited_for(order: Mapping[str, Any]) -> bool:
    """Whether the order waits for a payment that can be refreshed, or for one that was deleted."""
    source = order["source"]
    return order["has_method"] if source is None else source["type"] in REFRESHABLE


def _wrong_sums(audit: Mapping[str, Any], expected: Iterable[Row]) -> Iterator[str]:
    """Compare what is said of each problem: how often, and how much in each currency."""
    counts: Counter[str] = Counter()
    sums: Counter[tuple[str, str]] = Counter()
    for row in expected:
        counts[row.problem] += 1
        sums[row.problem, row.currency] += row.cents
    for problem, said in audit["problems"].items():
        if said["count"] != counts[problem]:
            yield f"{problem}: {said['count']} counted, {counts[problem]} in truth"
        truth = {currency: cents for (of, currency), cents in sums.items() if of == problem}
        if said["sums_cents"] != truth:
            yield f"{problem}: the sums are {said['sums_cents']}, in truth {truth}"
    yield from (f"{problem}: not in the audit at all" for problem in counts.keys() - audit["problems"].keys())


def _wrong_counts(
    audit: Mapping[str, Any], orders: Sequence[Mapping[str, Any]], expected: Iterable[Row]
) -> Iterator[str]:
    apart = Counter(
        order["source"]["type"]
        for order in orders
        if order["source"] is not None
        and not is_waited_for(order)
        and (order["placed_at"] is not None or order["status"] in PLACED)
        and order["status"] != "cancelled"
        and order["payment_status"] in (OPEN, PARTLY)
    )
    truth = {
        "orders_stuck": len({row.order_id for row in expected}),
        "other_payments": dict(apart),
        "too_young": 0,
        "authorizations_not_shown": 0,
    }
    said = {name: audit.get(name, audit["not_counted"].get(name)) for name in truth}
    yield from (f"{name}: {said[name]}, in truth {value}" for name, value in truth.items() if said[name] != value)
    ages = [each["since"] for each in audit["findings"]]
    if ages != sorted(ages):
        yield "the findings are not in the order of their age"


def _said(row: Row, stories: Mapping[str, str]) -> str:
    return f"{row.problem} of order {stories.get(row.order_id, row.order_id)}, {row.cents} cents {row.currency}"
