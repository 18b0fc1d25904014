"""Cold starts are measured of what Lambda would run, and nothing is imported that should not be."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devstack.environment import ROOT
from tests.benchmarks import cold_start, invocations, starts

if TYPE_CHECKING:
    from tests.benchmarks.starts import Start

LIBRARIES = [ROOT / "layers/core", *(Path(folder) for folder in sys.path if folder.endswith("site-packages"))]
"""In place of the layer, which takes longer to build."""

WITHOUT = {
    "order_events": (
        "httpx",
        "payment_refresh.domain.discovery",
        "payment_refresh.use_cases.check_payments.batch",
    ),
    "sweep": (
        "httpx",
        "payment_refresh.domain.discovery",
        "payment_refresh.domain.order",
        "payment_refresh.domain.verdict",
    ),
    "refresh": (
        "payment_refresh.use_cases.discover_orders.run",
        "payment_refresh.use_cases.dispatch_due",
        "payment_refresh.use_cases.receive_order_event.signature",
    ),
    "discover": (
        "payment_refresh.use_cases.check_payments.batch",
        "payment_refresh.use_cases.dispatch_due",
        "payment_refresh.use_cases.receive_order_event.signature",
    ),
}
NOWHERE = (
    "asyncio",
    "payment_refresh.ports",
    "aws_lambda_powertools.utilities.data_classes",
    "aws_lambda_powertools.event_handler",
)


@pytest.mark.parametrize("start", starts.STARTS, ids=lambda start: start.function)
def test_a_cold_start_imports_only_what_it_needs(start: Start) -> None:
    path = [ROOT / "functions" / start.function, *LIBRARIES]
    reported = starts.sample(start, start.code, python=Path(sys.executable), path=path)

    roots = {f"payment_refresh.composition.{other.function}" for other in starts.STARTS}
    assert {"boto3", "payment_refresh.composition.root"} <= set(reported.modules)
    assert set(reported.modules) & roots == {f"payment_refresh.composition.{start.function}"}
    assert set(reported.modules) & {*NOWHERE, *WITHOUT[start.function]} == set()


def test_it_is_measured_against_a_bare_handler_that_is_named(tmp_path: Path) -> None:
    rows = cold_start.measure(LIBRARIES, 1, Path(sys.executable), print)

    assert [row["name"] for row in rows] == ["order_events", "sweep", "refresh", "discover"]
    assert all(row["ratio"] == pytest.approx(row["cpu_ms"] / row["baseline_cpu_ms"], abs=0.05) for row in rows)
    assert all(row["modules"] > row["baseline_modules"] for row in rows)
    assert rows[2]["baseline"] == (
        "bare handler with boto3 clients of dynamodb, secretsmanager, events and an httpx.Client"
    )
    cold_start.plot(rows, tmp_path)
    assert (tmp_path / "cold_start.svg").stat().st_size > 1_000
    assert "| sweep |" in cold_start.markdown(rows)


def test_a_first_invocation_is_compared_with_a_second_that_does_the_same() -> None:
    python = Path(sys.executable)
    with invocations.surroundings() as around:
        taken = {
            name: around.invoke(name, python=python, path=[ROOT / "functions" / name, *LIBRARIES])
            for name in invocations.SAMPLES
        }
        calls = around.driver.calls()

    assert all(one.answers[0] == one.answers[1] for one in taken.values())
    assert all(one.first_ms > one.second_ms > 0 for one in taken.values())
    assert taken["order_events"].answers[0]["statusCode"] == 200
    assert taken["sweep"].answers[0]["claimed"] == 0
    assert taken["discover"].answers[0]["created"] == 1
    assert calls["patch_calls"] == 2


def test_first_invocations_are_among_the_figures() -> None:
    row = {"name": "refresh", "cpu_ms": 1.0, "baseline_cpu_ms": 1.0, "ratio": 1.0}

    shown = cold_start.markdown([row | {"first_invocation_extra_cpu_ms": 12.3}])

    assert "refresh 12 ms" in shown


def test_our_own_code_takes_little(tmp_path: Path) -> None:
    warm = cold_start.warm_ms(2)
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "module.py").write_text("x = 1\n" * 1_000)
    sizes = cold_start.layer_sizes(tmp_path / "python")

    assert warm.keys() == {"settled by the look", "refreshed, still pending"}
    assert all(ms > 0 for ms in warm.values())
    assert sizes["layer_bytes"] == 6_000 > sizes["layer_zipped_bytes"] > 0
    row = {"name": "refresh", "cpu_ms": 1.0, "baseline_cpu_ms": 1.0, "ratio": 1.0}
    assert "of a batch of 25" in cold_start.markdown([row | sizes | {"warm_cpu_ms_per_payment": warm}])
