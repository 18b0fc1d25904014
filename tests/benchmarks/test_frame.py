"""The files that the benchmarks write, and docs/performance.md, which says what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.benchmarks import __main__ as command
from tests.benchmarks import parallel, performance_page, results
from tests.benchmarks.figures import duration, quantiles
from tests.benchmarks.registry import NAMES, benchmark

if TYPE_CHECKING:
    from pathlib import Path

FOUND = results.read()


def test_the_performance_page_says_what_was_measured() -> None:
    assert performance_page.section(FOUND) in performance_page.PAGE.read_text()


@pytest.mark.parametrize("name", [name for name in NAMES if name in FOUND])
def test_every_result_can_be_drawn(name: str, tmp_path: Path) -> None:
    benchmark(name).plot(FOUND[name], tmp_path)

    assert [file.suffix for file in tmp_path.iterdir()]


def test_a_partial_run_keeps_the_others_last_results(tmp_path: Path) -> None:
    results.write({"aws_work": "measured before", "about": {"runs": {"aws_work": "then"}}}, tmp_path)

    results.add("drain", "measured now", 1.5, tmp_path)

    found = results.read(tmp_path)
    assert (found["aws_work"], found["drain"]) == ("measured before", "measured now")
    assert found["about"]["runs"]["aws_work"] == "then"
    assert found["about"]["runs"]["drain"]["seconds"] == 1.5
    assert "limits" in found["about"]["assumed"]["drain"]


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["drian"])

    assert "no benchmark is named drian" in capsys.readouterr().err


def test_a_page_without_marks_is_left_alone() -> None:
    with pytest.raises(ValueError, match="lacks the marks"):
        performance_page.replaced("# Performance", "figures")


def test_parts_are_done_in_processes_of_their_own() -> None:
    assert (
        dict(parallel.each(abs, [-1, -2])) == dict(parallel.each(abs, [-1, -2], processes=False)) == {-1: 1, -2: 2}
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "never"),
        (0.4, "0 s"),
        (119, "119 s"),
        (150, "2.5 min"),
        (7195, "120 min"),
        (9000, "2.5 h"),
        (2e5, "2.3 d"),
    ],
)
def test_durations_are_written_for_people(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_quantiles_are_values_that_so_many_do_not_exceed() -> None:
    assert quantiles(range(100)) == {"p50_s": 50, "p90_s": 90, "p99_s": 99}
    assert quantiles([]) == {"p50_s": None, "p90_s": None, "p99_s": None}
