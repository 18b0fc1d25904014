"""The benchmarks, by name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

type Progress = Callable[[str], None]
"""Takes lines that say how far a benchmark is."""

NAMES = ("detection", "calls", "drain", "bulkheads", "sweep_cost", "aws_work", "cold_start")


class Benchmark(Protocol):
    """Interface of each benchmark's module."""

    ASSUMED: Mapping[str, str]

    def run(self, progress: Progress) -> object:
        """Measure; returns what JSON can hold."""
        ...

    def plot(self, result: Any, folder: Path) -> None:
        """Draw the result into files of the folder."""
        ...

    def markdown(self, result: Any) -> str:
        """Write its part of docs/performance.md."""
        ...


def benchmark(name: str) -> Benchmark:
    """Import a benchmark."""
    return cast("Benchmark", import_module(f"tests.benchmarks.{name}"))
