"""The state of a stack on the terminal: the verdict, what is wrong, and the figures, on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from payment_refresh.domain.digest_mail import money
from payment_refresh.domain.vocabulary import DueClass
from payment_refresh.times import to_iso
from payrefresh.overview.figures import last_day
from payrefresh.overview.moments import ago
from payrefresh.overview.numbers import MINUTE
from payrefresh.overview.run_findings import last_sweep, utilisation
from payrefresh.overview.waiting_findings import waiting
from payrefresh.ports import DueCount

if TYPE_CHECKING:
    from rich.console import RenderableType

    from payrefresh.overview.findings import Finding
    from payrefresh.overview.health import Health
    from payrefresh.overview.snapshot import Snapshot


def view_status(seen: Snapshot, health: Health) -> RenderableType:
    """The state as one thing to print."""
    parts: list[RenderableType] = [_head(seen, health)]
    for finding in health.findings:
        parts += [Text(), _finding(finding, is_wrong=finding in health.wrong)]
    parts += [Text(), _figures(seen)]
    return Group(*parts)


def status_as_json(seen: Snapshot, health: Health) -> dict[str, Any]:
    """The same as members of a JSON object; times are ISO 8601."""
    day, (dead_lettered, reported) = last_day(seen.week), waiting(seen)
    return {
        "stack": seen.stack.name,
        "region": seen.stack.region,
        "organization": seen.settings.organization,
        "api_mode": seen.settings.api_mode,
        "run_mode": seen.settings.run_mode,
        "at": to_iso(seen.now),
        "healthy": health.is_healthy,
        "wrong": [_finding_as_json(each) for each in health.wrong],
        "notes": [_finding_as_json(each) for each in health.notes],
        "watched": _watched(seen),
        "due": sum(_count(seen, each).due for each in WATCHED),
        "waiting_for_a_person": {"dead_lettered": dead_lettered, "reported": reported},
        "queue": seen.pending._asdict(),
        "dead_letter_queue": seen.dead_letters._asdict(),
        "failed_runs": seen.failed_runs._asdict(),
        "last_sweep_at": _iso(last_sweep(seen)),
        "last_pass_at": _iso(seen.orders.complete_at),
        "last_digest_at": _iso(seen.digest.at),
        "budget": {
            "calls_per_minute": seen.settings.calls_per_minute,
            "utilisation": round(utilisation(seen), 3),
        },
        "last_day": {name: getattr(day, name) for name in day.__slots__}
        | {"settled_by_refresh_cents": dict(seen.money)},
        "alarms": None if seen.alarms is None else [each.name for each in seen.alarms],
    }


WATCHED = (DueClass.FIRST, DueClass.PLACED, DueClass.CONFIRM, DueClass.CART)


def _head(seen: Snapshot, health: Health) -> Text:
    what = f"{seen.stack.name} ({seen.settings.organization}, {seen.settings.api_mode}, {seen.stack.region}): "
    if health.is_healthy:
        return Text.assemble((what, "bold"), ("healthy", "bold green"))
    number = len(health.wrong)
    return Text.assemble(
        (what, "bold"), (f"{number} thing{'' if number == 1 else 's'} to do" if number else "", "bold red")
    )


def _finding(finding: Finding, *, is_wrong: bool) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_row(Text("✗", "bold red") if is_wrong else Text("i", "cyan"), finding.what)
    if finding.to_do:
        grid.add_row("", f"→ {finding.to_do}")
    return grid


def _figures(seen: Snapshot) -> Table:
    day, (dead_lettered, reported) = last_day(seen.week), waiting(seen)
    placed, carts = _watched(seen).values()
    due = sum(_count(seen, each).due for each in WATCHED)
    refreshed = " + ".join(money(cents, currency) for currency, cents in sorted(seen.money.items()))
    rows = [
        ("watched payments", f"{placed:,} of placed orders, {carts:,} of carts; {due:,} due now"),
        ("in the queue", f"{seen.pending.waiting:,} waiting, {seen.pending.in_flight:,} being checked"),
        ("for a person", f"{dead_lettered:,} dead-lettered, {reported:,} reported"),
        ("last sweep", _when(last_sweep(seen), seen.now)),
        ("last whole pass of discover", _when(seen.orders.complete_at, seen.now)),
        ("last digest", _when(seen.digest.at, seen.now)),
        (
            "settled in the last day",
            f"{day.settled_by_webhook:,} by the gateway's webhook, {day.settled_by_refresh:,} by a refresh"
            f"{f' ({refreshed})' if refreshed else ''}",
        ),
        (
            "order events",
            f"{day.order_events:,} in the last day; {day.discovered:,} orders found without one",
        ),
        (
            "calls to Commerce Layer",
            f"{day.calls:,} in the last day, {day.refreshes:,} of them refreshes; "
            f"{utilisation(seen):.0%} of {seen.settings.calls_per_minute} a minute used now",
        ),
    ]
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*row)
    return grid


def _watched(seen: Snapshot) -> dict[str, int]:
    carts = _count(seen, DueClass.CART)
    placed = [_count(seen, each) for each in WATCHED if each is not DueClass.CART]
    return {"placed": sum(each.due + each.later for each in placed), "carts": carts.due + carts.later}


def _count(seen: Snapshot, of: DueClass) -> DueCount:
    return seen.due.get(of, DueCount())


def _when(at: float | None, now: float) -> str:
    if at is None:
        return "none yet"
    return "within the last minute" if now - at < MINUTE else ago(at, now)


def _finding_as_json(finding: Finding) -> dict[str, str]:
    return {"name": finding.name, "what": finding.what, "to_do": finding.to_do}


def _iso(at: float | None) -> str | None:
    return None if at is None else to_iso(at)
