"""``make simulate``: runs seeds, hunts every planted bug, counts probes, and writes ``build/simulation.json``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from tests.simulation.bugs import BUGS
from tests.simulation.hunt import Catch, hunt
from tests.simulation.probe import Probe
from tests.simulation.probes import ProbeMissed, check_reached
from tests.simulation.run import Result, simulate_uncollected
from tests.simulation.world import Visit, visit
from tests.simulation.worlds import WORLDS

if TYPE_CHECKING:
    from collections.abc import Sequence

REPORT = Path(__file__).parents[2] / "build" / "simulation.json"
SEEDS_A_PROCESS = 10
"""Seeds after which a process is replaced, and with it what it has in memory."""


def main(arguments: Sequence[str]) -> int:
    """Run it; the exit code is 0 if all held, every bug was caught, and every probe reached."""
    options = _options(arguments)
    began = time.monotonic()
    with get_context("spawn").Pool(options.jobs, maxtasksperchild=SEEDS_A_PROCESS) as pool:
        catches = [_shown(catch) for catch in pool.imap_unordered(hunt, BUGS)] if options.bugs else []
        seeds = range(options.first, options.first + options.seeds)
        results: list[Result] = []
        for result in pool.imap_unordered(partial(simulate_uncollected, payments=options.payments), seeds):
            results.append(_summary(result, len(results) + 1, options.seeds))
    visits = [_visited(name, visit(world)) for name, world in WORLDS.items()]
    probes = _probes(results, visits)
    report = _report(results, catches) | {
        "probes": {probe.value: probes[probe] for probe in Probe},
        "wall_time_s": round(time.monotonic() - began),
    }
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n")
    print(f"{report['seeds']} seeds, {report['payments']} payments: {report['violations']} violations;", end=" ")
    print(f"{report['planted_bugs_caught']} of {report['planted_bugs']} planted bugs caught;", end=" ")
    print(f"{report['wall_time_s']} s; see {REPORT.relative_to(Path.cwd())}")
    reached = _are_reached(probes)
    holds = not report["violations"] and not any(each.broken for each in visits)
    return int(not (holds and reached and report["planted_bugs"] == report["planted_bugs_caught"]))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds to run (default: %(default)s)")
    parser.add_argument("--first", type=int, default=1, help="the first seed (default: %(default)s)")
    parser.add_argument("--payments", type=int, default=1000, help="payments of each seed (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    parser.add_argument("--no-bugs", dest="bugs", action="store_false", help="leave the planted bugs out")
    return parser.parse_args(arguments)


def _shown(catch: Catch) -> Catch:
    fate = f"caught by seed {catch.seeds}: {catch.rule}" if catch.rule else f"NOT CAUGHT by {catch.seeds} seeds"
    print(f"planted bug {catch.bug}: {fate}", flush=True)
    return catch


def _summary(result: Result, number: int, total: int) -> Result:
    if result.violations:
        print(result, flush=True)
    ends = ", ".join(f"{count} {status}" for status, count in sorted(result.statuses.items()))
    print(f"{number} of {total}: seed {result.seed}, {result.days:.1f} days: {ends}", flush=True)
    return result


def _visited(name: str, seen: Visit) -> Visit:
    if seen.broken:
        print(f"world {name!r}:\n{seen.broken}", flush=True)
    return seen


def _probes(results: Sequence[Result], visits: Sequence[Visit]) -> Counter[Probe]:
    """Count what all runs reached, and print it."""
    probes: Counter[Probe] = Counter()
    for counts in [*(result.probes for result in results), *(seen.probes for seen in visits)]:
        probes.update(counts)
    for probe in Probe:
        print(f"probe {probe.value}: reached {probes[probe]} times")
    return probes


def _are_reached(probes: Counter[Probe]) -> bool:
    try:
        check_reached(probes)
    except ProbeMissed as missed:
        print(missed)
        return False
    return True


def _report(results: Sequence[Result], catches: Sequence[Catch]) -> dict[str, object]:
    invocations: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for result in results:
        invocations.update(result.counts)
        ends.update(result.statuses)
    return {
        "seeds": len(results),
        "payments": sum(result.payments for result in results),
        "virtual_days": round(sum(result.days for result in results), 1),
        "violations": sum(len(result.violations) for result in results),
        "violating_seeds": sorted(result.seed for result in results if result.violations),
        "ends": dict(sorted(ends.items())),
        "invocations": dict(sorted(invocations.items())),
        "planted_bugs": len(catches),
        "planted_bugs_caught": sum(catch.rule is not None for catch in catches),
        "seeds_until_caught": {catch.bug: catch.seeds for catch in catches if catch.rule},
        "caught_by": {catch.bug: catch.rule for catch in catches},
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
