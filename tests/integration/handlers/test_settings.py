"""A function that lacks a setting names it before it does anything else."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from payment_refresh.errors import SettingsError
from tests.integration.handlers.conftest import Context
from tests.integration.handlers.sample_events import load
from tests.support.environment import RULES
from tests.support.functions import imported

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

TABLE = {"STATE_TABLE_NAME": "made-up-table"}
OPTIONAL = {"DISCOVER_WINDOW", "WEBHOOK_URL"}
SETTINGS: dict[str, dict[str, str]] = {
    "order_events": TABLE | RULES | {"WEBHOOK_SECRET_ARN": "arn:made-up"},
    "discover": TABLE
    | RULES
    | {
        "COMMERCE_LAYER_BASE_URL": "https://your-org.commercelayer.io",
        "COMMERCE_LAYER_AUTH_URL": "https://auth.commercelayer.io/oauth/token",
        "COMMERCE_LAYER_MODE": "live",
        "API_SECRET_ARN": "arn:made-up",
        "CALLS_PER_MINUTE": "0",
        "WEBHOOK_URL": "https://made-up.lambda-url.eu-west-1.on.aws/",
    },
    "sweep": TABLE
    | RULES
    | {
        "MODE": "refresh",
        "PENDING_QUEUE_URL": "https://made-up",
        "CLAIM_LEASE": "10m",
        "COMMERCE_LAYER_MODE": "live",
        "CALLS_PER_MINUTE": "0",
    },
    "refresh": TABLE
    | RULES
    | {
        "COMMERCE_LAYER_BASE_URL": "https://your-org.commercelayer.io",
        "COMMERCE_LAYER_AUTH_URL": "https://auth.commercelayer.io/oauth/token",
        "COMMERCE_LAYER_MODE": "live",
        "API_SECRET_ARN": "arn:made-up",
        "STACK_NAME": "payment-refresh",
        "MODE": "refresh",
        "CALLS_PER_MINUTE": "0",
        "CLAIM_LEASE": "10m",
        "DEAD_LETTER_QUEUE_URL": "https://made-up",
        "OUTCOME_BUS_NAME": "default",
    },
    "digest": TABLE
    | {
        "STACK_NAME": "payment-refresh",
        "COMMERCE_LAYER_BASE_URL": "https://your-org.commercelayer.io",
        "COMMERCE_LAYER_MODE": "live",
        "MODE": "refresh",
        "OUTCOME_BUS_NAME": "default",
        "DEAD_LETTER_QUEUE_URL": "https://made-up",
        "ASYNC_FAILURES_QUEUE_URL": "https://made-up",
        "DIGEST_ON_QUIET_DAYS": "false",
    },
}
EVENTS = {
    "order_events": "order_events_place",
    "discover": "discover_schedule",
    "sweep": "sweep_schedule",
    "refresh": "refresh_swept",
    "digest": "digest_schedule",
}
CASES = [(function, name) for function, settings in SETTINGS.items() for name in settings.keys() - OPTIONAL]


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
@pytest.mark.parametrize(("function", "missing"), sorted(case for case in CASES if case[0] != "order_events"))
def test_every_invocation_names_a_missing_setting(function: str, missing: str) -> None:
    with started(function, without=missing) as app:
        for _ in range(2):
            with pytest.raises(SettingsError, match=missing):
                app.handler(load(EVENTS[function]), Context())


@pytest.mark.parametrize("missing", ["STATE_TABLE_NAME", "WEBHOOK_SECRET_ARN"])
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


@pytest.mark.parametrize("missing", ["STATE_TABLE_NAME", "WEBHOOK_SECRET_ARN"])
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
