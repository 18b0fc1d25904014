"""Where results are kept, and what is said about how they came about."""

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


def about(before: Results, ran: dict[str, float]) -> Results:
    """Say how results came about.

    Parameters
    ----------
    before
        What was said so far: it stays true of the benchmarks that did not run now.
    ran
        Seconds each benchmark took that ran now.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    each = dict(before.get("runs", {})) | {
        name: {"date": now, "seconds": round(seconds, 1), "command": f"python -m tests.benchmarks {name}"}
        for name, seconds in ran.items()
    }
    assumed = dict(before.get("assumed", {})) | {name: dict(benchmark(name).ASSUMED) for name in ran}
    return {
        "command": "make bench",
        "date": now,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": {name: version(name) for name in PACKAGES},
        "machine": {"cores": os.cpu_count(), "architecture": platform.machine(), "system": platform.system()},
        "runs": {name: each[name] for name in NAMES if name in each},
        "assumed": {name: assumed[name] for name in NAMES if name in assumed},
    }
