"""The verdict on a stack: what is wrong with it, and what is worth knowing. Pure.

What can be seen as it is now (rows, queues, marks) decides before metrics do, and these before alarms, which may
ring for an hour after all is well again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.deployment import RunMode
from payment_refresh.use_cases.heartbeat import FALL_SHOWN
from payrefresh.overview.figures import last_day
from payrefresh.overview.findings import Finding, Level, note
from payrefresh.overview.metric_checks import CHECKS, check_gateway_webhook, check_rights
from payrefresh.overview.moments import moment
from payrefresh.overview.run_findings import check_runs
from payrefresh.overview.waiting_findings import wait_for_a_person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payrefresh.overview.snapshot import Snapshot

SEEN_AS_IT_IS = frozenset(
    {
        "DeadLettersAlarm",
        "NewDeadLettersAlarm",
        "AsyncFailuresAlarm",
        "OverdueAlarm",
        "DiscoverAgeAlarm",
        "FellBackToObserveAlarm",
        "UrgentOutcomesAlarm",
    }
)
"""Alarms of which the present state is known better than they know it; they may ring when all is well again."""


@dataclass(frozen=True, slots=True)
class Health:
    """The findings, those that are wrong first."""

    findings: tuple[Finding, ...]

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """What is wrong."""
        return tuple(each for each in self.findings if each.level is Level.WRONG)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What is worth knowing."""
        return tuple(each for each in self.findings if each.level is Level.NOTE)

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong


def judge_health(seen: Snapshot) -> Health:
    """Judge a stack."""
    findings = [*check_runs(seen), *wait_for_a_person(seen), *_metrics(seen), *_mode(seen), *_notes(seen)]
    known = {each.name for each in findings} | SEEN_AS_IT_IS
    findings += [
        Finding(
            name=each.name,
            what=f"{each.name} rings since {moment(each.since)}.",
            to_do=each.description,
        )
        for each in seen.alarms or ()
        if each.name not in known
    ]
    return Health(tuple(sorted(findings, key=lambda each: each.level is not Level.WRONG)))


def _metrics(seen: Snapshot) -> Iterator[Finding]:
    found = (check.find(seen.recent) for check in CHECKS)
    yield from (each for each in found if each is not None)
    yield from check_rights(seen.recent)
    late_count = seen.stack.parameters.get("WebhookLateCount", "3")
    yield from check_gateway_webhook(seen.recent, seen.week, float(late_count))
    if seen.settings.unreadable:
        yield Finding(
            name="SettingsUnreadable",
            what=f"A parameter of the stack cannot be read: {'; '.join(seen.settings.unreadable)}.",
            to_do="Correct it, and deploy again.",
        )


def _mode(seen: Snapshot) -> Iterator[Finding]:
    if seen.settings.run_mode is not RunMode.OBSERVE:
        return
    fell_at = seen.mode.fell_back_at
    if fell_at is None:
        yield note("observe", "It only observes: it looks at payments, and sends no refresh (Mode is observe).")
        return
    what = f"It refreshed payments before, and has only observed since {moment(fell_at)}."
    to_do = "If that is not meant, deploy it with Mode=refresh."
    level = Level.WRONG if seen.now - fell_at < FALL_SHOWN else Level.NOTE
    yield Finding(name="FellBackToObserveAlarm", what=what, to_do=to_do, level=level)


def _notes(seen: Snapshot) -> Iterator[Finding]:
    day = last_day(seen.week)
    if seen.stack.status.startswith("UPDATE_ROLLBACK"):
        yield note("rolled_back", "The last deployment was rolled back; the one before it runs.")
    if seen.settings.clamped:
        yield note("clamped", f"Parameters contradict each other: {'; '.join(seen.settings.clamped)}.")
    if seen.reads_are_paused:
        yield note("paused", "Commerce Layer did not answer just now; calls are paused, and then repeated.")
    if day.urgent:
        yield note(
            "urgent",
            f"Within the last day, {day.urgent} payments needed somebody at once.",
            "`payrefresh list --notice superseded,on_cancelled_order` names them.",
        )
    if day.rate_limited:
        yield note(
            "rate_limited",
            f"Commerce Layer answered 429 {day.rate_limited} times within the last day.",
            "Somebody else may call it from the same IP; each is repeated.",
        )
    if day.new_model_orders:
        yield note(
            "new_model",
            "Orders of Commerce Layer's new payments model were seen, which cannot be refreshed.",
        )
