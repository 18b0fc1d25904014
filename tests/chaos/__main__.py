"""``make chaos``: lets one thing after the other fail, and writes ``build/chaos.json``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from devstack.canary import find_secrets
from devstack.errors import Interrupted, LauncherError
from devstack.leftovers import left_behind
from devstack.progress import Progress
from devstack.signals import stop_signals_raise
from tests.chaos import result
from tests.chaos.ground import ground
from tests.chaos.matrix import ROWS
from tests.chaos.play import Known, play

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.chaos.ground import Ground
    from tests.chaos.matrix import Row
    from tests.chaos.result import Outcome

LOAD = "load"
_EVERY_S = 5.0


def main(arguments: Sequence[str]) -> int:
    """Play what is asked for; the exit status is 0 if nothing was lost."""
    options = _options(arguments)
    progress = Progress(Console())
    try:
        with stop_signals_raise():
            return _run(options, progress)
    except LauncherError as error:
        progress.say(f"chaos: {error}", *error.details)
        return 2
    except Interrupted as signal:
        return 128 + signal.number


def _run(options: argparse.Namespace, progress: Progress) -> int:
    chosen = [row for row in ROWS if not options.rows or row.name in options.rows]
    outcomes: list[Outcome] = []
    secrets: tuple[str, ...] = ()
    if chosen:
        with ground(progress, seed=options.seed) as where:
            known = Known()
            for number, row in enumerate(chosen):
                outcomes.append(_play(where, row, options.seed + number, known, progress))
                result.write(outcomes, options.report, {"seed": options.seed})
            secrets = find_secrets(where.sandbox.secrets(), left_behind(where.stack))
    if not options.rows or LOAD in options.rows:
        from tests.chaos.load import load

        outcomes.append(load(progress, options.seed))
    failures = [failure for outcome in outcomes for failure in outcome.failures()] + list(secrets)
    more = {"seed": options.seed, "secrets_found": len(secrets), "wall_s": round(progress.elapsed(), 1)}
    result.write(outcomes, options.report, more)
    progress.console.print(result.table(outcomes))
    progress.say(*failures)
    progress.note(f"{'FAILED' if failures else 'Passed'}; figures written to {options.report}")
    return int(bool(failures))


def _play(where: Ground, row: Row, seed: int, known: Known, progress: Progress) -> Outcome:
    progress.note(f"{row.name}: {row.meaning}")
    shown = progress.elapsed()

    def show(text: str) -> None:
        nonlocal shown
        if progress.elapsed() >= shown + _EVERY_S:
            shown = progress.elapsed()
            progress.note(f"{row.name}: {text}")

    outcome = play(where, row, seed=seed, known=known, show=show)
    progress.note(
        f"{row.name}: {outcome.payments} payments, struck {outcome.struck} times, {len(outcome.lost)} lost, "
        f"{len(outcome.mismatched)} mismatched, {outcome.repeated} repeated, recovered in {outcome.recovered_s} s"
    )
    progress.say(*outcome.failures())
    return outcome


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    names = [*(row.name for row in ROWS), LOAD]
    rows = "\n".join(f"  {row.name:<20}{row.meaning}" for row in ROWS)
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description=__doc__,
        epilog=f"rows:\n{rows}\n  {LOAD:<20}10,000 order events, 50,000 watches, 5,000 of them due at once",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "rows", nargs="*", metavar="ROW", help="what shall fail (default: one after the other, all)"
    )
    parser.add_argument("--seed", type=int, default=1, help="which orders and which dice (default: %(default)s)")
    parser.add_argument("--report", type=Path, default=Path("build/chaos.json"), help="default: %(default)s")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.rows if name not in names]:
        parser.error(f"no row is named {', '.join(unknown)}; there are {', '.join(names)}")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
