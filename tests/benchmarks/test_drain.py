"""The benchmark of draining a backlog at a small size, where its promises hold already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.benchmarks import drain
from tests.benchmarks.drain import LOOPS, Variant
from tests.benchmarks.threads import Pool, Time

if TYPE_CHECKING:
    from pathlib import Path

PAYMENTS = 600
VARIANTS = (
    Variant(name="ours", payments=PAYMENTS),
    Variant(name="ours, all of that at once", payments=PAYMENTS, skewed=True, heavy=True, shared=True),
    Variant(name="naive sequential loop", payments=PAYMENTS, loops=1),
    Variant(name="naive parallel loops", payments=PAYMENTS, loops=LOOPS),
)


def rows_of(result: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = result["variants"]
    return rows


def test_it_drains_without_a_429_and_the_naive_loops_do_not(tmp_path: Path) -> None:
    result = drain.measure(VARIANTS, lambda _: None, processes=False)
    drain.plot(result, tmp_path)

    ours, worst, sequential, parallel = rows_of(result)
    for row in (ours, worst):
        assert row["rate_limited"] == 0
        assert row["most_in_60_s"] <= 200
        assert row["looks"] >= PAYMENTS / 25
        assert sum(row["ended_by_10_s"]) == PAYMENTS
        assert row["refreshes"] < PAYMENTS / 10
        assert row["share_until_drained"] >= 0.85
        assert row["leases_outlived"] == 0
        assert row["first_checks"]["orders"] == drain.ARRIVALS
        assert row["first_checks"]["later_p99_s"] <= 120
    assert result["rate_limited"] == 0
    assert result["share_until_drained"] == min(row["share_until_drained"] for row in (ours, worst))
    assert result["first_checks_later_p99_s"] == max(row["first_checks"]["later_p99_s"] for row in (ours, worst))
    assert (sequential["refreshes"], sequential["times_naive"]) == (PAYMENTS, 1.0)
    assert ours["times_naive"] > 1
    assert parallel["rate_limited"] > 0
    assert (tmp_path / "drain.svg").stat().st_size > 0
    assert "| ours |" in drain.markdown(result)


@pytest.mark.parametrize(
    ("environments", "skewed", "heavy"),
    [(2, False, False), (2, True, True), (4, False, True), (4, True, False)],
)
def test_no_sliding_window_exceeds_the_limit(environments: int, skewed: bool, heavy: bool) -> None:
    """Reads and writes share one counter, so every call counts for both; the limiter is the sandbox's own.

    Every two values meet in one of the cases.
    """
    variant = Variant(
        name="ours", payments=1_500, environments=environments, skewed=skewed, heavy=heavy, shared=True
    )

    row = drain.drained(variant)

    assert row["rate_limited"] == 0
    assert row["leases_outlived"] == 0
    assert 100 < row["most_in_60_s"] <= 200
    assert 25 < row["most_in_10_s"] <= 50


def test_a_pool_overlaps_in_virtual_time_what_its_tasks_wait_for() -> None:
    time = Time(now=0.0, until=100.0)
    pool, ended = Pool(time), list[tuple[float, int]]()

    def task(number: int) -> int:
        time.sleep(10 - number)
        return number

    def actor() -> None:
        ended.extend((time.now, number) for number in pool.run([lambda n=n: task(n) for n in range(7)]))  # type: ignore[misc]  # mypy infers no default

    time.run(actor)

    assert ended == [(7, 3), (8, 2), (9, 1), (10, 0), (13, 4), (13, 5), (13, 6)]


def test_what_fails_in_a_pool_fails_the_run() -> None:
    time = Time(now=0.0, until=100.0)

    with pytest.raises(ZeroDivisionError):
        time.run(lambda: list(Pool(time).run([lambda: 1 // 0, lambda: 1])).clear())
