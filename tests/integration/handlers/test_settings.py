"""A function that lacks a setting names it before it does anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.composition import bootstrap
from payment_refresh.errors import SettingsError
from tests.integration.handlers.conftest import Context
from tests.integration.handlers.sample_events import load
from tests.support.environment import POLICY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

TABLE = {"STATE_TABLE_NAME": "made-up-table"}
SETTINGS: dict[str, dict[str, str]] = {
    "order_events": TABLE | POLICY | {"WEBHOOK_SECRET_ARN": "arn:made-up"},
    "discover": TABLE
    | POLICY
    | {
        "COMMERCE_LAYER_BASE_URL": "https://your-org.commercelayer.io",
        "COMMERCE_LAYER_AUTH_URL": "https://auth.commercelayer.io/oauth/token",
        "COMMERCE_LAYER_MODE": "live",
        "API_SECRET_ARN": "arn:made-up",
        "CALLS_PER_MINUTE": "0",
        "DISCOVER_CARTS": "true",
        "DISCOVER_AFTER": "30m",
        "DISCOVER_CART_WINDOW": "48h",
        "WEBHOOK_URL": "https://made-up.lambda-url.eu-west-1.on.aws/",
    },
    "sweep": TABLE
    | {
        "PENDING_QUEUE_URL": "https://made-up",
        "CLAIM_LEASE": "10m",
        "COMMERCE_LAYER_MODE": "live",
        "CALLS_PER_MINUTE": "0",
    },
    "refresh": TABLE
    | POLICY
    | {
        "COMMERCE_LAYER_BASE_URL": "https://your-org.commercelayer.io",
        "COMMERCE_LAYER_AUTH_URL": "https://auth.commercelayer.io/oauth/token",
        "COMMERCE_LAYER_MODE": "live",
        "API_SECRET_ARN": "arn:made-up",
        "MODE": "refresh",
        "CALLS_PER_MINUTE": "0",
        "CLAIM_LEASE": "10m",
        "DEAD_LETTER_QUEUE_URL": "https://made-up",
        "OUTCOME_BUS_NAME": "default",
    },
}
EVENTS = {
    "order_events": "order_events_place",
    "discover": "discover_schedule",
    "sweep": "sweep_schedule",
    "refresh": "refresh_swept",
}
CASES = [(function, name) for function, settings in SETTINGS.items() for name in settings]


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Let no other test's composition serve."""
    for function in (bootstrap.order_events, bootstrap.discover, bootstrap.sweep, bootstrap.refresh):
        function.cache_clear()
    yield
    for function in (bootstrap.order_events, bootstrap.discover, bootstrap.sweep, bootstrap.refresh):
        function.cache_clear()


def set_all_but(monkeypatch: pytest.MonkeyPatch, function: str, missing: str) -> dict[str, Any]:
    for name, value in SETTINGS[function].items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(missing)
    return load(EVENTS[function])


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize(("function", "missing"), [case for case in CASES if case[0] != "order_events"])
def test_a_missing_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, apps: dict[str, ModuleType], function: str, missing: str
) -> None:
    event = set_all_but(monkeypatch, function, missing)

    with pytest.raises(SettingsError, match=missing):
        apps[function].handler(event, Context())


@pytest.mark.parametrize("missing", SETTINGS["order_events"])
def test_a_missing_setting_is_named_in_the_log_of_order_events(
    monkeypatch: pytest.MonkeyPatch, apps: dict[str, ModuleType], caplog: pytest.LogCaptureFixture, missing: str
) -> None:
    """Commerce Layer is only asked to send the event again."""
    event = set_all_but(monkeypatch, "order_events", missing)
    caplog.set_level("ERROR")

    answer = apps["order_events"].handler(event, Context())

    assert answer["statusCode"] == 500
    assert missing not in answer["body"]
    (record,) = caplog.records
    assert record.exc_info is not None
    assert missing in str(record.exc_info[1])
