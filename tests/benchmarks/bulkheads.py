"""Waits of healthy payments while others fail: one broken gateway of two, or a clean-up of carts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

import httpx

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.policy import HOUR, MINUTE
from payment_refresh.rate_limit.budget import ENVIRONMENTS
from sandbox.config import Switches
from tests.benchmarks import parallel
from tests.benchmarks.backlog import Backlog
from tests.benchmarks.figures import duration, quantiles
from tests.benchmarks.limited import Latency
from tests.benchmarks.plots import MARK, OURS, figure
from tests.support.clock import START
from tests.support.log import FakeLog
from tests.support.samples import STRIPE, cart, order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.benchmarks.registry import Progress

CALLS_PER_MINUTE = 100
HEALTHY, EVERY = 300, MINUTE
"""Healthy payments of each run, and seconds from one to the next in the mean."""

BROKEN, DELETED = 100, 1_000
PATIENCE = 10.0
"""Seconds after which the client gives a call up."""

GOALS = {"p50_s": 65, "p90_s": 180}

ASSUMED = {
    "healthy": f"{HEALTHY} placed orders, paid at placement and their webhook lost, placed at random moments, one "
    "a minute in the mean; counted from the moment their first check is due (FirstCheckAfter after placement) "
    "until the row says that they are settled",
    "others": f"at the start, all at once: {BROKEN} unpaid placed orders of the last hours, of the same payment "
    "type, whose refresh never works, while looks show them; or unpaid carts that were deleted with their "
    "payments: lists leave them out, their own GETs answer 404 RECORD_NOT_FOUND",
    "ours": "all use cases and the real HTTP client in virtual time, "
    f"{ENVIRONMENTS} refresh environments with four threads each, {CALLS_PER_MINUTE} calls a minute, circuits "
    "that all share, a sweep each minute, an empty pace item at the start; the limiter is the sandbox's, at live "
    "mode's size",
    "latency": "log-normal (sigma 0.5) with median 0.4 s, and up to 0.08 s to get there; up to 10 ms for the "
    f"table; a call that is not answered fails after {PATIENCE:.0f} s",
}

type Answer = Callable[[Backlog, httpx.Request], httpx.Response]


def answers(status: int, code: str) -> Answer:
    """Make an answer that refuses a refresh."""
    return lambda _run, _request: httpx.Response(status, json={"errors": [{"code": code, "status": str(status)}]})


def does_not_answer(run: Backlog, request: httpx.Request) -> httpx.Response:
    """Let the client wait in vain."""
    run.time.sleep(PATIENCE)
    raise httpx.ReadTimeout("the gateway does not answer", request=request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One run.

    Attributes
    ----------
    broken
        Payments whose refresh never works, and how the API answers it.
    deleted
        Carts that were deleted.
    """

    name: str
    broken: int = 0
    kind: str = ""
    deleted: int = 0
    healthy: int = HEALTHY


KINDS: dict[str, Answer] = {
    "500": answers(500, "INTERNAL_SERVER_ERROR"),
    "timeout": does_not_answer,
    "401": answers(401, "UNAUTHORIZED"),
}
CASES = (
    Case(name="nothing fails"),
    Case(name=f"{BROKEN} payments answer 500", broken=BROKEN, kind="500"),
    Case(name=f"{BROKEN} payments time out", broken=BROKEN, kind="timeout"),
    Case(name=f"{BROKEN} payments answer 401", broken=BROKEN, kind="401"),
    Case(name=f"{DELETED:,} deleted carts", deleted=DELETED),
)


def run(progress: Progress) -> list[dict[str, Any]]:
    """Measure all cases."""
    return measure(CASES, progress)


def measure(cases: Sequence[Case], progress: Progress, *, processes: bool = True) -> list[dict[str, Any]]:
    """Measure some cases."""
    rows: dict[str, dict[str, Any]] = {}
    for case, row in parallel.each(waited, cases, processes=processes):
        rows[case.name] = row
        progress(f"{case.name}: p50 {row['p50_s']} s, p90 {row['p90_s']} s")
    return [rows[case.name] for case in cases]


def waited(case: Case) -> dict[str, Any]:
    """Let healthy payments come while others fail, until all healthy ones are settled."""
    random, moments = Random(1), _moments(case.healthy)  # noqa: S311  a simulation
    healthy = [order(f"healthy-{number}", at=START + at) for number, at in enumerate(moments)]
    broken = [order(f"broken-{number}", at=START - random.uniform(0.2, 2) * HOUR) for number in range(case.broken)]
    deleted = [cart(f"deleted-{number}", at=START - HOUR) for number in range(case.deleted)]
    deployment = Backlog(
        orders={each.id: each for each in (*healthy, *broken, *deleted)},
        calls_per_minute=CALLS_PER_MINUTE,
        switches=Switches(),
        latency=Latency(
            there=partial(random.uniform, 0.01, 0.08), answer=partial(random.lognormvariate, -0.92, 0.5)
        ),
        random=random,
        environments=ENVIRONMENTS,
        awaited=case.healthy,
        log=FakeLog(),
    )
    deployment.api.deleted = frozenset(each.id for each in deleted)
    deployment.api.broken = {each.id: partial(KINDS[case.kind], deployment) for each in broken}
    deployment.run()
    first, settled = deployment.policy.first, deployment.table.settled
    waits = [
        settled[PaymentKey(STRIPE, f"pay-healthy-{number}")] - (START + at + first)
        for number, at in enumerate(moments)
    ]
    return {
        "name": case.name,
        **quantiles(waits),
        "most_s": round(max(waits)),
        "calls": dict(sorted(deployment.api.by_method.items())),
        "rate_limited": deployment.api.refused,
        "leases_outlived": deployment.table.outlived,
    }


def _moments(count: int) -> list[float]:
    """Draw when healthy orders are placed: seconds after the start."""
    random, at = Random(4), 0.0  # noqa: S311  a simulation
    return [at := at + random.expovariate(1 / EVERY) for _ in range(count)]


def plot(result: list[dict[str, Any]], folder: Path) -> None:
    """Draw what healthy payments waited in each case."""
    with figure(folder / "bulkheads.svg", width=8, height=3) as (axes,):
        places = range(len(result))
        axes.barh(places, [row["p90_s"] for row in result], color=OURS, alpha=0.35, label="p90")
        axes.barh(places, [row["p50_s"] for row in result], color=OURS, height=0.4, label="p50")
        axes.axvline(GOALS["p90_s"], color=MARK, linewidth=0.8, linestyle=":", label="goal for p90")
        axes.set_yticks(places, [row["name"] for row in result])
        axes.invert_yaxis()
        axes.set(xlabel="seconds from a healthy payment's first due time until it is settled")
        axes.legend(fontsize=8, frameon=False)


def markdown(result: list[dict[str, Any]]) -> str:
    """Write all cases."""
    lines = [
        f"**How long healthy payments wait while others fail**, at {CALLS_PER_MINUTE} calls a minute, "
        "from the moment their first check is due until they are settled:",
        "",
        "| | p50 | p90 | p99 | longest | refreshes | other calls | refused (429) |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row['name']} | {duration(row['p50_s'])} | {duration(row['p90_s'])} | {duration(row['p99_s'])} "
        f"| {duration(row['most_s'])} | {row['calls'].get('PATCH', 0):,} | {row['calls'].get('GET', 0):,} "
        f"| {row['rate_limited']} |"
        for row in result
    ]
    return "\n".join([*lines, "", "![waits while others fail](benchmarks/bulkheads.svg)"])
