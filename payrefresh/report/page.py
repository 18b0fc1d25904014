"""A report as one page that needs nothing from anywhere; it shows sums only, unless each order is asked for."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from payment_refresh.domain.digest_mail import money
from payrefresh.report import pictures, words
from payrefresh.report.delays import duration
from payrefresh.report.facts import Fact
from payrefresh.report.markup import Markup, raw, tag
from payrefresh.report.report import CALLS, FOR_A_PERSON, WITH_HELD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payrefresh.report.report import Report
    from payrefresh.report.sums import Sum

# The browser itself refuses whatever the page might ask for.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def write_page(report: Report, *, with_orders: bool = False) -> str:
    """Write the page as a whole HTML document."""
    parts = [_head(report), *_found(report), *_for_a_person(report), _stand(report), _spent(report)]
    parts += [_orders(report)] if with_orders else []
    style = files("payrefresh.report").joinpath("page.css").read_text(encoding="utf-8")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"Payment Refresh: {words.title_of(report)}"),
        tag("style", raw(style)),
    )
    body = tag("body", tag("main", parts, _remarks(report)))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _head(report: Report) -> Markup:
    return tag(
        "header",
        tag("h1", "Payment Refresh"),
        tag("p", words.title_of(report)),
        tag("p", words.span(report), class_="soft"),
    )


def _found(report: Report) -> Iterator[Markup]:
    of = report.figures.of(Fact.FOUND)
    if report.about.observes:
        yield from _would_have_found(report)
        return
    if not of.payments:
        yield _hero(["Nothing"], "had to be found by refresh: no payment settled so in this time.")
        return
    said = f"in {words.counted(of.payments, 'payment')} found by refresh before the gateway's webhook came"
    yield _hero(_amounts(of), said)
    days = _card("When they were found", pictures.by_step(report))
    spread = _card("How long each had been pending", pictures.spread(report.delays(Fact.FOUND)))
    yield tag("div", days, spread, class_="pair")
    yield _card("By gateway", _by_gateway(report, Fact.FOUND))


def _would_have_found(report: Report) -> Iterator[Markup]:
    stayed, late = (report.figures.of(fact) for fact in (Fact.STAYED_PENDING, Fact.LATE_WEBHOOK))
    said = (
        f"in {words.counted(stayed.payments, 'payment')} that stayed pending to the end: at most so much would "
        "have been found in refresh mode"
    )
    yield _hero(_amounts(stayed), said)
    yield tag("p", words.ONLY_THE_GATEWAY_KNOWS, class_="soft")
    if stayed.payments:
        yield _card("By gateway", _by_gateway(report, Fact.STAYED_PENDING))
    if late.payments:
        late_said = (
            f"{words.counted(late.payments, 'payment')} of {words.counted(late.orders, 'order')}, "
            f"{words.money_of(late)}: a refresh would have asked before the webhook came."
        )
        yield _card(
            "Webhooks that came late",
            tag("p", late_said, style="margin-bottom:.8rem"),
            pictures.spread(report.delays(Fact.LATE_WEBHOOK)),
        )


def _for_a_person(report: Report) -> Iterator[Markup]:
    rows = []
    for fact in (*FOR_A_PERSON, Fact.STAYED_PENDING):
        of = report.figures.of(fact)
        if of.payments:
            held = [f"{words.sums(of.held)} held"] if fact in WITH_HELD else []
            rows.append(_row(words.TITLES[fact], [_counts(of), *_details(report, fact)], _amounts(of), held))
    if rows:
        yield _card("Reported, for a person", rows, class_="card person")


def _details(report: Report, fact: Fact) -> Iterator[str]:
    figures = report.figures
    if fact is Fact.NOT_PLACED and figures.placed_after_all:
        yield f"{figures.placed_after_all:,} placed after all"
    if fact is Fact.STAYED_PENDING:
        yield ", ".join(f"{count:,} {words.STANDS[stand]}" for stand, count in figures.stuck.items())


def _stand(report: Report) -> Markup:
    figures = report.figures
    sums = [
        (words.TITLES[Fact.BY_WEBHOOK], figures.of(Fact.BY_WEBHOOK)),
        (words.TITLES[Fact.ABANDONED], figures.of(Fact.ABANDONED)),
        ("Dead-lettered now", figures.waiting),
        ("Watched now", figures.watched),
    ]
    return _card("Besides", [_row(title, [_counts(of)], _amounts(of)) for title, of in sums])


def _spent(report: Report) -> Markup:
    spending = report.spending
    calls = [_row(words.CALLS[name], [], [f"{spending.calls[metric]:,}"]) for metric, name in CALLS.items()]
    if spending.not_sent or report.about.observes:
        calls.append(_row("refreshes not sent", ["as Mode or ActOnOrdersAfter says"], [f"{spending.not_sent:,}"]))
    bill = spending.bill
    services = [_row(service, [], [f"${cost:,.2f}"]) for service, cost in bill["by_service"].items()]
    return tag(
        "div",
        _card("Calls to Commerce Layer", _figure(f"{sum(spending.calls.values()):,}", "calls"), calls),
        _card("AWS", _figure(f"${bill['dollars']:,.2f}", f"in {spending.days:g} days"), services),
        class_="pair",
    )


def _orders(report: Report) -> Markup:
    names = ("When (UTC)", "What", "Order", "Payment", "Amount", "Pending for")
    head = tag("thead", tag("tr", [tag("th", name, class_=_side(name)) for name in names]))
    rows = []
    for line in report.figures.lines:
        watch = line.watch
        payment = f"{report.gateways[line.gateway]}, {watch.key}"
        cells = (
            tag("td", words.minute(line.at), class_="soft"),
            tag("td", words.TITLES[line.fact], class_="wide"),
            tag("td", watch.order_number or watch.order_id or "-"),
            tag("td", payment, class_="wide soft"),
            tag("td", words.amount_of(watch), class_="number"),
            tag("td", duration(line.pending_for), class_="number"),
        )
        rows.append(tag("tr", cells))
    return _card("Each order", tag("table", head, tag("tbody", rows), class_="orders"))


def _remarks(report: Report) -> Markup:
    remarks = (words.HOW_FOUND, *words.remarks(report), f"{words.counted(report.figures.rows, 'row')} read.")
    return tag("footer", [tag("p", remark) for remark in remarks])


def _by_gateway(report: Report, fact: Fact) -> list[Markup]:
    return [
        _row(report.gateways[group.gateway], [_counts(of)], _amounts(of))
        for group, of in report.figures.groups.get(fact, {}).items()
    ]


def _hero(amounts: Iterable[str], said: str) -> Markup:
    money_parts = [tag("span", amount) for amount in amounts]
    return tag("section", tag("p", money_parts, class_="money"), tag("p", said), class_="hero")


def _figure(figure: str, said: str) -> Markup:
    return tag("p", tag("strong", figure), f" {said}", class_="figure")


def _card(title: str, *children: str | Iterable[str], class_: str = "card") -> Markup:
    return tag("section", tag("h2", title), *children, class_=class_)


def _row(title: str, details: Iterable[str], amounts: Iterable[str], more: Iterable[str] = ()) -> Markup:
    """A line: what it is about, what explains that, and its amounts at the other side, one below the other."""
    left = [tag("div", title), *(tag("div", each, class_="soft") for each in details)]
    right = [*(tag("div", each) for each in amounts), *(tag("div", each, class_="soft") for each in more)]
    return tag("div", tag("div", left, class_="name"), tag("div", right, class_="number"), class_="row")


def _amounts(of: Sum) -> list[str]:
    unknown = [f"{words.counted(of.unknown, 'total')} not known"] if of.unknown else []
    return [*(money(cents, currency) for currency, cents in of.totals.items()), *unknown] or ["-"]


def _counts(of: Sum) -> str:
    payments = words.counted(of.payments, "payment")
    return payments if of.orders == of.payments else f"{payments} of {words.counted(of.orders, 'order')}"


def _side(name: str) -> str | None:
    return "number" if name in ("Amount", "Pending for") else None
