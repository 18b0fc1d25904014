"""Checks of what runs by itself: schedules, the last sweep, discover's last pass, the first deployment's mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.cursor import Pass
from payment_refresh.metrics import Metric
from payment_refresh.times import to_iso
from payrefresh.doctor import remedies
from payrefresh.doctor.findings import fine, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payment_refresh.domain.cursor import Cursor
    from payrefresh.doctor.findings import Outcome
    from payrefresh.doctor.ports import Deployed, Schedule
    from payrefresh.ports import Point

SCHEDULES = {
    "SweepTick": "the sweep",
    "DiscoverTick": "discover",
    "DigestTick": "the digest",
    "DigestCount": "the digest's counting",
}
"""The schedules of the template, by logical id, each with what it runs."""

SWEEP_AGE, OVERDUE, PASS_AGE = 300, 900, 3 * 3600
"""Seconds after which the alarms ring: no sweep, a payment that is due for as long, no complete pass."""


def schedules(deployed: Deployed, found: Sequence[Schedule]) -> Outcome:
    """Whether all are there, and enabled."""
    gone = [each for each in found if not each.is_there]
    disabled = [each for each in found if each.is_there and not each.is_enabled]
    if gone:
        return wrong(
            f"deleted: {_named(gone)}",
            "deploying does not make it again, as nothing changes in the template: a drift-aware change set of "
            "the stack does (deployment mode REVERT_DRIFT); this shows the drift",
            f"aws cloudformation detect-stack-drift --stack-name {deployed.name} --region {deployed.region}",
        )
    if disabled:
        return wrong(
            f"disabled: {_named(disabled)}",
            "enable it again; deploying does not, as nothing changes in the template",
            *(_enable(each, deployed) for each in disabled),
        )
    return fine(f"{len(found)} enabled: {', '.join(SCHEDULES[each.logical_id] for each in found)}")


def _named(schedules: Sequence[Schedule]) -> str:
    return ", ".join(f"{each.logical_id} ({SCHEDULES[each.logical_id]})" for each in schedules)


def _enable(schedule: Schedule, deployed: Deployed) -> str:
    where = f"--region {deployed.region}"
    return (
        f"aws scheduler get-schedule --name {schedule.name} {where} "
        "| jq 'del(.Arn, .CreationDate, .LastModificationDate) | .State = \"ENABLED\"' > schedule.json "
        f"&& aws scheduler update-schedule --cli-input-json file://schedule.json {where}"
    )


def last_sweep(deployed: Deployed, measured: Mapping[Metric, Sequence[Point]], now: float) -> Outcome:
    """Whether a sweep has reported in the last minutes."""
    reports = measured[Metric.OLDEST_OVERDUE_SECONDS]
    age = now - max((sample.at for sample in reports), default=0)
    if reports and age <= SWEEP_AGE:
        return fine(f"{remedies.ago(age)} ago")
    return wrong(
        f"{remedies.ago(age)} ago" if reports else "no sweep has reported in the last hour",
        "nothing is checked: see that its schedule is enabled, then read its log",
        remedies.logs("sweep", deployed),
    )


def overdue(deployed: Deployed, measured: Mapping[Metric, Sequence[Point]]) -> Outcome:
    """Whether payments of placed orders wait for their check longer than they should."""
    reports = measured[Metric.OLDEST_OVERDUE_SECONDS]
    if not reports:
        return fine("no sweep says so")
    longest = max(reports, key=lambda sample: sample.at).value
    if longest <= OVERDUE:
        return fine(f"{remedies.ago(longest)} at most")
    return wrong(
        f"a placed order's payment has been due for {remedies.ago(longest)}",
        "see whether calls fail, or whether there is more to check than CallsPerMinute allows",
        remedies.payrefresh("status", deployed),
    )


def last_pass(
    deployed: Deployed, cursors: Mapping[Pass, Cursor], first_deployment: int | None, now: int
) -> Outcome:
    """Whether discover has completed its passes in the last hours."""
    ages = {of: cursor.age(now) for of, cursor in cursors.items()}
    begun = {of: cursor.first_at is not None for of, cursor in cursors.items()}
    waited = now - (first_deployment or now)
    late = [of for of, age in ages.items() if (age if begun[of] else waited) > PASS_AGE]
    if late:
        return wrong(
            "; ".join(f"{of}: {_complete(cursors[of], now)}" for of in late),
            "orders whose event was lost are not found: read discover's log, or run it now",
            remedies.logs("discover", deployed),
            f"aws lambda invoke --function-name {deployed.outputs['DiscoverFunctionName']} "
            f"--region {deployed.region} /dev/stdout",
        )
    return fine("; ".join(f"{of}: {_complete(cursor, now)}" for of, cursor in cursors.items()))


def _complete(cursor: Cursor, now: int) -> str:
    if cursor.complete_at is not None:
        return f"complete {remedies.ago(now - cursor.complete_at)} ago"
    return "none is complete yet"


def passes(deployed: Deployed) -> Sequence[Pass]:
    """The kinds of passes that discover makes as it is set."""
    lists_carts = deployed.parameters.get("DiscoverCarts") != "false"
    return [Pass.ORDERS, Pass.CARTS] if lists_carts else [Pass.ORDERS]


def first_deployment(deployed: Deployed, marked_at: int | None) -> Outcome:
    """Whether the first deployment is marked, which decides about older orders."""
    since = deployed.parameters.get("ActOnOrdersAfter", "")
    if marked_at is None:
        return wrong(
            "not marked: no sweep has run yet",
            "the first sweep marks it, a minute after the deployment: see its log",
            remedies.logs("sweep", deployed),
        )
    acted_on = since or f"{to_iso(marked_at - 86400)[:19]}Z"
    return fine(f"{to_iso(marked_at)[:19]}Z; orders placed before {acted_on} are only observed")
