"""A function that lacks a setting names it before it does anything else."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from payment_refresh.errors import SettingsError
from tests.integration.handlers.conftest import Context
from tests.integration.handlers.sample_events import load
from tests.support.environment import POLICY
from tests.support.functions import imported

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
    "digest": TABLE | {"COMMERCE_LAYER_MODE": "live", "MODE": "refresh", "OUTCOME_BUS_NAME": "default"},
}
EVENTS = {
    "order_events": "order_events_place",
    "discover": "discover_schedule",
    "sweep": "sweep_schedule",
    "refresh": "refresh_swept",
    "digest": "digest_schedule",
}
CASES = [(function, name) for function, settings in SETTINGS.items() for name in settings]


@contextmanager
def started(function: str, *, without: str) -> Iterator[ModuleType]:
    """Import a function where one setting is missing."""
    with pytest.MonkeyPatch.context() as environment:
        powertools = {
            "POWERTOOLS_SERVICE_NAME": "payment-refresh",
            "POWERTOOLS_METRICS_NAMESPACE": "PaymentRefresh",
        }
        for name, value in (SETTINGS[function] | powertools).items():
            environment.setenv(name, value)
        environment.delenv(without)
        with imported(function) as app:
            yield app


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize(("function", "missing"), [case for case in CASES if case[0] != "order_events"])
def test_every_invocation_names_a_missing_setting(function: str, missing: str) -> None:
    with started(function, without=missing) as app:
        for _ in range(2):
            with pytest.raises(SettingsError, match=missing):
                app.handler(load(EVENTS[function]), Context())


@pytest.mark.parametrize("missing", SETTINGS["order_events"])
def test_a_missing_setting_is_named_in_the_log_of_order_events(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    """Commerce Layer is only asked to send the event again."""
    caplog.set_level("ERROR")

    with started("order_events", without=missing) as app:
        answer = app.handler(load("order_events_place"), Context())

    assert answer["statusCode"] == 500
    assert missing not in answer["body"]
    (record,) = caplog.records
    assert record.exc_info is not None
    assert missing in str(record.exc_info[1])
    assert '"Faults":[1' in capsys.readouterr().out


@pytest.mark.parametrize("missing", SETTINGS["order_events"])
def test_an_event_of_the_bus_fails_with_the_missing_setting(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    caplog.set_level("ERROR")

    with started("order_events", without=missing) as app, pytest.raises(SettingsError, match=missing):
        app.handler(load("order_events_bus_place"), Context())

    (record,) = caplog.records
    assert record.exc_info is not None
    assert missing in str(record.exc_info[1])
    assert '"Faults":[1' in capsys.readouterr().out
