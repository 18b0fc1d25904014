"""All questions of a probe, in the order in which they are asked."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

from payment_refresh.errors import CommerceLayerError
from payrefresh.probe import filters, gateways, looks, pages, rates, refusals, rights, versions
from payrefresh.probe.asking import reach
from payrefresh.probe.findings import Unasked
from payrefresh.probe.refreshed import ALL, findings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from payrefresh.probe.asking import Probe
    from payrefresh.probe.findings import Finding
    from payrefresh.probe.refreshing import Refreshing, Wanted

OTHERS = (
    rights.QUESTION,
    looks.QUESTION,
    looks.PAYMENTS,
    filters.QUESTION,
    pages.QUESTION,
    refusals.QUESTION,
    gateways.QUESTION,
    gateways.FAILED,
    rights.WEBHOOKS,
    rates.TOKENS,
    rates.UPDATE,
    rates.QUESTION,
)
QUESTIONS = (versions.QUESTION, *OTHERS)
"""The version comes first, since the others are asked in it; the rate limit last, since it reads what came."""


def ask_all(
    probe: Probe, refreshing: Refreshing, payments: Sequence[Wanted], so_far: Callable[[str], None]
) -> Iterator[Finding]:
    """Ask all questions, then refresh each payment once; ``so_far`` is called with what is asked.

    Raises
    ------
    OperatorError
        Nothing answers there as the API of these credentials does, or one of the payments is not there; then none
        was refreshed.
    """
    reach(probe)
    so_far(versions.QUESTION.name)
    yield from versions.QUESTION.asked(probe)
    targets = [refreshing.find(payment) for payment in payments]
    for position, question in enumerate(OTHERS, 2):
        so_far(f"{question.name} ({position} of {len(QUESTIONS)})")
        yield from question.asked(probe)
    for target in targets:
        so_far(f"refresh of {target.key}")
        try:
            yield from findings_of(refreshing.observe(target))
        except (Unasked, CommerceLayerError) as error:
            yield from (replace(each.unasked(str(error)), subject=str(target.key)) for each in ALL)
