"""Runs benchmarks: ``python -m tests.benchmarks [NAME …]``; without names, all."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from tests.benchmarks import performance_page, results
from tests.benchmarks.registry import NAMES, Progress, benchmark


def parser() -> argparse.ArgumentParser:
    """Make the command line."""
    made = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure, and write docs/benchmarks and docs/performance.md from it. "
        "What is not measured now keeps its last result.",
    )
    made.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure (all: {', '.join(NAMES)})")
    made.add_argument("--folder", type=Path, help="where to write instead, leaving docs/performance.md alone")
    return made


def main(arguments: list[str] | None = None) -> None:
    """Run what is asked for, and write it down after each benchmark."""
    command = parser()
    options = command.parse_args(arguments)
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        command.error(f"no benchmark is named {', '.join(unknown)}; there are {', '.join(NAMES)}")
    folder = options.folder or results.FOLDER
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - begun:6.1f} s] {text}", flush=True)

    for name in options.names or NAMES:
        _run(name, folder, say)
    if options.folder is None:
        performance_page.write()
    say(f"Written to {folder}")


def _run(name: str, folder: Path, say: Progress) -> None:
    say(f"{name} …")
    begun = time.monotonic()
    module = benchmark(name)
    result = module.run(lambda text: say(f"{name}: {text}"))
    results.add(name, result, time.monotonic() - begun, folder)
    module.plot(result, folder)


if __name__ == "__main__":
    main()
