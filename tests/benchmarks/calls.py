"""Calls for a thousand payments when the gateway's webhooks arrive, but for one in a hundred."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.policy import DAY, HOUR, Policy
from tests.benchmarks import parallel, peers
from tests.benchmarks.figures import duration, quantiles
from tests.benchmarks.fleet import Fleet, Seen
from tests.benchmarks.plots import MARK, OURS, PEERS, figure
from tests.benchmarks.population import ALL_FAST, FAST_TEXT, MIXED, MIXED_TEXT, Payment, arrivals, draw
from tests.benchmarks.whole import Events, Whole
from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.benchmarks.registry import Progress

type Row = dict[str, Any]

CALLS_PER_MINUTE = 100
LOST = 0.01
"""Share of the gateway's webhooks that never arrive."""

BEFORE = 24
"""Days before mixed payments are measured."""

NAMES = {
    Events.BOTH_ENDS: "ours, order events for both ends",
    Events.PLACEMENT: "ours, placement events only",
    Events.NOTHING: "ours, no order events: discover alone",
}
NAIVE, MIXED_OURS = "naive loop that refreshes every payment", "ours, mixed payments"

ASSUMED = {
    "webhooks": f"the gateway's webhooks move the order at once, but {LOST:.0%} of them are lost, at random; "
    "order events arrive at once, where there are any",
    "fast payments": f"seconds from placement to authorization: {FAST_TEXT}",
    "mixed payments": f"seconds from placement to authorization: {MIXED_TEXT}; order events for both ends",
    "fast, how": "all use cases as they are, over fakes in virtual time; all calls counted",
    "fast, discover alone": "a run each quarter of an hour, filters as documented; pages of orders, of webhooks "
    "and of gateways are all counted. Only payments without a webhook are played: the others are paid long before "
    "discover could list them (30 min), so they cost nothing",
    "mixed, how": "as ours in detection; payments whose event comes before their first check cost no call and "
    f"are only counted; from day {BEFORE} on, when payments of all ages are watched; quantiles are of those that "
    "calls found",
    "naive loop": "one call for each payment, arithmetic",
    "flat crons": "each refreshes what is unpaid, on time, whatever the API allows; to know that costs nothing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fast:
    """Some fast payments."""

    events: Events
    per_day: int
    payments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """Mixed payments, for some days after others."""

    per_day: int
    before: float
    days: float


PARTS: tuple[Fast | Mixed, ...] = (
    Mixed(per_day=10_000, before=BEFORE, days=3),
    Mixed(per_day=1_000, before=BEFORE, days=20),
    Fast(events=Events.PLACEMENT, per_day=1_000_000, payments=20_000),
    Fast(events=Events.PLACEMENT, per_day=100_000, payments=20_000),
    Fast(events=Events.PLACEMENT, per_day=1_000, payments=3_000),
    Fast(events=Events.BOTH_ENDS, per_day=1_000_000, payments=20_000),
    Fast(events=Events.BOTH_ENDS, per_day=100_000, payments=20_000),
    Fast(events=Events.BOTH_ENDS, per_day=1_000, payments=10_000),
    Fast(events=Events.NOTHING, per_day=1_000_000, payments=500_000),
    Fast(events=Events.NOTHING, per_day=100_000, payments=300_000),
    Fast(events=Events.NOTHING, per_day=1_000, payments=10_000),
)
CRONS = (10, 30)
SAMPLE = 100_000


def run(progress: Progress) -> list[Row]:
    """Measure all parts."""
    return measure(PARTS, SAMPLE, progress)


def measure(
    parts: Sequence[Fast | Mixed], sample: int, progress: Progress, *, processes: bool = True
) -> list[Row]:
    """Measure some parts; ``sample`` is how many payments each flat cron gets."""
    found: dict[Fast | Mixed, Row] = {}
    for part, row in parallel.each(count, parts, processes=processes):
        found[part] = row
        progress(f"{row['name']}, {part.per_day:,} a day: {row['calls_per_1000']} calls per 1,000")
    rows = [(part.per_day, isinstance(part, Mixed), found[part]) for part in parts]
    rows += [(row["per_day"], False, row) for row in _naive({per_day for per_day, mixed, _ in rows if not mixed})]
    densities = {per_day for per_day, mixed, _ in rows if mixed}
    rows += [(row["per_day"], True, row) for minutes in CRONS for row in _cron(minutes, densities, sample)]
    return [row for _, _, row in sorted(rows, key=lambda each: (each[1], each[0], each[2]["name"]))]


def count(part: Fast | Mixed) -> Row:
    """Count one part's calls."""
    return _fast(part) if isinstance(part, Fast) else _mixed(part)


def _fast(part: Fast) -> Row:
    only_lost = part.events is Events.NOTHING
    share = LOST if only_lost else 1.0
    # The words of the seed are frozen: the published figures come from them.
    random = Random(f"Told.{part.events.name}-{part.per_day}")  # noqa: S311  a simulation
    coming = arrivals(ALL_FAST, part.per_day * share, random, lost=1.0 if only_lost else LOST)
    whole = Whole(
        arrivals=islice(coming, int(part.payments * share)), calls_per_minute=CALLS_PER_MINUTE, events=part.events
    )
    days = part.payments / part.per_day
    whole.run(START + days * DAY + 2 * HOUR)
    calls = whole.shop.calls
    lasted = 2 * HOUR / DAY / days + 1 if only_lost else 1
    # Listing goes on after the last payment: its calls belong to the time, not to the payments.
    calls_each = (calls["looks"] + calls["refreshes"] + calls["lists"] / lasted) / part.payments
    return {
        "name": NAMES[part.events],
        "payments": "fast",
        "per_day": part.per_day,
        "calls_per_1000": round(calls_each * 1000, 1),
        **{kind: calls[kind] for kind in ("looks", "refreshes", "lists")},
        "played": part.payments,
        **quantiles(whole.shop.delays),
    }


def _mixed(part: Mixed) -> Row:
    random, sway, policy = Random(f"mixed-{part.per_day}"), Random(part.per_day), Policy()  # noqa: S311  a simulation
    begin, end = START + part.before * DAY, START + (part.before + part.days) * DAY
    came = 0

    def watched() -> Iterator[Payment]:
        nonlocal came
        for payment in arrivals(MIXED, part.per_day, random, lost=LOST):
            came += begin < payment.placed_at <= end
            if payment.moves_at > int(payment.placed_at) + policy.first:
                yield payment

    fleet = Fleet(
        arrivals=watched(),
        calls_per_minute=CALLS_PER_MINUTE,
        policy=policy,
        jitter=lambda: sway.uniform(-1, 1),
    )
    fleet.run(begin)
    fleet.seen = seen = Seen()
    fleet.run(end)
    return {
        "name": MIXED_OURS,
        "payments": "mixed",
        "per_day": part.per_day,
        "calls_per_1000": round(seen.calls / came * 1000, 1),
        "looks": seen.looks,
        "refreshes": seen.refreshes,
        "played": came,
        **quantiles(seen.delays),
        "share_of_pace": round(seen.calls / (CALLS_PER_MINUTE * 1440 * part.days), 3),
    }


def _naive(densities: set[int]) -> list[Row]:
    fixed = {"name": NAIVE, "payments": "fast", "calls_per_1000": 1000.0}
    return [{**fixed, "per_day": per_day} for per_day in densities]


def _cron(minutes: int, densities: set[int], sample: int) -> list[Row]:
    random = Random(minutes)  # noqa: S311  a simulation
    payments = []
    for _ in range(sample):
        settles = draw(MIXED, random)
        payments.append((settles, float("inf") if random.random() < LOST else settles))
    outcome = peers.polled(peers.cron(minutes, Policy().give_up // DAY), payments, random)
    each = outcome.calls / outcome.payments
    return [
        {
            "name": f"flat cron of {minutes} min",
            "payments": "mixed",
            "per_day": per_day,
            "calls_per_1000": round(each * 1000, 1),
            **quantiles(outcome.delays),
            "share_of_pace": round(each * per_day / (CALLS_PER_MINUTE * 1440), 3),
        }
        for per_day in densities
    ]


def plot(result: list[Row], folder: Path) -> None:
    """Draw calls by density for fast payments, and calls against delay for mixed ones."""
    with figure(folder / "calls.svg", width=11, height=4.2, columns=2) as axes:
        styles = dict(zip(NAMES.values(), ("o-", "s--", "^:"), strict=True))
        for name, style in (*styles.items(), (NAIVE, "x-")):
            rows = [row for row in result if row["name"] == name]
            color = PEERS if name == NAIVE else OURS
            xs, ys = [row["per_day"] for row in rows], [row["calls_per_1000"] for row in rows]
            axes[0].plot(xs, ys, style, color=color, label=name)
        axes[0].set(xscale="log", yscale="log", xlabel="payments a day", ylabel="calls for 1,000 payments")
        axes[0].set_title("Fast payments, 1 % of the webhooks lost", loc="left", fontsize=10)
        axes[0].set_ylim(5, 20_000)
        axes[0].legend(fontsize=8, frameon=False, loc="upper right")
        for row in (row for row in result if row["payments"] == "mixed"):
            ours = row["name"] == MIXED_OURS
            x, y = row["calls_per_1000"], row["p90_s"]
            if not ours and row["per_day"] != 1_000:
                continue
            axes[1].scatter(x, y, color=OURS if ours else MARK, zorder=3)
            text = f"ours, {row['per_day']:,} a day" if ours else row["name"]
            axes[1].annotate(text, (x, y), xytext=(6, 4), textcoords="offset points", fontsize=8)
        axes[1].set(xscale="log", yscale="log", xlabel="calls for 1,000 payments")
        axes[1].set_ylabel("p90 of seconds from settled to found")
        axes[1].set_title("Mixed payments, of which some take days", loc="left", fontsize=10)
        axes[1].set(xlim=(2_000, 100_000), ylim=(50, 5_000))


def markdown(result: list[Row]) -> str:
    """Write both tables."""
    densities = sorted({row["per_day"] for row in result if row["payments"] == "fast"})
    lines = [
        "**Calls for 1,000 payments** authorized within seconds, where 1 % of the gateway's webhooks are lost:",
        "",
        "| | " + " | ".join(f"{density:,} a day" for density in densities) + " |",
        "| --- |" + " --- |" * len(densities),
    ]
    for name in (*NAMES.values(), NAIVE):
        cells = [
            next((f"{row['calls_per_1000']:.0f}" for row in _rows(result, name, density)), "")
            for density in densities
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "Of mixed payments, some of which take days (92 % fast, 5 % minutes, 2 % bank debits, 1 % never):",
        "",
        "| | payments a day | calls for 1,000 | p90 from settled to found | share of the budget |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row['name']} | {row['per_day']:,} | {row['calls_per_1000']:,.0f} | {duration(row['p90_s'])} "
        f"| {row['share_of_pace']:.0%} |"
        for row in result
        if row["payments"] == "mixed"
    ]
    return "\n".join([*lines, "", "![calls](benchmarks/calls.svg)"])


def _rows(result: list[Row], name: str, per_day: int) -> list[Row]:
    return [row for row in result if row["name"] == name and row["per_day"] == per_day]
