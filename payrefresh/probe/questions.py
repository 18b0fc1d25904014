"""All questions of a probe, in the order in which they are asked."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

from payment_refresh.errors import CommerceLayerError
from payrefresh.probe import filters, gateways, looks, pages, rates, refusals, versions
from payrefresh.probe.findings import Unasked
from payrefresh.probe.refreshed import ALL, findings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from payrefresh.probe.findings import Finding
    from payrefresh.probe.refreshing import Refreshing, Wanted

QUESTIONS = (
    versions.QUESTION,
    looks.QUESTION,
    looks.PAYMENTS,
    filters.QUESTION,
    pages.QUESTION,
    refusals.QUESTION,
    gateways.QUESTION,
    gateways.FAILED,
    rates.TOKENS,
    rates.UPDATE,
    rates.QUESTION,
)
"""The version comes first, since the others are asked in it; the rate limit last, since it reads what came."""


def refresh_all(
    refreshing: Refreshing, payments: Sequence[Wanted], so_far: Callable[[str], None]
) -> Iterator[Finding]:
    """Refresh payments, each once, and give what was found; all are looked up before any is refreshed.

    Raises
    ------
    WrongInput
        One of them is not there; then none was refreshed.
    """
    targets = [refreshing.find(payment) for payment in payments]
    for target in targets:
        so_far(f"refresh of {target.key}")
        try:
            yield from findings_of(refreshing.observe(target))
        except (Unasked, CommerceLayerError) as error:
            yield from (replace(each.unasked(str(error)), subject=str(target.key)) for each in ALL)
