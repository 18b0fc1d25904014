"""The daily digest as a mail: a subject and a text for who opens it with the first coffee. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_SUBJECT = 100
"""SNS takes subjects of at most 100 ASCII characters."""

WHOLE = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV"}
    | {"XAF", "XOF", "XPF"}
)
"""Currencies whose smallest unit is the whole one (ISO 4217)."""

THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Currencies whose smallest unit is a thousandth (ISO 4217)."""

MEANINGS = {
    "OrderAuthorizedNotPlaced": "paid, and not placed",
    "OrderPlacedLate": "placed long after it was paid",
    "PaymentAmountMismatch": "paid with another amount than the order's total",
    "PaymentMissing": "its payment is gone from Commerce Layer",
    "PaymentOnCancelledOrder": "money on a cancelled order",
    "PaymentSuperseded": "perhaps charged twice",
}
"""What the kinds of events that need a person mean for one order."""


def write_mail(digest: Mapping[str, Any]) -> tuple[str, str]:
    """Write the subject and the text of a daily digest, given as its event's detail."""
    name = f"{digest['organization']} ({digest['api_mode']}, {digest['stack']})"
    if digest["nothing_to_do"]:
        return _subject(f"nothing to do: {name}"), f"Payment Refresh for {name}: nothing to do."
    head = f"Payment Refresh for {name}, {_moment(digest['at'])}"
    since = digest["since"]
    lines = [head + ("." if since is None else f": what is new since {_moment(since)}, and what still waits."), ""]
    lines += [f"- {line}" for line in _lines(digest)]
    return _subject(f"{_summary(digest)}: {name}"), "\n".join(lines) + "\n"


def money(cents: int, currency: str) -> str:
    """Write an amount, given in the currency's smallest unit."""
    digits = 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2
    return f"{cents / 10**digits:,.{digits}f} {currency}"


def _subject(text: str) -> str:
    return f"Payment Refresh: {text}"[:MOST_SUBJECT]


def _summary(digest: Mapping[str, Any]) -> str:
    new, waiting = digest["new_dead_letters"]["count"], digest["dead_lettered"]["count"]
    others = sum(digest["announced"].values())
    parts = [f"{new} new dead letters"] if new else []
    parts += [f"{waiting} dead-lettered in all"] if waiting else []
    parts += [f"{others} other events for a person"] if others else []
    return ", ".join(parts) or "something to look at"


def _lines(digest: Mapping[str, Any]) -> Iterator[str]:
    new, waiting, reported = (digest[name] for name in ("new_dead_letters", "dead_lettered", "reported"))
    if new["count"]:
        yield f"new dead letters: {_sums(new)}"
    if waiting["count"]:
        yield f"still dead-lettered, until you redrive or acknowledge them: {_sums(waiting)}"
    for kind, count in digest["announced"].items():
        yield f"{kind}: {count} ({MEANINGS[kind]}; the events name the orders)"
    if reported["count"]:
        yield f"reported, as nothing is done about them unasked: {_sums(reported)}"
    if not digest["complete"]:
        yield "there are more of them than were counted"
    if digest["dead_letter_queue"]:
        yield f"messages in the dead-letter queue: {digest['dead_letter_queue']}"
    if digest["failed_runs"]:
        yield f"failed runs in the AsyncFailuresQueue: {digest['failed_runs']}"
    if digest["not_sent"]:
        yield f"attempts to send an event or a dead letter that failed, and are repeated: {digest['not_sent']}"
    if digest["unreadable_rows"]:
        yield f"rows that could not be read, which the digest's log names: {digest['unreadable_rows']}"


def _sums(sums: Mapping[str, Any]) -> str:
    """Count, totals, and the oldest one."""
    totals = " + ".join(money(cents, currency) for currency, cents in sums["sums"].items())
    oldest = sums["oldest"]
    name = f"order {oldest['order_number']}" if oldest["order_number"] else oldest["payment"] or oldest["order_id"]
    amount = [money(oldest["amount_cents"], oldest["currency"])] if oldest["currency"] else []
    text = ", ".join([f"the oldest is {name}", *amount, f"pending since {_moment(oldest['since'])}"])
    return f"{sums['count']}{f', {totals}' if totals else ''}; {text}"


def _moment(time: str) -> str:
    """Shorten an ISO 8601 time to minutes."""
    return f"{time[:10]} {time[11:16]} UTC"
