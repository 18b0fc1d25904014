"""``make alarms``: lets ten shops live for a month in virtual time, and says which alarms rang falsely."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from devstack.local_command import run_local
from devstack.options import LocalOptions
from devstack.progress import Progress
from tests.alarms.local_run import RIGHTLY, rang_in
from tests.alarms.months import DAYS, PROFILES, live

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.alarms.months import Month


def main(arguments: Sequence[str]) -> int:
    """Do it; the exit status is 0 if each alarm rang where it should, and only there."""
    parser = argparse.ArgumentParser(prog="python -m tests.alarms", description=__doc__)
    parser.add_argument("--days", type=int, default=DAYS, help="how long each shop lives (default: %(default)s)")
    parser.add_argument(
        "--shops",
        type=int,
        nargs="+",
        choices=range(1, len(PROFILES) + 1),
        default=range(1, len(PROFILES) + 1),
        metavar="N",
        help="which of them, by their numbers; the last takes longest (default: all)",
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: %(default)s)")
    parser.add_argument(
        "--run",
        action="store_true",
        help="play a whole local run instead, and evaluate the alarms over its metrics",
    )
    options = parser.parse_args(arguments)
    return _run() if options.run else _months(options)


def _months(options: argparse.Namespace) -> int:
    shops = [PROFILES[number - 1] for number in options.shops][::-1]  # the longest first
    wrong = 0
    with get_context("spawn").Pool(options.jobs) as pool:
        for month in pool.imap_unordered(partial(live, days=options.days), shops):
            wrong += not month.is_right
            print(_written(month), flush=True)
    print(f"{len(shops)} shops, {options.days} days each: {wrong} with an alarm that rang falsely, or not at all")
    return int(wrong > 0)


def _written(month: Month) -> str:
    rang = ", ".join(f"{name} after {minutes / 60:.1f} h" for name, minutes in sorted(month.first.items()))
    return f"{month.profile}: {rang or 'none rang'}{'' if month.is_right else '  <-- WRONG'}"


def _run() -> int:
    rang: set[str] = set()
    report = Path("build/run-report.json")
    failed = run_local(
        LocalOptions(report=report), Progress(), after_run=lambda stack: rang.update(rang_in(stack))
    )
    falsely = rang - RIGHTLY.keys()
    print(f"rang: {', '.join(sorted(rang)) or 'none'}; falsely: {', '.join(sorted(falsely)) or 'none'}")
    return failed or int(bool(falsely))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
