"""The pictures of a report: inline SVG, in percent of its place, so that it fits a phone and paper. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payrefresh.report import words
from payrefresh.report.delays import duration
from payrefresh.report.markup import Markup, tag
from payrefresh.report.period import HOUR, WEEK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payrefresh.report.delays import Delays
    from payrefresh.report.report import Report

GAP = 0.22
"""Share of a step that is left free between two bars."""

HEADROOM = 0.94
"""How much of the height the tallest bar takes."""


def by_step(report: Report) -> Markup:
    """Bars of the payments that a refresh found in each hour, day or week."""
    counts, step = report.figures.by_step, report.period.step
    moment = words.minute if step == HOUR else words.day
    each = {HOUR: "hour", WEEK: "week"}.get(step, "day")
    most = max(counts.values(), default=0)
    lines = [tag("line", x1="0%", x2="100%", y1=y, y2=y) for y in ("100%", f"{100 - 100 * HEADROOM:g}%")]
    bars = tag(
        "svg",
        lines,
        [
            tag(
                "rect",
                x=_percent((place + GAP / 2) / len(counts)),
                width=_percent((1 - GAP) / len(counts)),
                y=_percent(1 - count / most * HEADROOM),
                height=_percent(count / most * HEADROOM),
                rx=2,
            )
            for place, count in enumerate(counts.values())
            if count
        ],
        class_="days",
        role="img",
        aria_label=f"Payments found by refresh, by the {each}",
    )
    first, last = min(counts), max(counts)
    axis = tag("div", tag("span", moment(first)), tag("span", moment(last)), class_="axis")
    numbers = [f"{moment(at)[5:]}: {count:,}" for at, count in counts.items() if count]
    table = tag(
        "details",
        tag("summary", f"The number of each {each}"),
        tag("p", [tag("span", number) for number in numbers], class_="numbers"),
    )
    caption = tag("figcaption", f"payments by the {each}, at most {most:,}")
    return tag("figure", caption, bars, axis, table)


def spread(delays: Delays) -> Markup:
    """Bars of how long payments had been pending."""
    rows = tag("div", list(_rows(delays)), class_="spread")
    values = (("half within", delays.median), ("nine in ten within", delays.most), ("all within", delays.longest))
    # No line ends within a duration.
    said = ", ".join(
        f"{name} {duration(value).replace(' ', '\u00a0')}" for name, value in values if value is not None
    )
    return tag("figure", tag("figcaption", said, style="margin-bottom:.7rem"), rows)


def _rows(delays: Delays) -> Iterator[Markup]:
    most = max(each.payments for each in delays.classes)
    for each in delays.classes:
        track = tag("rect", width="100%", height="100%", rx=3, class_="track")
        share = each.payments / most if most else 0
        value = tag("rect", width=_percent(share), height="100%", rx=3, class_="value")
        yield tag("span", words.class_name(each))
        yield tag("svg", track, value if each.payments else "", class_="bar", aria_hidden="true")
        yield tag("span", f"{each.payments:,}", class_="number")


def _percent(share: float) -> str:
    return f"{share * 100:.3f}%"
