"""Settings from the template's environment variables; a wrong one is named."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.composition import order_events, sweep
from payment_refresh.composition import refresh as refresh_function
from payment_refresh.composition.commerce_layer import ApiSettings
from payment_refresh.composition.environment import parse_duration
from payment_refresh.composition.rules import read_rules
from payment_refresh.domain.deployment import ApiMode, RunMode
from payment_refresh.domain.policy import DAY, HOUR, MINUTE
from payment_refresh.errors import SettingsError
from tests.support import environment
from tests.support.deployment import deployment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RULES = environment.RULES | {"CART_CHECK_AGES": "45m, 24h, 10d"}  # spaces do no harm
ORDER_EVENTS = RULES | {"STATE_TABLE_NAME": "state", "WEBHOOK_SECRET_ARN": "arn:webhook"}
SWEEP = RULES | {
    "STATE_TABLE_NAME": "state",
    "MODE": "refresh",
    "PENDING_QUEUE_URL": "https://q",
    "CLAIM_LEASE": "10m",
    "COMMERCE_LAYER_MODE": "live",
    "CALLS_PER_MINUTE": "0",
}
REFRESH = RULES | {
    "STATE_TABLE_NAME": "state",
    "DEAD_LETTER_QUEUE_URL": "https://dead",
    "OUTCOME_BUS_NAME": "outcomes",
    "STACK_NAME": "payment-refresh",
    "COMMERCE_LAYER_BASE_URL": "https://your-org.commercelayer.io",
    "COMMERCE_LAYER_AUTH_URL": "https://auth.commercelayer.io/oauth/token",
    "COMMERCE_LAYER_ORGANIZATION": "",
    "COMMERCE_LAYER_MODE": "live",
    "COMMERCE_LAYER_API_VERSION": "",
    "API_SECRET_ARN": "arn:api",
    "MODE": "refresh",
    "ACT_ON_ORDERS_AFTER": "",
    "CALLS_PER_MINUTE": "0",
    "CLAIM_LEASE": "10m",
}


API = ApiSettings(
    base_url="https://your-org.commercelayer.io",
    api_version="",
    auth_url="https://auth.commercelayer.io/oauth/token",
    organization="your-org",
    mode=ApiMode.LIVE,
    secret_arn="arn:api",
    calls_per_minute=100,
)


def refresh(**changes: str) -> refresh_function.Settings:
    return refresh_function.read_settings(REFRESH | changes)


class TestWhatTheTemplateGives:
    """Its defaults are the design's."""

    def test_order_events(self) -> None:
        assert order_events.read_settings(ORDER_EVENTS) == order_events.Settings(
            table="state", webhook_secret_arn="arn:webhook", rules=read_rules(RULES), unreadable=()
        )

    def test_sweep(self) -> None:
        assert sweep.read_settings(SWEEP) == sweep.Settings(
            table="state",
            queue_url="https://q",
            lease=600,
            calls_per_minute=100,
            run_mode=RunMode.REFRESH,
            rules=read_rules(RULES),
        )

    def test_refresh(self) -> None:
        assert refresh() == refresh_function.Settings(
            table="state",
            letters_url="https://dead",
            outcome_bus="outcomes",
            api=API,
            deployment=deployment(),
            act_after=None,
            lease=600,
            rules=read_rules(RULES),
        )

    @pytest.mark.parametrize(
        ("read", "environ"),
        [
            (sweep.read_settings, SWEEP),
            (refresh_function.read_settings, REFRESH),
        ],
    )
    def test_what_is_missing_or_empty_is_named(
        self, read: Callable[[Mapping[str, str]], object], environ: dict[str, str]
    ) -> None:
        optional = {"COMMERCE_LAYER_ORGANIZATION", "COMMERCE_LAYER_API_VERSION", "ACT_ON_ORDERS_AFTER"}
        optional |= {"DISCOVER_WINDOW"}
        for name in environ.keys() - optional:
            for broken in ({key: environ[key] for key in environ if key != name}, environ | {name: "  "}):
                with pytest.raises(SettingsError, match=f"{name} is not set"):
                    read(broken)
        for name in optional & environ.keys():
            assert read({key: environ[key] for key in environ if key != name}) == read(environ)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FIRST_CHECK_AFTER", "60"),
        ("GIVE_UP_AFTER", "twenty days"),
        ("CHECK_CAP_IDLE", "0s"),
        ("GROWTH_IDLE", "0"),
        ("GROWTH_IDLE", "-0.05"),
        ("GROWTH_BUSY", "1e3"),
        ("GROWTH_BUSY", "nan"),
        ("GROWTH_BUSY", ".5"),
        ("CART_CHECK_AGES", "45m,"),
        ("GIVE_UP_GRACE", "a day"),
        ("CANCELLED_CHECK_AGES", "1d,-1h"),
        ("GIVE_UP_AFTER", "99999999s"),
        ("GIVE_UP_AFTER", "1000d"),
        ("REPLACED_CHECK_AGES", "5m;1h"),
        ("REFRESH_CANCELLED", "Safe"),
        ("RETENTION_DAYS", "34"),
        ("RETENTION_DAYS", "3651"),
        ("RETENTION_DAYS", "35.5"),
        ("RETENTION_DAYS", "9" * 5000),
        ("COMMERCE_LAYER_MODE", "Live"),
        ("COMMERCE_LAYER_API_VERSION", "2026-05"),
        ("COMMERCE_LAYER_API_VERSION", "/2017-08"),
        ("MODE", "dry-run"),
        ("CALLS_PER_MINUTE", "181"),
        ("CALLS_PER_MINUTE", "-1"),
        ("CALLS_PER_MINUTE", "1"),
        ("CALLS_PER_MINUTE", "9"),
        ("CLAIM_LEASE", "10"),
        ("ACT_ON_ORDERS_AFTER", "2026-01-31"),
        ("ACT_ON_ORDERS_AFTER", "2026-01-31T00:00:00"),
        ("ACT_ON_ORDERS_AFTER", "yesterday"),
        ("COMMERCE_LAYER_BASE_URL", "http://your-org.commercelayer.io"),
        ("COMMERCE_LAYER_BASE_URL", "http://127.0.0.1.evil.example"),
        ("COMMERCE_LAYER_BASE_URL", "http://localhost@evil.example"),
        ("COMMERCE_LAYER_BASE_URL", "your-org.commercelayer.io"),
        ("COMMERCE_LAYER_BASE_URL", "https://"),
        ("COMMERCE_LAYER_BASE_URL", "https://[::1"),
        ("COMMERCE_LAYER_AUTH_URL", "ftp://localhost/oauth/token"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_should_be(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        refresh(**{name: value})


class TestBudget:
    """At most nine tenths of the API's limit, half of it where nothing is said."""

    @pytest.mark.parametrize(
        ("mode", "given", "calls"),
        [("live", "0", 100), ("live", "180", 180), ("test", "0", 50), ("test", "90", 90), ("live", "10", 10)],
    )
    def test_it_is_what_is_given_or_the_modes_default(self, mode: str, given: str, calls: int) -> None:
        assert refresh(COMMERCE_LAYER_MODE=mode, CALLS_PER_MINUTE=given).api.calls_per_minute == calls

    def test_test_mode_has_half_the_limit(self) -> None:
        with pytest.raises(SettingsError, match="from 0 to 90"):
            refresh(COMMERCE_LAYER_MODE="test", CALLS_PER_MINUTE="91")


class TestUrls:
    """No token goes over the wire in the clear."""

    @pytest.mark.parametrize(
        ("given", "url"),
        [
            ("https://your-org.commercelayer.io/", "https://your-org.commercelayer.io"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost", "http://localhost"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ],
    )
    def test_http_is_for_this_machine_only(self, given: str, url: str) -> None:
        assert refresh(COMMERCE_LAYER_BASE_URL=given).api.base_url == url

    def test_the_organization_may_be_named_where_the_host_does_not(self) -> None:
        changes = {"COMMERCE_LAYER_BASE_URL": "http://localhost:1", "COMMERCE_LAYER_ORGANIZATION": "your-org"}

        assert refresh(**changes).api.organization == "your-org"


def test_api_version_is_the_one_that_is_set_and_else_the_organizations_default() -> None:
    assert refresh(COMMERCE_LAYER_API_VERSION=" 2017-08 ").api.api_version == "2017-08"
    assert refresh(COMMERCE_LAYER_API_VERSION="  ").api.api_version == ""


def test_orders_from_before_a_time_are_only_observed() -> None:
    assert refresh(ACT_ON_ORDERS_AFTER="2026-01-01T00:00:00Z").act_after == 1_767_225_600


class TestDurations:
    """A number and its unit."""

    @pytest.mark.parametrize(
        ("text", "seconds"), [("1s", 1), ("90s", 90), ("45m", 45 * MINUTE), ("24h", 24 * HOUR), ("20d", 20 * DAY)]
    )
    def test_they_are_read_in_seconds(self, text: str, seconds: int) -> None:
        assert parse_duration(text, "X") == seconds

    @given(st.integers(1, 999), st.sampled_from("smhd"))
    def test_every_number_with_a_unit_is_one(self, number: int, unit: str) -> None:
        assert parse_duration(f"{number}{unit}", "X") == number * parse_duration(f"1{unit}", "X") > 0

    @given(st.text(max_size=12))
    def test_no_other_text_breaks_the_reading(self, text: str) -> None:
        with suppress(SettingsError):
            assert parse_duration(text, "X") > 0

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "0s",
            "01s",
            "1",
            "s",
            "1.5h",
            "-1s",
            "1 s",
            "1s\n",
            "1S",
            "1w",
            "٣s",
            "1h30m",
            "1000d",
            "100000h",
            "10000000m",
        ],
    )
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(SettingsError, match="write a duration such as"):
            parse_duration(text, "X")
