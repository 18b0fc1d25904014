"""A list of watches: as a table on the terminal, and as rows for JSON and CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from payment_refresh.domain.digest_mail import money
from payment_refresh.domain.vocabulary import STUCK
from payment_refresh.times import to_iso
from payrefresh.overview.advice import amount
from payrefresh.overview.amounts import decimal
from payrefresh.overview.moments import span
from payrefresh.overview.selection import sums
from payrefresh.overview.story_view import COLOURS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import JustifyMethod, RenderableType

    from payment_refresh.domain.watch import Watch

COLUMNS = (
    "key",
    "order_number",
    "order_id",
    "class",
    "status",
    "reason",
    "notice",
    "amount",
    "currency",
    "amount_cents",
    "since",
    "due_at",
    "ended_at",
    "gateway_id",
    "payment_gateway_type",
    "payment_gateway_id",
    "round",
    "refreshes",
    "last_error",
)
"""Columns of the CSV, and members of each watch in the JSON."""


FOLDED = "why"
"""The column of the table that is folded where the terminal is narrow; the others stay whole."""


def row_of(watch: Watch) -> dict[str, Any]:
    """A watch as one row; times are ISO 8601, and the amount is in the currency's main unit."""
    total = decimal(watch.amount_cents, watch.currency)
    return {
        "key": str(watch.key),
        "order_number": watch.order_number,
        "order_id": watch.order_id,
        "class": str(watch.watch_class),
        "status": str(watch.status),
        "reason": watch.reason and str(watch.reason),
        "notice": watch.notice and str(watch.notice),
        "amount": None if total is None else str(total),
        "currency": watch.currency,
        "amount_cents": watch.amount_cents,
        "since": to_iso(watch.since),
        "due_at": None if watch.due_at is None or not watch.is_open else to_iso(watch.due_at),
        "ended_at": None if watch.ended_at is None else to_iso(watch.ended_at),
        "gateway_id": watch.gateway_id,
        "payment_gateway_type": watch.payment_gateway_type,
        "payment_gateway_id": watch.payment_gateway_id,
        "round": watch.round,
        "refreshes": watch.refreshes,
        "last_error": watch.last_error,
    }


def list_as_json(watches: Sequence[Watch], shown: int) -> dict[str, Any]:
    """The list as members of a JSON object, of which so many are shown."""
    return {
        "count": len(watches),
        "sums": dict(sums(watches)),
        "shown": min(shown, len(watches)),
        "watches": [row_of(watch) for watch in watches[:shown]],
    }


def view_list(watches: Sequence[Watch], shown: int, now: float) -> RenderableType:
    """The list as one thing to print, of which so many are shown."""
    if not watches:
        return Text("There is none.")
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    for name in ("order", "class", "amount", "pending", "status", "next, or ended", "payment", FOLDED):
        justify: JustifyMethod = "right" if name == "amount" else "left"
        table.add_column(name, justify=justify, no_wrap=name != FOLDED, overflow="fold")
    for watch in watches[:shown]:
        table.add_row(
            watch.order_number or watch.order_id or "?",
            str(watch.watch_class),
            amount(watch.amount_cents, watch.currency),
            span((now if watch.is_open or watch.status in STUCK else watch.ended_at or now) - watch.since),
            Text(watch.status, COLOURS.get(watch.status, "cyan")),
            _next(watch, now),
            str(watch.key) if watch.key.is_order else watch.key.id,
            ", ".join(
                str(word).replace("_", " ") for word in (watch.reason, watch.notice, watch.last_error) if word
            ),
        )
    return Group(table, Text(), Text(_total(watches, shown)))


def _next(watch: Watch, now: float) -> str:
    if not watch.is_open or watch.due_at is None:
        return "" if watch.ended_at is None else f"{span(now - watch.ended_at)} ago"
    if watch.claim is not None and watch.due_at > now:
        return "being checked"
    return f"in {span(watch.due_at - now)}" if watch.due_at > now else "due"


def _total(watches: Sequence[Watch], shown: int) -> str:
    totals = " + ".join(money(cents, currency) for currency, cents in sums(watches).items())
    number = len(watches)
    text = f"{number:,} payment{'' if number == 1 else 's'}{f', {totals}' if totals else ''}"
    return f"{text}; the first {shown:,} of them are shown (--limit)" if number > shown else text
