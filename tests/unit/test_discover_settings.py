"""The settings of how far back discover looks."""

from __future__ import annotations

import pytest

from payment_refresh.composition.discover import read_settings
from payment_refresh.domain.policy import DAY, HOUR, MINUTE
from payment_refresh.domain.window import Window
from payment_refresh.errors import SettingsError
from tests.support.environment import RULES

DISCOVER = RULES | {
    "STATE_TABLE_NAME": "state",
    "COMMERCE_LAYER_BASE_URL": "https://your-org.commercelayer.io",
    "COMMERCE_LAYER_AUTH_URL": "https://auth.commercelayer.io/oauth/token",
    "COMMERCE_LAYER_MODE": "live",
    "API_SECRET_ARN": "arn:api",
    "CALLS_PER_MINUTE": "0",
    "WEBHOOK_URL": "https://made-up.lambda-url.eu-west-1.on.aws/",
}


def window(**changes: str) -> Window:
    return read_settings(DISCOVER | changes).rules.window


def test_discover_settings_of_the_templates_defaults_give_window_table_and_rate() -> None:
    settings = read_settings(DISCOVER)

    assert settings.rules.window == Window(after=30 * MINUTE, placed=24 * DAY, carts=48 * HOUR)
    assert (settings.table, settings.webhook_url) == ("state", "https://made-up.lambda-url.eu-west-1.on.aws/")
    assert settings.api.calls_per_minute == 100


def test_window_that_is_not_set_is_as_long_as_orders_are_watched() -> None:
    assert window(GIVE_UP_AFTER="9d").placed == 9 * DAY


def test_window_that_is_not_set_is_capped_at_the_retention_of_ended_watches() -> None:
    assert window(GIVE_UP_AFTER="60d").placed == 35 * DAY


def test_window_that_is_set_replaces_the_give_up_time() -> None:
    assert window(DISCOVER_WINDOW="3d").placed == 3 * DAY


def test_carts_switched_off_leave_no_cart_window_whatever_it_is_set_to() -> None:
    assert window(DISCOVER_CARTS="false", DISCOVER_CART_WINDOW="1s").carts is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DISCOVER_CARTS", "yes"),
        ("DISCOVER_AFTER", "soon"),
        ("DISCOVER_WINDOW", "20"),
        ("DISCOVER_CART_WINDOW", ""),
    ],
)
def test_invalid_discover_setting_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        window(**{name: value})


@pytest.mark.parametrize("missing", [name for name in DISCOVER if name not in ("DISCOVER_WINDOW", "WEBHOOK_URL")])
def test_missing_discover_setting_is_refused_by_its_name(missing: str) -> None:
    with pytest.raises(SettingsError, match=missing):
        read_settings({name: value for name, value in DISCOVER.items() if name != missing})
