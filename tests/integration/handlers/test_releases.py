"""Copies of released functions run on the layer as it is; a name of it that was renamed turns this red.

`test_golden_events` and `test_sample_events` run them over all of ``events/``; here, the check of the former is
shown to find what it is for.
"""

from __future__ import annotations

from contextlib import ExitStack
from enum import StrEnum
from typing import TYPE_CHECKING

import pytest

from payment_refresh import metrics
from payment_refresh.composition.sweep import Sweeper
from payment_refresh.metrics import Metric
from payment_refresh.use_cases.check_payments.batch import CheckPayments
from payment_refresh.use_cases.discover_orders.run import DiscoverOrders
from payment_refresh.use_cases.dispatch_due import DispatchDue
from payment_refresh.use_cases.make_digest.run import MakeDigest
from payment_refresh.use_cases.receive_order_event.receiver import Received, ReceiveOrderEvent, WebhookAnswer
from tests.compat.release import RELEASES
from tests.integration.handlers.conftest import FUNCTIONS
from tests.integration.handlers.test_golden_events import CIRCUMSTANCES, assert_as_recorded
from tests.support.functions import imported

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.handlers.conftest import Functions

FOLDERS = [release.folder for release in RELEASES]
each_release = pytest.mark.parametrize(
    "apps", FOLDERS, ids=[release.version for release in RELEASES], indirect=True, scope="session"
)


@each_release
def test_functions_of_a_release_are_its_copies(functions: Functions) -> None:
    files = {name: app.__file__ for name, app in functions.apps.items()}

    assert files in [{name: str(folder / name / "app.py") for name in FUNCTIONS} for folder in FOLDERS]


@each_release
@pytest.mark.parametrize(
    ("owner", "member", "event"),
    [
        (ReceiveOrderEvent, "from_webhook", "order_events_place"),
        (WebhookAnswer, "status", "order_events_place"),
        (ReceiveOrderEvent, "from_bus", "order_events_bus_place"),
        (Received, "result", "order_events_bus_place"),
        (DiscoverOrders, "run", "discover_schedule"),
        (Sweeper, "dispatch", "sweep_schedule"),
        (DispatchDue, "run", "sweep_schedule"),
        (CheckPayments, "handle", "refresh_swept"),
        (MakeDigest, "run", "digest_schedule"),
    ],
)
def test_member_renamed_in_the_layer_is_found_by_running_a_release(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, owner: type, member: str, event: str
) -> None:
    monkeypatch.setattr(owner, f"{member}_renamed", getattr(owner, member), raising=False)
    monkeypatch.delattr(owner, member)

    with pytest.raises(AssertionError, match="raised"):
        assert_as_recorded(functions, monkeypatch, event, CIRCUMSTANCES[1])


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_function_renamed_in_the_layer_is_found_by_importing_a_release(
    monkeypatch: pytest.MonkeyPatch, folder: Path, function: str
) -> None:
    monkeypatch.delattr(f"payment_refresh.composition.{function}.compose")

    with ExitStack() as last, pytest.raises(ImportError, match="compose"):
        last.enter_context(imported(function, folder))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_metric_renamed_in_the_layer_is_found_by_importing_a_release(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    left = {each.name: each.value for each in Metric if each is not Metric.SETTLED_BY_REFRESH}
    monkeypatch.setattr(metrics, "Metric", StrEnum("Metric", left))

    with ExitStack() as last, pytest.raises(AttributeError, match="SETTLED_BY_REFRESH"):
        last.enter_context(imported("refresh", folder))
