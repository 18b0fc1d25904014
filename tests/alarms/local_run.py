"""The alarms over a run on the local AWS: which of them rang, by the metrics that the functions really wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devstack.stack import FUNCTIONS
from tests.alarms.template_alarms import CALLS_NOBODY, alarms
from tests.support.alarm_rules import MINUTE, Numbers

if TYPE_CHECKING:
    from devstack.stack import LocalStack

RIGHTLY = {
    "UrgentOutcomesAlarm": "there are second charges, and money on cancelled orders",
    "WebhookLateAlarm": "half of the gateway's webhooks, or a third of them, are lost",
    "WebhookLateInAWeekAlarm": "likewise, in so short a week",
}
"""What may ring in the messy shop of the local run, and why."""


def rang_in(stack: LocalStack) -> set[str]:
    """Name the alarms that call a person and rang from the first metric until all is over."""
    numbers = Numbers()
    lines = sorted(
        ((Numbers.time_of(line), line) for function in FUNCTIONS for line in stack.log(function)),
        key=lambda timed: timed[0],
    )
    lines = [timed for timed in lines if timed[0]]
    for at, line in lines:
        numbers.add_emf(line, at)
    begin, end = (int(lines[place][0]) // MINUTE * MINUTE for place in (0, -1))
    return {
        name
        for name, alarm in alarms(stack.name).items()
        if name not in CALLS_NOBODY
        # No longer: after the last sweep, that there is none would ring.
        and any(rings for _, rings in alarm.changes(numbers, begin + 2 * MINUTE, end + 2 * MINUTE))
    }
