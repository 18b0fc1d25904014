"""The metrics in docs/reference.md are those the code may emit, and no others."""

from __future__ import annotations

from payment_refresh.metrics import Metric
from tests.docs.markdown import DOCS, column, table

REFERENCE = DOCS / "reference.md"
FUNCTIONS = {"order_events", "discover", "sweep", "refresh", "digest"}


def test_metrics_are_those_that_the_code_may_emit() -> None:
    assert sorted(column(REFERENCE, "Metrics", "metric")) == sorted(metric.value for metric in Metric)


def test_metrics_have_a_unit_of_cloudwatch_that_their_name_says() -> None:
    units = {row["metric"]: row["unit"] for row in table(REFERENCE, "Metrics")}

    assert units == {name: unit_of(name.strip("`")) for name in units}


def unit_of(metric: str) -> str:
    """The unit that a metric's name says."""
    if metric.endswith("Cents"):
        return "None"
    return "Seconds" if metric.endswith("Seconds") else "Count"


def test_metrics_name_the_functions_that_emit_them() -> None:
    emitters = [set(row["emitted by"].split(", ")) for row in table(REFERENCE, "Metrics")]

    assert all(names and names <= FUNCTIONS for names in emitters)
