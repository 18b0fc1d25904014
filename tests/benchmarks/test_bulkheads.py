"""The benchmark of bulkheads at a small size: what fails does not delay healthy payments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.benchmarks import bulkheads
from tests.benchmarks.bulkheads import GOALS, KINDS, Case

if TYPE_CHECKING:
    from pathlib import Path

CASES = (
    Case(name="nothing", healthy=20),
    *(Case(name=kind, broken=60, kind=kind, healthy=20) for kind in KINDS),
    Case(name="deleted", deleted=300, healthy=20),
)


@pytest.fixture(scope="module")
def result() -> list[dict[str, Any]]:
    """Each case once."""
    return bulkheads.measure(CASES, print, processes=False)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.name for case in CASES])
def test_healthy_payments_are_settled_as_soon_as_if_nothing_failed(
    result: list[dict[str, Any]], number: int
) -> None:
    row = result[number]

    assert row["p50_s"] <= GOALS["p50_s"]
    assert row["p90_s"] <= GOALS["p90_s"]
    assert (row["rate_limited"], row["leases_outlived"]) == (0, 0)


def test_the_broken_are_asked_in_vain_and_the_deleted_not_one_by_one(result: list[dict[str, Any]]) -> None:
    calls = {row["name"]: row["calls"] for row in result}

    assert calls["nothing"]["PATCH"] == calls["deleted"]["PATCH"] == 20
    for kind in KINDS:
        assert calls[kind]["PATCH"] >= 20 + 60
    assert calls["deleted"]["GET"] < 20 + 300


def test_it_can_be_drawn_and_written(result: list[dict[str, Any]], tmp_path: Path) -> None:
    bulkheads.plot(result, tmp_path)

    assert (tmp_path / "bulkheads.svg").stat().st_size > 1_000
    assert "| deleted | " in bulkheads.markdown(result)
