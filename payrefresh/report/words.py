"""Words of a report that its text and its page have in common. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.digest_mail import money
from payment_refresh.times import to_iso
from payrefresh.prices import DATED, REGION
from payrefresh.report.delays import LIMITS, duration
from payrefresh.report.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payment_refresh.domain.watch import Watch
    from payrefresh.report.delays import Class
    from payrefresh.report.report import Report
    from payrefresh.report.sums import Sum

TITLES = {
    Fact.FOUND: "Found by refresh",
    Fact.BY_WEBHOOK: "Settled by the gateway's webhook",
    Fact.LATE_WEBHOOK: "Settled by a webhook that came late",
    Fact.NOT_PLACED: "Paid, and not placed",
    Fact.SECOND_CHARGE: "Charged a second time",
    Fact.AMOUNT_DIFFERS: "Another amount than ordered",
    Fact.ON_CANCELLED: "Money on a cancelled order",
    Fact.PLACED_LATE: "Placed long after the cart was left",
    Fact.GONE: "Payment gone from Commerce Layer",
    Fact.STAYED_PENDING: "Stayed pending to the end",
    Fact.ABANDONED: "Carts left unpaid",
}

SHORT = {
    Fact.FOUND: "found",
    Fact.LATE_WEBHOOK: "late webhook",
    Fact.NOT_PLACED: "not placed",
    Fact.SECOND_CHARGE: "second charge",
    Fact.AMOUNT_DIFFERS: "other amount",
    Fact.ON_CANCELLED: "on cancelled",
    Fact.PLACED_LATE: "placed late",
    Fact.GONE: "gone",
    Fact.STAYED_PENDING: "stayed pending",
}
"""The same for a column of a table."""

STANDS = {"acknowledged": "acknowledged", "dead_lettered": "dead-lettered", "reported": "only reported"}

CALLS = {"lists": "looks and other lists", "single_records": "single records", "refreshes": "refreshes"}

HOW_FOUND = (
    "Counted as found by refresh (settled_by=refresh): the look before our last refresh showed no money; its "
    "answer, or the first look within two minutes after it, did. A webhook that came in these very moments, or "
    "that would have come later, cannot be told from it. Money is the orders' totals; what was given back since "
    "is not counted."
)

ONLY_THE_GATEWAY_KNOWS = (
    "This stack only observes: it sends no refresh. How many of the payments that stayed pending were paid, only "
    "the gateway knows; in refresh mode each would have been asked about."
)


def sums(totals: Mapping[str, int]) -> str:
    """Write money by currency."""
    return " + ".join(money(cents, currency) for currency, cents in totals.items()) or "-"


def money_of(of: Sum) -> str:
    """Write the orders' totals, and how many totals are not known."""
    return sums(of.totals) + (f" (and {counted(of.unknown, 'order')} without a known total)" if of.unknown else "")


def counted(count: int, noun: str) -> str:
    """Write a number with what it counts."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def day(at: int) -> str:
    """Write a day."""
    return to_iso(at)[:10]


def minute(at: int) -> str:
    """Write a moment, in UTC, to the minute."""
    return to_iso(at)[:16].replace("T", " ")


def span(report: Report) -> str:
    """Write the period."""
    return f"{minute(report.period.since)} to {minute(report.period.until)} UTC"


def title_of(report: Report) -> str:
    """Name the stack and its organization."""
    about = report.about
    return f"{about.organization} ({about.api_mode}), stack {about.stack} in {about.region}"


def class_name(each: Class) -> str:
    """Name a class of the distribution of delays."""
    return f"over {duration(LIMITS[-1])}" if each.limit is None else f"up to {duration(each.limit)}"


def amount_of(watch: Watch) -> str:
    """Write the total of a payment's order."""
    if watch.amount_cents is None or watch.currency is None:
        return "-"
    return money(watch.amount_cents, watch.currency)


def remarks(report: Report) -> Iterator[str]:
    """Say what a reader has to know of where the figures come from."""
    about, spending = report.about, report.spending
    kept = f"Rows are kept for {about.retention_days} days after a payment ended (RetentionDays)"
    if report.is_complete:
        yield f"{kept}: all rows of this time are there."
    else:
        since = minute(report.known_since)
        yield f"{kept}: of what ended before {since} UTC, only what is still there is counted."
    prices = f"Dollars are list prices of {REGION} as of {DATED}, without free tier, discounts and tax"
    elsewhere = "" if about.region == REGION else f"; {about.region} may differ"
    yield f"{prices}{elsewhere}; data transfer and calls to Secrets Manager are left out."
    if spending.not_measured:
        yield f"Not in the dollars, as AWS has no figure of it here: {', '.join(spending.not_measured)}."
