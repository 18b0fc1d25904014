"""Settings that make no sense together: order events are taken all the same, and each such setting is named."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.composition import discover, order_events, refresh, sweep
from payment_refresh.errors import SettingsError
from tests.integration.handlers.sample_events import SANDBOX_SECRET, load
from tests.integration.handlers.test_settings import SETTINGS
from tests.support.log import FakeLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from devstack.local_aws import LocalAws

CLAMPED = [
    {"CHECK_CAP_IDLE": "48h"},
    {"CHECK_CAP_BUSY": "20m"},
    {"GROWTH_BUSY": "0.04"},
    {"FIRST_CHECK_AFTER": "30d"},
    {"CART_CHECK_AGES": "24h,45m"},
    {"DISCOVER_AFTER": "2d", "DISCOVER_WINDOW": "1d", "DISCOVER_CART_WINDOW": "3d"},
]
UNREADABLE = [{"RETENTION_DAYS": "35.5"}, {"GIVE_UP_AFTER": "99999999s"}]
NOT_ITS_OWN = [{"ACT_ON_ORDERS_AFTER": "2026-02-31T00:00:00Z"}]
"""Settings that order_events does not read."""

READERS: dict[str, Callable[[dict[str, str]], Any]] = {
    "discover": discover.read_settings,
    "sweep": sweep.read_settings,
    "refresh": refresh.read_settings,
}


@pytest.fixture
def order_event(aws: LocalAws, table_name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A signed order event, and the environment of the function that takes it."""
    secret = json.dumps({"orders.place": [SANDBOX_SECRET]})
    arn = aws.clients.secrets.create_secret(Name=f"secret-{uuid.uuid4().hex}", SecretString=secret)["ARN"]
    for name, value in (SETTINGS["order_events"] | {"STATE_TABLE_NAME": table_name}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WEBHOOK_SECRET_ARN", arn)
    return load("order_events_place")


@pytest.mark.parametrize("settings", [*CLAMPED, *UNREADABLE, *NOT_ITS_OWN], ids=str)
def test_order_event_is_taken_whatever_the_settings_contradict(
    order_event: dict[str, Any], monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]
) -> None:
    log = FakeLog()
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    answer = order_events.compose(log).from_webhook(order_event)

    assert (answer.status, answer.document) == (200, {"meta": {"result": "watching"}})
    assert list(answer.metrics) == ["EventWatching"] + ["SettingsUnreadable"] * (settings in UNREADABLE)
    levels = [entry.level for entry in log.entries if entry.message.startswith("setting")]
    assert levels == ["error"] * (settings in UNREADABLE) + ["warning"] * (settings in CLAMPED)


@pytest.mark.parametrize("function", READERS)
@pytest.mark.parametrize("settings", UNREADABLE, ids=str)
def test_unreadable_setting_fails_the_functions_that_act_on_it_by_name(
    function: str, settings: dict[str, str]
) -> None:
    (name,) = settings

    with pytest.raises(SettingsError, match=name):
        READERS[function](SETTINGS[function] | settings)


@pytest.mark.parametrize("function", READERS)
@pytest.mark.parametrize("settings", CLAMPED, ids=str)
def test_contradicting_settings_start_each_function_with_one_clamp(
    function: str, settings: dict[str, str]
) -> None:
    assert len(READERS[function](SETTINGS[function] | settings).rules.clamped) == 1
