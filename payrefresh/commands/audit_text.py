"""The text of an audit: a table of problems, what would be done about them, and the oldest findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table

from payment_refresh.domain.digest_mail import money
from payrefresh.terminal import console

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DAY, HOUR, MINUTE = 1.0, 1 / 24, 1 / 1440


def print_audit(document: Mapping[str, Any], top: int) -> None:
    """Print the result of an audit for a person; ``top`` is how many findings to list."""
    out = console()
    findings = document["findings"]
    out.print(
        f"{document['organization']} ({document['mode']}), {_moment(document['as_of'])}: "
        f"{_orders(document['orders_read'])} read that changed since {_moment(document['changed_since'])}, "
        f"in {document['calls']:,} calls.",
        markup=False,
    )
    if findings:
        out.print(f"Stuck: {_orders(document['orders_stuck'])}.")
        out.print(_problems(document))
        out.print("Payment Refresh, deployed now with its defaults, would")
        out.print(_remedies(document))
        if top:
            out.print("The oldest:")
            out.print(_oldest(document, top))
        if len(findings) > top:
            out.print(f"{len(findings) - top:,} more: --csv and --json list all.")
    else:
        out.print("Nothing is stuck.")
    for line in _not_counted(document):
        out.print(line, markup=False)


def _problems(document: Mapping[str, Any]) -> Table:
    table = Table("problem", box=SIMPLE, pad_edge=False)
    table.add_column("orders", justify="right")
    table.add_column("money", justify="right")
    table.add_column("of it")
    table.add_column("the oldest", justify="right")
    oldest: dict[str, Any] = {}
    for each in document["findings"]:
        oldest.setdefault(each["problem"], each)
    for name, problem in document["problems"].items():
        if problem["count"]:
            sums = [money(cents, currency) for currency, cents in problem["sums_cents"].items()]
            sums += [f"{problem['amounts_unknown']} unknown"] if problem["amounts_unknown"] else []
            table.add_row(
                problem["title"],
                f"{problem['count']:,}",
                "\n".join(sums),
                problem["sum_of"],
                _age(oldest[name]["age_days"]),
            )
    return table


def _remedies(document: Mapping[str, Any]) -> Table:
    table = Table(box=SIMPLE, pad_edge=False, show_header=False)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(max_width=88)
    for name, remedy in sorted(document["would"].items(), key=lambda each: -each[1]["count"]):
        table.add_row(f"{remedy['count']:,} x", _word(name), escape(f"{remedy['words']}."))
    return table


def _oldest(document: Mapping[str, Any], top: int) -> Table:
    table = Table("age", box=SIMPLE, pad_edge=False)
    table.add_column("order", overflow="fold")
    table.add_column("problem")
    table.add_column("money", justify="right")
    table.add_column("payment", overflow="fold")
    table.add_column("it would")
    for each in document["findings"][:top]:
        known = each["amount_cents"] is not None and each["currency"]
        table.add_row(
            _age(each["age_days"]),
            escape(str(each["order_number"] or each["order_id"])),
            document["problems"][each["problem"]]["title"],
            (money(each["amount_cents"], each["currency"]) if known else "unknown")
            + ("" if each["certain"] else " at most"),
            escape(each["payment"] or "none"),
            _word(each["would"]),
        )
    return table


def _not_counted(document: Mapping[str, Any]) -> Iterator[str]:
    apart = document["not_counted"]
    if apart["too_young"]:
        yield f"Not counted: {apart['too_young']:,} that may still move by themselves (see --min-age)."
    if apart["other_payments"]:
        kinds = ", ".join(f"{name} {count:,}" for name, count in apart["other_payments"].items())
        total = _orders(sum(apart["other_payments"].values()))
        yield f"Not counted: {total} placed and not paid whose payments cannot be refreshed ({kinds})."
    if apart["new_payments_model"]:
        total = _orders(apart["new_payments_model"])
        yield f"Not counted: {total} of the new payments model, whose payments cannot be seen."
    if apart["authorizations_not_shown"]:
        total = _orders(apart["authorizations_not_shown"])
        yield (
            f"Not seen: the authorizations of {total}, so neither second charges nor differing amounts; the "
            "integration may lack the right to read authorizations."
        )
    if apart["unreadable"]:
        yield f"Not read: {apart['unreadable']:,} records that are no orders."
    if any(not each["certain"] for each in document["findings"]):
        yield "At most: the voids and refunds of these orders were not shown, so less may be held."


def _orders(count: int) -> str:
    return f"{count:,} order{'' if count == 1 else 's'}"


def _word(remedy: str) -> str:
    return remedy.replace("_", " ")


def _age(days: float | None) -> str:
    if days is None:
        return "?"
    for unit, length in (("d", DAY), ("h", HOUR), ("min", MINUTE)):
        if days >= length:
            return f"{days / length:.0f} {unit}"
    return "< 1 min"


def _moment(time: str | None) -> str:
    return "?" if not time else f"{time[:10]} {time[11:16]} UTC"
