"""docs/cost.md says what the benchmark has measured, rounded, and its example shops follow from that."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.docs.markdown import DOCS

COST = DOCS / "cost.md"
MEASURED: list[dict[str, Any]] = json.loads((DOCS / "benchmarks" / "results.json").read_text())["aws_work"]
WORK = {each["name"]: each for each in MEASURED}
DAYS = 30
SLOW = 0.02
"""Share of the payments that take ten checks, in the example shops."""


def per_million(name: str) -> float:
    dollars: float = WORK[name]["dollars_per_million"]
    return dollars


def amounts(cell: str) -> list[float]:
    return [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", cell)]


def test_prices_are_those_that_were_measured_rounded() -> None:
    fixed = WORK["fixed, a month"]
    expected = [
        [fixed["dollars_per_month"]],
        [fixed["dollars_per_month_at_most"]],
        [per_million("healthy"), per_million("four order events")],
        [per_million("slow")],
        [per_million("stuck, 25 at a time") / 1e4, per_million("stuck, 1 at a time") / 1e4],
    ]
    rows = [row for row in tables()[0] if row]

    assert len(rows) == len(expected)
    for row, numbers in zip(rows, expected, strict=True):
        assert amounts(row["costs"]) == pytest.approx(numbers, rel=0.07), row["what"]


def test_shops_cost_what_follows_from_the_prices() -> None:
    for row in tables()[1]:
        a_day, a_month, unpaid = (amounts(row[name])[0] for name in ("shop", "payments a month", "never paid"))
        said = amounts(row["a month, about"])

        assert a_month == a_day * DAYS
        others = a_month * (per_million("four order events") + SLOW * per_million("slow")) / 1e6
        fixed = WORK["fixed, a month"]["dollars_per_month"] + others
        least = fixed + unpaid * per_million("stuck, 25 at a time") / 1e6
        most = fixed + unpaid * per_million("stuck, 1 at a time") / 1e6
        assert [said[0], said[-1]] == pytest.approx([least, most], rel=0.05), row["shop"]


def tables() -> list[list[dict[str, str]]]:
    """All tables of the page, which has them before its first section."""
    text = COST.read_text().split("\n## ", 1)[0]
    found: list[list[dict[str, str]]] = []
    for lines in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        head, _, *body = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines.splitlines()]
        found.append([dict(zip(head, cells, strict=True)) for cells in body])
    return found


def test_checks_of_a_payment_that_stays_unpaid_are_those_of_the_benchmark() -> None:
    checks = WORK["stuck, 25 at a time"]["checks"]

    assert f"{checks:,} checks in 24 days" in COST.read_text()
