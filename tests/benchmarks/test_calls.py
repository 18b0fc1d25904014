"""The benchmark of calls per 1,000 payments at a tiny size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks import calls
from tests.benchmarks.calls import NAMES, Fast, Mixed
from tests.benchmarks.whole import Events

if TYPE_CHECKING:
    from pathlib import Path

PARTS = (
    Fast(events=Events.BOTH_ENDS, per_day=100_000, payments=1_000),
    Fast(events=Events.PLACEMENT, per_day=100_000, payments=1_000),
    Fast(events=Events.NOTHING, per_day=100_000, payments=10_000),
    Mixed(per_day=5_000, before=0.1, days=0.1),
)


def test_it_counts_ours_and_the_others(tmp_path: Path) -> None:
    rows = calls.measure(PARTS, 2_000, lambda _: None, processes=False)
    calls.plot(rows, tmp_path)

    counted = {row["name"]: row["calls_per_1000"] for row in rows if row["payments"] == "fast"}
    mixed = {row["name"]: row for row in rows if row["payments"] == "mixed"}
    assert counted[NAMES[Events.BOTH_ENDS]] < counted[NAMES[Events.PLACEMENT]] < counted[calls.NAIVE] == 1000
    assert 0 < counted[NAMES[Events.NOTHING]] < 100
    assert mixed["flat cron of 10 min"]["calls_per_1000"] > 2 * mixed["flat cron of 30 min"]["calls_per_1000"]
    assert mixed[calls.MIXED_OURS]["calls_per_1000"] > 0
    assert (tmp_path / "calls.svg").stat().st_size > 0
    assert "| 100,000 a day |" in calls.markdown(rows)
