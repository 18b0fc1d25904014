"""The report of a run: figures and verdict under the names that others rely on, as JSON and as a table."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devstack.figures import Delay, Figures
    from devstack.truth import Verdict

_LONGEST = 500
"""Characters shown of a log line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How a run went.

    Attributes
    ----------
    orders
        Orders that the scenario created.
    calls
        What the organization counted: `patch_calls`, `list_calls`, `rate_limited`.
    announced
        How many outcome events of each kind were announced.
    sent_again
        How many outcome events were sent that had been sent before.
    found_late
        How many payments the functions counted as found late by a refresh.
    function_errors
        Log lines that report an error of a function.
    too_late
        How many order events were sent again since the local AWS answered too late.
    secrets_found
        Which secrets stand in what the run left behind, and where, in words; none may.
    called
        How many events said that they need a person.
    only_on_purpose
        Whether only such orders were played as call nobody.
    unfinished
        What was still open when time was up, in words; empty if the run ended by itself.
    """

    orders: int
    figures: Figures
    verdict: Verdict
    calls: Mapping[str, int]
    announced: Mapping[str, int]
    sent_again: int
    found_late: int
    function_errors: tuple[str, ...]
    too_late: int
    secrets_found: tuple[str, ...]
    called: int
    detection_delay: Delay
    scheduled_tick_seen: bool
    mode: str
    seed: int
    loss: float
    loss_order_events: float
    gateway_webhooks_off_after_s: float | None
    wall_s: float
    only_on_purpose: bool = False
    unfinished: tuple[str, ...] = ()

    def passed(self) -> bool:
        """Whether every order ended as the gateway decided, nothing was lost and no function failed."""
        return not self.failures()

    def failures(self) -> list[str]:
        """Return what is wrong, most important first, one sentence each."""
        verdict = self.verdict
        failures = [*self.secrets_found, *verdict.lost, *verdict.mismatched]
        failures += [*verdict.wrongly_announced, *self.unfinished]
        if self.only_on_purpose and (self.called or self.figures.dead_lettered):
            dead = self.figures.dead_lettered
            failures.append(f"nobody was to be called, but {self.called} events did it, and {dead} dead letters")
        if self.figures.open:
            failures.append(f"{self.figures.open} payments are still watched or owe a dead letter or event")
        if self.mode == "observe" and self.calls["patch_calls"]:
            failures.append(f"{self.calls['patch_calls']} PATCH calls were made, but observing may make none")
        if self.function_errors:
            first = self.function_errors[0][:_LONGEST]
            failures.append(f"the functions logged {len(self.function_errors)} errors, first: {first}")
        if self.too_late > self.orders / 2:
            waits = "this machine is too slow, or OrderEvents waits too short"
            failures.append(f"{self.too_late} times the local AWS was too late for an order event: {waits}")
        if not self.scheduled_tick_seen:
            failures.append("the schedule never started the sweep")
        return failures

    def as_json(self) -> dict[str, Any]:
        """Return the report's content; the keys are an interface."""
        figures = self.figures
        return {
            "orders": self.orders,
            "settled_by_webhook": figures.settled_by_webhook,
            "settled_by_refresh": figures.settled_by_refresh,
            "closed": figures.closed,
            "abandoned": figures.abandoned,
            "dead_lettered": figures.dead_lettered,
            "reported": figures.reported,
            "missing": figures.missing,
            "unwatched": self.verdict.unwatched,
            "unplaced": figures.unplaced,
            "discovered": figures.discovered,
            "announced": dict(self.announced),
            "sent_again": self.sent_again,
            "found_late_by_refresh": self.found_late,
            "watching": figures.watching,
            "lost": len(self.verdict.lost),
            "mismatched": len(self.verdict.mismatched),
            "wrongly_announced": len(self.verdict.wrongly_announced),
            "kinds": {name: asdict(count) for name, count in self.verdict.kinds.items()},
            "needs_a_person": self.called,
            "only_on_purpose": self.only_on_purpose,
            "patch_calls": self.calls["patch_calls"],
            "list_calls": self.calls["list_calls"],
            "rate_limited": self.calls["rate_limited"],
            "function_errors": len(self.function_errors),
            "local_aws_too_late": self.too_late,
            "secrets_found": len(self.secrets_found),
            "detection_delay_s": asdict(self.detection_delay),
            "wall_s": round(self.wall_s, 1),
            "passed": self.passed(),
            "failures": self.failures(),
            "mode": self.mode,
            "seed": self.seed,
            "loss": self.loss,
            "loss_order_events": self.loss_order_events,
            "gateway_webhooks_off_after_s": self.gateway_webhooks_off_after_s,
            "scheduled_tick_seen": self.scheduled_tick_seen,
        }

    def write(self, path: Path) -> None:
        """Write the JSON; folders are made as needed."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.as_json(), indent=2) + "\n")

    def table(self) -> Table:
        """Return the closing table."""
        values = self.as_json()
        delay = self.detection_delay
        table = Table(title="How every order ended", show_header=False, title_justify="left")
        table.add_column()
        table.add_column(justify="right")
        for label, value in (
            ("orders", values["orders"]),
            ("settled, moved by the gateway's webhook", values["settled_by_webhook"]),
            ("settled, moved by a refresh", values["settled_by_refresh"]),
            ("closed", values["closed"]),
            ("abandoned carts", values["abandoned"]),
            ("dead-lettered", values["dead_lettered"]),
            ("reported", values["reported"]),
            ("missing", values["missing"]),
            ("ended before there was anything to watch", values["unwatched"]),
            ("still watching", values["watching"]),
        ):
            table.add_row(label, str(value))
        table.add_section()
        table.add_row("of these, found by discover alone", str(values["discovered"]))
        table.add_row("settled on an order that nobody placed", str(values["unplaced"]))
        table.add_row("found late by a refresh", str(values["found_late_by_refresh"]))
        table.add_row("outcome events announced", str(sum(self.announced.values())))
        table.add_row("of these, calling a person", str(self.called))
        table.add_row("kinds of stories played", str(len(self.verdict.kinds)))
        table.add_section()
        table.add_row("lost", str(values["lost"]))
        table.add_row("mismatched with the gateway's truth", str(values["mismatched"]))
        table.add_row("announced wrongly", str(values["wrongly_announced"]))
        table.add_row("function errors", str(values["function_errors"]))
        table.add_row("order events sent again (local AWS slow)", str(values["local_aws_too_late"]))
        table.add_row("secrets found in what was left behind", str(values["secrets_found"]))
        table.add_section()
        table.add_row("refresh calls (PATCH)", str(values["patch_calls"]))
        table.add_row("looks (list calls)", str(values["list_calls"]))
        table.add_row("calls refused for their rate (429)", str(values["rate_limited"]))
        table.add_row(
            "paid to found by refresh: p50, p90, max", f"{_s(delay.p50)}, {_s(delay.p90)}, {_s(delay.max)}"
        )
        table.add_row("the schedule ticked by itself", "yes" if self.scheduled_tick_seen else "no")
        table.add_row("time", f"{self.wall_s:.0f} s")
        return table


def _s(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.1f} s"
