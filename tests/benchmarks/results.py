"""File of the results, with an account of how they came about."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.benchmarks.registry import NAMES, benchmark

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "benchmarks"
FILE = "results.json"
PACKAGES = ("aws-lambda-powertools", "httpx", "boto3", "matplotlib")
"""Whose versions are stated."""

type Results = dict[str, Any]
"""Each benchmark's result by its name, and ``about``."""


def read(folder: Path = FOLDER) -> Results:
    """Read the last results; those of a benchmark that never ran are not there."""
    file = folder / FILE
    return dict(json.loads(file.read_text())) if file.exists() else {}


def write(results: Results, folder: Path = FOLDER) -> None:
    """Write results, in the order of the benchmarks."""
    folder.mkdir(parents=True, exist_ok=True)
    ordered = {name: results[name] for name in (*NAMES, "about") if name in results}
    (folder / FILE).write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n")


def add(name: str, result: object, seconds: float, folder: Path = FOLDER) -> None:
    """Write one benchmark's result; the others keep their last ones."""
    found = read(folder)
    found[name] = result
    found["about"] = about(found.get("about", {}), name, seconds)
    write(found, folder)


def about(before: Results, name: str, seconds: float) -> Results:
    """Say how results came about.

    Parameters
    ----------
    before
        What was said so far: it stays true of the benchmarks that did not run now.
    name, seconds
        The one that did, and how long it took.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    run = {"date": now, "seconds": round(seconds, 1), "command": f"python -m tests.benchmarks {name}"}
    runs = {**before.get("runs", {}), name: run}
    assumed = {**before.get("assumed", {}), name: dict(benchmark(name).ASSUMED)}
    return {
        "command": "make bench",
        "date": now,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": {package: version(package) for package in PACKAGES},
        "machine": {"cores": os.cpu_count(), "architecture": platform.machine(), "system": platform.system()},
        "runs": {each: runs[each] for each in NAMES if each in runs},
        "assumed": {each: assumed[each] for each in NAMES if each in assumed},
    }
