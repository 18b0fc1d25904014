"""The figures of a report's JSON, as a person reads them on its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payment_refresh.domain.digest_mail import money
from payrefresh.report.delays import duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SUMS = ("sums", "held")
"""Members that hold money by currency."""

COUNTS = ("by_step", "classes")
"""Members that are distributions."""


def figures_in(document: Mapping[str, Any]) -> Iterator[str]:
    """Write each figure that a report's JSON has; steps and classes of a distribution with nothing are none."""
    for name, value in document.items():
        if name in SUMS:
            yield from (money(cents, currency) for currency, cents in value.items())
        elif isinstance(value, dict):
            yield from figures_in(value)
        elif isinstance(value, list):
            for each in value:
                if isinstance(each, dict) and (name not in COUNTS or each["payments"]):
                    yield from figures_in(each)
        elif value is not None and not isinstance(value, str | bool):
            yield _figure(name, value, document)


def _figure(name: str, value: float, document: Mapping[str, Any]) -> str:
    if name.endswith("_cents"):
        return money(int(value), document["currency"])
    if name.endswith("_s"):
        return duration(int(value))
    if name == "days":
        return f"{value:g}"
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
