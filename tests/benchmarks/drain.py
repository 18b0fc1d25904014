"""Duration of draining a backlog, and distance to the API's limits: against the sandbox's own limiter."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.policy import Policy
from payment_refresh.rate_limit.budget import ENVIRONMENTS
from sandbox.config import Switches
from tests.benchmarks import parallel
from tests.benchmarks.backlog import Backlog, Naive, orders
from tests.benchmarks.figures import duration, quantile, quantiles
from tests.benchmarks.limited import Latency
from tests.benchmarks.plots import MARK, OURS, PEERS, figure
from tests.support.clock import START
from tests.support.samples import order

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from payment_refresh.domain.order import Order
    from tests.benchmarks.limited import LimitedApi
    from tests.benchmarks.registry import Progress

PAYMENTS, SETTLED = 3_000, 0.95
CALLS_PER_MINUTE = 180
"""90 % of the limit, the highest setting that is allowed."""

FIRST = 24
"""Spans of ten seconds whose calls are drawn."""

LOOPS = 10
"""Of the naive parallel run."""

ARRIVALS, ARRIVE = 60, (5, 75)
"""Placed orders whose first check falls due while the backlog drains, and when: seconds after it began."""

ASSUMED = {
    "backlog": f"{PAYMENTS:,} payments due at once; for {SETTLED:.0%} the webhook has moved the order meanwhile, "
    "the others settle with their refresh",
    "limits": "those of live mode at their real size: 200 calls in a sliding minute and class, 50 in 10 seconds "
    "and endpoint; the limiter is the sandbox's, in virtual time; refused calls count",
    "ours": "all use cases and the real HTTP client in virtual time, "
    f"{ENVIRONMENTS} refresh environments with four threads each, {CALLS_PER_MINUTE} calls a minute, a sweep each "
    "minute, an empty pace item at the start",
    "latency": "log-normal (sigma 0.5) with median 0.4 s, and up to 0.08 s to get there; heavy-tailed: Pareto "
    "(1.5) from 0.25 s to 9 s, and from 0.02 s to 1 s to get there; up to 10 ms for the table",
    "first checks": f"in a second run of each variant, {ARRIVALS} more orders, whose webhook was lost, have their "
    f"first check due at random moments from {ARRIVE[0]} s to {ARRIVE[1]} s; in a third one they come alone. A "
    "check is made when a look shows its order; later_p99_s is the 99th percentile of how much later that is, "
    "order by order",
    "share_of_budget": "calls made while messages waited in the queue, of those the setting allows in that time; "
    "share_until_drained counts all the time until the last has ended",
    "naive loops": f"refresh every payment, one after the other or {LOOPS} at a time, under the same latency; who "
    "is refused waits 1 s, then twice as long each time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One run of ours, or of a naive loop where there are `loops`."""

    name: str
    skewed: bool = False
    heavy: bool = False
    shared: bool = False
    loops: int = 0
    payments: int = PAYMENTS
    environments: int = ENVIRONMENTS


VARIANTS = (
    Variant(name="ours"),
    Variant(name="ours, clocks wrong by up to 2 s", skewed=True),
    Variant(name="ours, heavy-tailed latency", heavy=True),
    Variant(name="ours, reads and writes share one counter", shared=True),
    Variant(name="ours, all of that at once", skewed=True, heavy=True, shared=True),
    Variant(name="naive sequential loop", loops=1),
    Variant(name="naive parallel loops", loops=LOOPS),
)


def run(progress: Progress) -> dict[str, object]:
    """Measure all variants."""
    return measure(VARIANTS, progress)


def measure(variants: Sequence[Variant], progress: Progress, *, processes: bool = True) -> dict[str, object]:
    """Measure some variants, the naive sequential loop among them."""
    rows: dict[str, dict[str, Any]] = {}
    for variant, row in parallel.each(measured, variants, processes=processes):
        rows[variant.name] = row
        progress(f"{variant.name}: {row['seconds']} s, {row['rate_limited']} refused")
    ordered = [rows[variant.name] for variant in variants]
    slow = next(row for variant, row in zip(variants, ordered, strict=True) if variant.loops == 1)
    for row in ordered:
        row["times_naive"] = round(slow["seconds"] / row["seconds"], 1)
    ours = [row for row in ordered if row["name"].startswith("ours")]
    return {
        "payments": variants[0].payments,
        "settled_meanwhile": SETTLED,
        "calls_per_minute": CALLS_PER_MINUTE,
        "share_of_budget": min(row["share_of_budget"] for row in ours),
        "share_until_drained": min(row["share_until_drained"] for row in ours),
        "first_checks_later_p99_s": max(row["first_checks"]["later_p99_s"] for row in ours),
        "leases_outlived": sum(row["leases_outlived"] for row in ours),
        "rate_limited": sum(row["rate_limited"] for row in ours),
        "times_naive": ours[0]["times_naive"],
        "variants": ordered,
    }


def measured(variant: Variant) -> dict[str, Any]:
    """Drain the backlog, and of ours say what first checks waited meanwhile."""
    return drained(variant) | ({} if variant.loops else {"first_checks": first_checks(variant)})


def drained(variant: Variant) -> dict[str, Any]:
    """Drain the backlog once."""
    random = Random(2)  # noqa: S311  a simulation
    backlog, latency = orders(variant.payments, SETTLED, Random(1)), _latency(variant, random)  # noqa: S311  a simulation
    if variant.loops:
        naive = Naive(orders=backlog, switches=Switches(), latency=latency)
        naive.run(variant.loops)
        return {"name": variant.name} | _figures(naive.api, naive.ended)
    ours = _deployment(variant, backlog, latency, random)
    ours.run()
    worked = ours.queue.worked
    during = sum(any(begin <= at <= end for begin, end in worked) for at, _ in ours.api.calls)
    allowed = CALLS_PER_MINUTE / 60 * sum(end - begin for begin, end in worked)
    until_drained = len(ours.api.calls) / (CALLS_PER_MINUTE / 60 * (max(ours.ended) - START))
    return (
        {"name": variant.name, "share_of_budget": round(during / allowed, 3)}
        | {"share_until_drained": round(until_drained, 3), "leases_outlived": ours.table.outlived}
        | _figures(ours.api, ours.ended)
    )


def _deployment(variant: Variant, orders: dict[str, Order], latency: Latency, random: Random) -> Backlog:
    switches = Switches()
    switches.rate_limit_shared = variant.shared
    return Backlog(
        orders=orders,
        calls_per_minute=CALLS_PER_MINUTE,
        switches=switches,
        latency=latency,
        random=random,
        environments=variant.environments,
        skew=2.0 if variant.skewed else 0.0,
    )


def first_checks(variant: Variant) -> dict[str, Any]:
    """Say how long first checks wait that fall due during the drain, and how long without it."""
    random, first = Random(3), Policy().first  # noqa: S311  a simulation
    due = {f"order-new-{number}": START + int(random.uniform(*ARRIVE)) for number in range(ARRIVALS)}
    new = {id_: order(id_.removeprefix("order-"), at=at - first) for id_, at in due.items()}
    waits: list[dict[str, float]] = []
    for backlog in (orders(variant.payments, SETTLED, Random(1)), {}):  # noqa: S311  a simulation
        random = Random(2)  # noqa: S311  a simulation
        run = _deployment(variant, backlog | new, _latency(variant, random), random)
        run.run()
        waits.append({id_: run.api.shown[id_] - at for id_, at in due.items()})
    during, alone = waits
    later = sorted(during[id_] - alone[id_] for id_ in due)
    return {
        "orders": ARRIVALS,
        "during_the_drain": quantiles([*during.values()]),
        "without_it": quantiles([*alone.values()]),
        "later_p99_s": round(quantile(later, 0.99), 1),
    }


def _figures(api: LimitedApi, ended: Sequence[float]) -> dict[str, Any]:
    times = sorted(at - START for at, _ in api.calls)
    return {
        "seconds": round(max(ended) - START, 1),
        "calls": len(times),
        "looks": api.by_method["GET"],
        "refreshes": api.by_method["PATCH"],
        "rate_limited": api.refused,
        "most_in_60_s": _most(times, 60),
        "most_in_10_s": _most(times, 10),
        "calls_by_10_s": _by_10_s(times),
        "ended_by_10_s": _by_10_s(sorted(at - START for at in ended)),
    }


def _by_10_s(times: Sequence[float]) -> list[int]:
    return [bisect_left(times, at + 10) - bisect_left(times, at) for at in range(0, int(times[-1]) + 1, 10)]


def _most(times: Sequence[float], seconds: float) -> int:
    return max(bisect_right(times, at) - bisect_right(times, at - seconds) for at in times)


def _latency(variant: Variant, random: Random) -> Latency:
    if not variant.heavy:
        return Latency(
            there=partial(random.uniform, 0.01, 0.08), answer=partial(random.lognormvariate, -0.92, 0.5)
        )
    return Latency(
        there=lambda: min(1.0, 0.02 * random.paretovariate(1.5)),
        answer=lambda: min(9.0, 0.25 * random.paretovariate(1.5)),
    )


def plot(result: dict[str, Any], folder: Path) -> None:
    """Draw how many payments had ended when, and the calls that took."""
    rows = {row["name"]: row for row in result["variants"]}
    names = {"ours": (OURS, "-"), "ours, all of that at once": (OURS, "--")}
    shown = [(rows[name], *style) for name, style in names.items() if name in rows]
    shown += [(row, MARK if "parallel" in name else PEERS, "-") for name, row in rows.items() if "naive" in name]
    with figure(folder / "drain.svg", width=11, height=4, columns=2) as axes:
        for row, color, style in shown:
            done = [0, *accumulate(row["ended_by_10_s"])]
            minutes = [index / 6 for index in range(len(done))]
            label = f"{row['name']}: {duration(row['seconds'])}, {row['rate_limited']:,} refused"
            axes[0].plot(minutes, done, style, color=color, label=label)
            rates = [calls * 6 for calls in row["calls_by_10_s"]][:FIRST]
            axes[1].step([index / 6 for index in range(len(rates))], rates, style, where="post", color=color)
        axes[0].set(xlabel="minutes", ylabel="payments ended", ylim=(0, result["payments"] * 1.4))
        axes[0].legend(fontsize=8, frameon=False, loc="upper center")
        axes[0].set_title(
            f"{result['payments']:,} due at once, {SETTLED:.0%} settled meanwhile", loc="left", fontsize=10
        )
        axes[1].axhline(200, color="black", linewidth=0.8, linestyle=":")
        axes[1].annotate("the API's limit", (FIRST / 6, 203), ha="right", va="bottom", fontsize=8)
        axes[1].set(xlabel="minutes", ylabel="calls a minute, refused ones too", ylim=(0, None))
        axes[1].set_title(f"The first {FIRST // 6} minutes", loc="left", fontsize=10)


def markdown(result: dict[str, Any]) -> str:
    """Write all runs."""
    lines = [
        f"**Draining {result['payments']:,} payments**, {SETTLED:.0%} of them settled meanwhile, at "
        f"{result['calls_per_minute']} of 200 calls a minute, against the sandbox's rate limiter; and how much "
        f"later the first checks of {ARRIVALS} more are made that fall due meanwhile (p99) than without the "
        "backlog:",
        "",
        "| | time | calls | refused (429) | budget used until the last has ended | first checks later by "
        "| times the naive loop |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in result["variants"]:
        share = f"{row['share_until_drained']:.0%}" if "share_until_drained" in row else ""
        later = duration(row["first_checks"]["later_p99_s"]) if "first_checks" in row else ""
        lines.append(
            f"| {row['name']} | {duration(row['seconds'])} | {row['calls']:,} | {row['rate_limited']:,} | {share} "
            f"| {later} | {row['times_naive']:.1f} |"
        )
    return "\n".join([*lines, "", "![draining a backlog](benchmarks/drain.svg)"])
