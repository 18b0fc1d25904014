"""``python -m tests.golden``: replays the recorded worlds, or records them anew (``--record``)."""

from __future__ import annotations

import argparse
import os
import sys
from multiprocessing import get_context
from typing import TYPE_CHECKING

from tests.golden import worlds

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Run it; the exit code is 0 if all worlds came out as recorded."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument(
        "--record",
        action="store_true",
        help="record the worlds anew: only where behaviour is meant to change, and the change says so",
    )
    options = parser.parse_args(arguments)
    if options.record:
        for seed in worlds.SEEDS:
            print(f"seed {seed}: {worlds.record(seed)} facts", flush=True)
        return 0
    with get_context("spawn").Pool(os.cpu_count() or 1) as pool:
        failed = 0
        for seed, apart in zip(worlds.SEEDS, pool.imap(worlds.replay, worlds.SEEDS), strict=True):
            print(f"golden trace, seed {seed}: {'as recorded' if apart is None else apart}", flush=True)
            failed += apart is not None
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
