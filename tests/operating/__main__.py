"""`python -m tests.operating --seeds 1 2 3`: `make run` for each seed, then the operator's command and the truth.

Each run takes about three minutes. What `payrefresh` says of the stack, while it is there, is compared with what
the sandbox knows, to the cent.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from devstack.local_command import run_local
from devstack.options import EACH, ORDERS, LocalOptions
from devstack.progress import Progress
from devstack.signals import stop_signals_raise
from tests.operating import report_truth
from tests.operating.audit_truth import differences
from tests.operating.audited import audited

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from devstack.stack import LocalStack


def audit_differences(stack: LocalStack) -> list[str]:
    """Compare an audit of the run's organization with its ledger."""
    if stack.sandbox is None:
        raise ValueError("only a sandbox knows the truth")
    return differences(audited(stack.organization), stack.sandbox.ledger())


COMPARISONS: dict[str, Callable[[LocalStack], list[str]]] = {
    "audit": audit_differences,
    "report": report_truth.differences,
}
"""By the command's name: each compares what it says of a run with the truth; a difference is a sentence."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and compare; returns 1 where a run failed, or a command said something else than the truth."""
    asked = _parser().parse_args(arguments)
    progress = Progress(Console())
    failed = False
    with stop_signals_raise():
        for seed in asked.seeds:
            options = LocalOptions(
                seed=seed, orders=asked.orders, each=asked.each, report=Path(f"build/run-report-{seed}.json")
            )
            found: dict[str, list[str]] = {}
            status = run_local(options, progress, after_run=partial(_compare, found))
            for command, wrong in found.items():
                progress.say(f"seed {seed}, payrefresh {command}: {'differs' if wrong else 'agrees'}", *wrong)
            failed = failed or status != 0 or any(found.values())
    return int(failed)


def _compare(found: dict[str, list[str]], stack: LocalStack) -> None:
    found |= {command: compare(stack) for command, compare in COMPARISONS.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.operating", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="seeds of the runs")
    parser.add_argument("--orders", type=int, default=ORDERS, help="orders of each run")
    parser.add_argument("--each", type=int, default=EACH, help="orders of each kind of story at least")
    return parser


if __name__ == "__main__":
    sys.exit(main())
