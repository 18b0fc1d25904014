"""Delay until a settled payment is found, and calls that this takes: our policy against published schedules."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.policy import DAY, Policy
from tests.benchmarks import parallel, peers
from tests.benchmarks.figures import duration, quantiles
from tests.benchmarks.fleet import Fleet, Seen
from tests.benchmarks.plots import MARK, OURS, PEERS, figure
from tests.benchmarks.population import STUCK, STUCK_TEXT, arrivals, draw
from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from tests.benchmarks.registry import Progress

CALLS_PER_MINUTE = 100
PER_DAY = CALLS_PER_MINUTE * 1440
"""Calls the rate limiter allows in a day."""

SAMPLE = 40_000
"""Payments each published schedule gets."""

COMPLETE = 0.01
"""Share of the payments that a schedule may miss and still count as one that finds them."""

FIRST_DAYS = 24
"""From the first deployment on, until the oldest payments have reached the age of giving up and beyond."""

ASSUMED = {
    "payments": STUCK_TEXT + "; no webhook ever comes for them, neither the gateway's nor Commerce Layer's",
    "arrivals": "Poisson, at 10, 500, 5,000 and 20,000 a day",
    "pace": f"{CALLS_PER_MINUTE} calls a minute, looks and refreshes together",
    "ours": "the real policy, pace, capacity and sweep in virtual time, a sweep each minute; a thin step stands "
    "for the rest of the refresh, held to it by a test; calls take no time but for their slots; one refresh "
    "environment, batches as full as can be; a sweep fills the queue once and does not stay to refill it",
    "ours, when": f"the first {FIRST_DAYS} days of a deployment that begins with an empty table; steady_*: the "
    "days after those, when payments of all ages are watched",
    "peers": f"{SAMPLE:,} payments, each followed to its end; every poll on time and one call, however many that "
    "makes (share_of_pace above 1 is more than the API allows); quantiles are of the payments they found, and "
    "missed is the share of the settled ones that they gave up before; schedules without a published end stop "
    "after 10 or 30 days",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One of our runs.

    Attributes
    ----------
    runs
        How often the first days are run, each time with other payments.
    days
        How long the steady state is measured after the first of them.
    """

    per_day: int
    runs: int = 1
    days: float
    first_days: float = FIRST_DAYS
    policy: Policy = field(default_factory=Policy)


LOADS = (
    Load(per_day=20_000, days=2),
    Load(per_day=5_000, days=3),
    Load(per_day=500, days=12),
    Load(per_day=10, runs=12, days=300),
)


def run(progress: Progress) -> list[dict[str, object]]:
    """Measure all loads and schedules."""
    return measure(LOADS, SAMPLE, progress)


def measure(
    loads: Sequence[Load], sample: int, progress: Progress, *, processes: bool = True
) -> list[dict[str, object]]:
    """Measure some loads; ``sample`` is how many payments each published schedule gets."""
    found: dict[int, dict[str, object]] = {}
    for load, row in parallel.each(ours, loads, processes=processes):
        found[load.per_day] = row
        progress(f"ours at {load.per_day:,} a day: p50 {row['p50_s']} s, p90 {row['p90_s']} s")
    random = Random(1)  # noqa: S311  a simulation
    settles = [(draw(STUCK, random), float("inf")) for _ in range(sample)]
    rows: list[dict[str, object]] = []
    outcomes = [(schedule, peers.polled(schedule, settles, random)) for schedule in peers.published()]
    for per_day in sorted(found):
        rows.append(found[per_day])
        for schedule, outcome in outcomes:
            share = outcome.calls / outcome.payments * per_day / PER_DAY
            figures = {"name": schedule.name, "per_day": per_day} | outcome.figures
            rows.append(figures | {"share_of_pace": _share(share), "is_poll": schedule.is_poll})
    return rows


def ours(load: Load) -> dict[str, object]:
    """Run our deployment under a load."""
    first: list[Seen] = []
    steady = Seen()
    for seed in range(load.runs):
        fleet = make(load, seed)
        fleet.run(START + load.first_days * DAY)
        first.append(fleet.seen)
        if seed == 0:
            fleet.seen = steady
            fleet.run(START + (load.first_days + load.days) * DAY)
    return {
        "name": "ours",
        "per_day": load.per_day,
        **_figures(first, load.first_days),
        **{f"steady_{name}": value for name, value in _figures([steady], load.days).items()},
    }


def make(load: Load, seed: int) -> Fleet:
    """Make a deployment with an empty table."""
    random, sway = Random(f"{load.per_day}-{seed}"), Random(seed)  # noqa: S311  a simulation
    return Fleet(
        arrivals=arrivals(STUCK, load.per_day, random, lost=1.0),
        calls_per_minute=CALLS_PER_MINUTE,
        policy=load.policy,
        jitter=lambda: sway.uniform(-1, 1),
    )


def _figures(seen: list[Seen], days: float) -> dict[str, object]:
    delays = [delay for each in seen for delay in each.delays]
    begun, calls = (sum(getattr(each, name) for each in seen) for name in ("begun", "calls"))
    return {
        "calls_per_payment": round(calls / max(1, begun), 2),
        "missed": round(sum(each.missed for each in seen) / max(1, len(delays)), 4),
        **quantiles(delays),
        "max_overdue_s": round(max(each.overdue for each in seen)),
        "share_of_pace": _share(calls / (PER_DAY * days * len(seen))),
        "found": len(delays),
    }


def _share(value: float) -> float:
    return round(value, 4 if value < 0.1 else 3)


def plot(result: list[dict[str, Any]], folder: Path) -> None:
    """Draw calls against delays: each schedule is a numbered point, ours one for each load."""
    mine = [row for row in result if row["name"].startswith("ours")]
    others = [row for row in result if row["per_day"] == mine[0]["per_day"] and row not in mine]
    others.sort(key=lambda row: (row["missed"] > COMPLETE, row["calls_per_payment"]))
    with figure(folder / "detection.svg", width=12, height=4.8, columns=3) as axes:
        for axis, name in zip(axes, ("p50_s", "p90_s"), strict=False):
            for number, row in enumerate(others, 1):
                if row[name] is not None:
                    color = MARK if row["missed"] > COMPLETE else PEERS
                    _point(axis, str(number), row["calls_per_payment"], row[name], color)
            xs, ys = [row["steady_calls_per_payment"] for row in mine], [row[f"steady_{name}"] for row in mine]
            axis.plot(xs, ys, "o-", color=OURS, zorder=4)
            for row, x, y in zip(mine, xs, ys, strict=True):
                text = f"{row['per_day']:,} a day"
                axis.annotate(text, (x, y), (6, 6), textcoords="offset points", fontsize=8, color=OURS)
            axis.set(xscale="log", yscale="log", xlabel="calls for each stuck payment")
            axis.set_ylabel(f"{name[:3]} of seconds from settled to found")
            axis.margins(x=0.12)
        axes[0].set_title("Ours (green), once payments of all ages are watched", loc="left", fontsize=9)
        axes[2].set_axis_off()
        for number, row in enumerate(others, 1):
            missed = row["missed"] > COMPLETE
            text = f"{number}  {row['name'].replace('_', ' ')}" + (
                f", misses {row['missed']:.0%}" if missed else ""
            )
            place = (0, 1 - number / (len(others) + 1))
            axes[2].annotate(text, place, xycoords="axes fraction", fontsize=8, color=MARK if missed else "black")


def _point(axis: Axes, label: str, x: float, y: float, color: str) -> None:
    axis.scatter(x, y, s=90, color="white", edgecolors=color, zorder=3)
    axis.annotate(label, (x, y), ha="center", va="center", fontsize=6.5, color=color, zorder=3)


def markdown(result: list[dict[str, Any]]) -> str:
    """Write ours in full, and what others would need."""
    mine = [row for row in result if row["name"].startswith("ours")]
    lines = [
        "**How soon a settled payment is found** whose webhook never came, at 100 calls a minute:",
        "",
        "| stuck payments a day | p50 | p90 | missed | calls each | share of the budget | longest overdue |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in mine:
        lines.append(
            f"| {row['per_day']:,} | {duration(row['p50_s'])} | {duration(row['p90_s'])} | {row['missed']:.0%} "
            f"| {row['calls_per_payment']:.1f} | {row['share_of_pace']:.1%} | {duration(row['max_overdue_s'])} |"
        )
        lines.append(
            f"| … from day {FIRST_DAYS} on | {duration(row['steady_p50_s'])} | {duration(row['steady_p90_s'])} "
            f"| {row['steady_missed']:.0%} | {row['steady_calls_per_payment']:.1f} "
            f"| {row['steady_share_of_pace']:.1%} | {duration(row['steady_max_overdue_s'])} |"
        )
    return "\n".join([*lines, "", _comparison(result), "", "![calls against delays](benchmarks/detection.svg)"])


def _comparison(result: list[dict[str, Any]]) -> str:
    """Say what the published schedules come to, in two sentences."""
    polls = [row for row in result if not row["name"].startswith("ours") and row["per_day"] == 5_000]
    complete = [row for row in polls if row["missed"] <= COMPLETE]
    best = min(complete, key=lambda row: row["p90_s"] * row["calls_per_payment"])
    incomplete = [row for row in polls if row["missed"] > COMPLETE]
    return (
        f"Of {len(polls)} published schedules {len(incomplete)} give up before some of these payments settle. "
        f"Of the rest, `{best['name']}` finds most for its calls: p50 {duration(best['p50_s'])}, "
        f"p90 {duration(best['p90_s'])} at {best['calls_per_payment']:.0f} calls each, whatever the load; "
        f"5,000 a day take {best['share_of_pace']:.0%} of what the API allows."
    )
