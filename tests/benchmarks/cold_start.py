"""CPU time of a function before its first event, against a bare handler; of that event; and once it runs."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Any

from devstack.environment import ROOT, Tools
from payment_refresh.metrics import Metric
from tests.benchmarks import invocations, starts
from tests.benchmarks.plots import MARK, OURS, PEERS, figure
from tests.support import samples
from tests.support.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.registry import Progress
    from tests.benchmarks.starts import Reading, Start

type Row = dict[str, Any]

SAMPLES = 21
"""Interpreters in which a first invocation is measured."""

RUNS, STARTS_A_RUN = 3, 11
"""Runs of a function's start, of which the best counts, and interpreters of each: other load spoils a run."""

GOAL = 1.20
"""Most that a function may take of the bare handler's CPU time."""

FIRST_GOAL = 40
"""Most CPU milliseconds that a first invocation may take above the second."""

BATCH = 25
ROUNDS = 41

ASSUMED = {
    "what is measured": "CPU time by resource usage, from the first line after the interpreter's own start until "
    "the function is imported, which composes it and makes its clients; the least of "
    f"{STARTS_A_RUN} fresh interpreters each, function and bare handler in turn; the best of {RUNS} such runs",
    "bare handler": "imports boto3 and makes the clients that the function makes, with the same settings, and an "
    "httpx.Client where it has one",
    "first invocation": "CPU time of an environment's first invocation less that of its second, by the same event "
    f"with the same answers of AWS and Commerce Layer; the least of {SAMPLES} fresh interpreters each; "
    + "; ".join(f"{name}: {what}" for name, what in invocations.SAMPLES.items()),
    "packages": "Python and boto3 of the runtime's environment (requirements/runtime.txt); httpx and all else "
    "from the layer as `sam build` makes it, with its bytecode; app.py is compiled each time, as in Lambda",
    "warm": f"one batch of {BATCH} through the whole use case `Refresh` over fakes, so of our code without the "
    f"adapters; the least of {ROUNDS}",
}


def run(progress: Progress) -> list[Row]:
    """Measure all functions."""
    tools = Tools.find()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        progress("building the layer")
        layer = starts.build_layer(Path(folder), tools.python)
        runs = [measure([layer], STARTS_A_RUN, tools.runtime_python, progress) for _ in range(RUNS)]
        firsts = first_invocations([layer], SAMPLES, tools.runtime_python, progress)
        sizes = layer_sizes(layer)
    warm = warm_ms(ROUNDS)
    rows = [min(same, key=lambda row: row["ratio"]) for same in zip(*runs, strict=True)]
    rows = [row | firsts[row["name"]] | sizes for row in rows]
    return [row | ({"warm_cpu_ms_per_payment": warm} if row["name"] == "refresh" else {}) for row in rows]


def measure(path: Sequence[Path], count: int, python: Path, progress: Progress) -> list[Row]:
    """Start each function and its bare handler so many times, with these folders of libraries."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        rows = []
        for start in starts.STARTS:
            progress(f"{start.function}, {count} times")
            rows.append(_measured(start, [Path(folder, start.function), *path], count, python))
    return rows


def _measured(start: Start, path: Sequence[Path], count: int, python: Path) -> Row:
    code = path[0]  # without bytecode that an earlier run may have left beside it
    code.mkdir()
    shutil.copy(ROOT / "functions" / start.function / "app.py", code)
    readings: dict[str, list[Reading]] = {start.code: [], start.bare: []}
    for _ in range(count):
        for kind, one in readings.items():
            one.append(starts.sample(start, kind, python=python, path=path))
    ours, bare = readings.values()
    cpu, base = ([one.cpu_ms for one in kind] for kind in (ours, bare))
    return {
        "name": start.function,
        "ratio": round(min(cpu) / min(base), 3),
        "baseline": start.baseline,
        "cpu_ms": round(min(cpu), 1),
        "baseline_cpu_ms": round(min(base), 1),
        "ratio_of_medians": round(median(cpu) / median(base), 3),
        "modules": len(ours[0].modules),
        "baseline_modules": len(bare[0].modules),
        "samples": count,
    }


def first_invocations(
    path: Sequence[Path], count: int, python: Path, progress: Progress
) -> dict[str, dict[str, float]]:
    """Invoke each function twice in so many fresh interpreters, with these folders of libraries."""
    found: dict[str, dict[str, float]] = {}
    with invocations.surroundings() as around:
        for start in starts.STARTS:
            progress(f"{start.function}, twice, {count} times")
            folders = [ROOT / "functions" / start.function, *path]
            taken = [around.invoke(start.function, python=python, path=folders) for _ in range(count)]
            first, second = min(each.first_ms for each in taken), min(each.second_ms for each in taken)
            found[start.function] = {
                "first_invocation_extra_cpu_ms": round(first - second, 1),
                "first_invocation_cpu_ms": round(first, 1),
                "second_invocation_cpu_ms": round(second, 1),
            }
    return found


def layer_sizes(layer: Path) -> dict[str, int]:
    """Bytes of the built layer, as it is and zipped."""
    files = [file for file in sorted(layer.rglob("*")) if file.is_file()]
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.relative_to(layer.parent))
    return {
        "layer_bytes": sum(file.stat().st_size for file in files),
        "layer_zipped_bytes": len(packed.getvalue()),
    }


def warm_ms(rounds: int) -> dict[str, float]:
    """CPU milliseconds of our code for each payment of a batch: one that a look settles, and one it does not."""
    return {
        "settled by the look": round(min(_warm(settled=True) for _ in range(rounds)), 3),
        "refreshed, still pending": round(min(_warm(settled=False) for _ in range(rounds)), 3),
    }


def _warm(*, settled: bool) -> float:
    world = World()
    orders = [samples.order(f"{number:02}") for number in range(BATCH)]
    world.commerce_layer.put(*orders)
    for order in orders:
        world.event(order)
    world.clock.advance(70)
    world.sweep()
    if settled:
        world.commerce_layer.put(*(samples.authorized(order, world.clock.now) for order in orders))
    batch, refresh = world.queue.receive(BATCH), world.refresher()
    begun = process_time()
    report = refresh.handle(batch, lambda: True)
    used = process_time() - begun
    assert report.counts[Metric.REFRESH_CALLS] == (0 if settled else BATCH)
    return used * 1000 / BATCH


def plot(result: list[Row], folder: Path) -> None:
    """Draw CPU times beside each other."""
    with figure(folder / "cold_start.svg", height=3) as [axis]:
        places = range(len(result))
        axis.barh(
            [place + 0.2 for place in places], [row["cpu_ms"] for row in result], 0.38, color=OURS, label="ours"
        )
        axis.barh(
            [place - 0.2 for place in places],
            [row["baseline_cpu_ms"] for row in result],
            0.38,
            color=PEERS,
            label="bare handler",
        )
        for place, row in zip(places, result, strict=True):
            color = MARK if row["ratio"] > GOAL else "black"
            axis.annotate(
                f" {row['ratio']:.2f}", (row["cpu_ms"], place + 0.2), va="center", fontsize=8, color=color
            )
        axis.set_yticks(list(places), [row["name"] for row in result])
        axis.set(xlabel="CPU milliseconds from the interpreter's start until ready")
        axis.set_title("Cold start against a bare handler with the same clients", loc="left")
        axis.legend(fontsize=8, frameon=False)


def markdown(result: list[Row]) -> str:
    """Write all functions."""
    lines = [
        "**Cold starts**: CPU time to import and compose, against a bare handler with the same clients:",
        "",
        "| function | CPU | bare handler | ratio |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row['name']} | {row['cpu_ms']:.0f} ms | {row['baseline_cpu_ms']:.0f} ms | {row['ratio']:.2f} |"
        for row in result
    ]
    firsts = [
        f"{row['name']} {row['first_invocation_extra_cpu_ms']:.0f} ms"
        for row in result
        if "first_invocation_extra_cpu_ms" in row
    ]
    if firsts:
        lines += [
            "",
            f"CPU time of a first invocation above the second (goal: {FIRST_GOAL} ms): {', '.join(firsts)}.",
        ]
    warm = {name: ms for row in result for name, ms in row.get("warm_cpu_ms_per_payment", {}).items()}
    if warm:
        each = ", ".join(f"{ms:.2f} ms {name}" for name, ms in warm.items())
        size = result[0]["layer_bytes"] / 1e6, result[0]["layer_zipped_bytes"] / 1e6
        lines += [
            "",
            f"Our own code takes, for each payment of a batch of {BATCH}: {each}. The layer has {size[0]:.1f} MB "
            f"({size[1]:.1f} MB zipped).",
        ]
    return "\n".join([*lines, "", "![cold starts](benchmarks/cold_start.svg)"])
