"""The merchant's rules: contradictions are clamped towards the larger; what is unreadable may take its default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.composition.order_events import read_settings
from payment_refresh.composition.rules import Rules, log_clamps, read_rules
from payment_refresh.domain.policy import DAY, HOUR, MINUTE, Policy
from payment_refresh.domain.window import Window
from tests.support.environment import RULES
from tests.support.log import Entry, FakeLog

if TYPE_CHECKING:
    from payment_refresh.errors import SettingsError

ORDER_EVENTS = RULES | {"STATE_TABLE_NAME": "state", "WEBHOOK_SECRET_ARN": "arn:webhook"}

CLAMPED: list[tuple[dict[str, str], str, dict[str, Any]]] = [
    ({"CHECK_CAP_IDLE": "48h"}, "CHECK_CAP_BUSY", {"cap_busy": 48 * HOUR}),
    ({"CHECK_CAP_BUSY": "20m"}, "CHECK_CAP_BUSY", {"cap_busy": 30 * MINUTE}),
    ({"GROWTH_BUSY": "0.04"}, "GROWTH_BUSY", {"growth_busy": 0.05}),
    ({"GROWTH_IDLE": "0.8"}, "GROWTH_BUSY", {"growth_busy": 0.8}),
    ({"FIRST_CHECK_AFTER": "30d"}, "GIVE_UP_AFTER", {"give_up": 60 * DAY}),
    ({"GIVE_UP_AFTER": "60s", "CART_CHECK_AGES": "45m"}, "GIVE_UP_AFTER", {"give_up": 2 * MINUTE}),
    ({"CART_CHECK_AGES": "45m,24d,30d"}, "GIVE_UP_AFTER", {"give_up": 48 * DAY}),
    ({"CART_CHECK_AGES": "24h,45m"}, "CART_CHECK_AGES", {"cart_ages": (45 * MINUTE, DAY)}),
    ({"CART_CHECK_AGES": "45m,45m"}, "CART_CHECK_AGES", {"cart_ages": (45 * MINUTE,)}),
    ({"CANCELLED_CHECK_AGES": "7d,1d"}, "CANCELLED_CHECK_AGES", {"cancelled_ages": (DAY, 7 * DAY)}),
    ({"REPLACED_CHECK_AGES": "7d,1d,7d"}, "REPLACED_CHECK_AGES", {"replaced_ages": (DAY, 7 * DAY)}),
    ({"DISCOVER_WINDOW": "40d"}, "RETENTION_DAYS", {"retention": 40 * DAY}),
    ({"DISCOVER_CART_WINDOW": "41d"}, "RETENTION_DAYS", {"retention": 41 * DAY}),
]
"""Settings that contradict others; which of them gives way; what the rules then are."""

UNREADABLE = [
    ("RETENTION_DAYS", "35.5"),
    ("GIVE_UP_AFTER", "99999999s"),
    ("DISCOVER_WINDOW", "long"),
    ("REFRESH_CANCELLED", "sometimes"),
    ("CART_CHECK_AGES", "45m,,24h"),
    ("MISSING_AFTER", ""),
]


def test_rules_of_the_templates_defaults_are_the_designs_and_need_no_clamp() -> None:
    window = Window(after=30 * MINUTE, placed=24 * DAY, carts=48 * HOUR)

    assert read_rules(RULES) == Rules(Policy(), window, ())


@pytest.mark.parametrize(("changes", "named", "taken"), CLAMPED)
def test_setting_that_is_too_small_beside_another_is_taken_for_larger(
    changes: dict[str, str], named: str, taken: dict[str, Any]
) -> None:
    rules = read_rules(RULES | changes)

    (note,) = rules.clamped
    assert note.startswith(f"{named} is taken ")
    assert {name: getattr(rules.policy, name) for name in taken} == taken


@pytest.mark.parametrize("name", ["DISCOVER_WINDOW", "DISCOVER_CART_WINDOW"])
def test_window_no_longer_than_the_quiet_time_is_taken_for_twice_that(name: str) -> None:
    rules = read_rules(RULES | {name: "30m"})

    assert rules.clamped == (
        f"{name} is taken for 3600 s instead of 1800 s: it must be longer than DISCOVER_AFTER",
    )
    assert HOUR in (rules.window.placed, rules.window.carts)


def test_window_that_is_not_set_is_longer_than_the_quiet_time_and_rows_are_kept_as_long() -> None:
    rules = read_rules(RULES | {"DISCOVER_AFTER": "40d", "DISCOVER_CARTS": "false"})

    assert (rules.window.placed, rules.policy.retention) == (80 * DAY, 80 * DAY)
    assert [note.split()[0] for note in rules.clamped] == ["RETENTION_DAYS"]


def test_carts_that_are_not_listed_clamp_nothing() -> None:
    rules = read_rules(RULES | {"DISCOVER_CARTS": "false", "DISCOVER_CART_WINDOW": "900d"})

    assert (rules.window.carts, rules.policy.retention, rules.clamped) == (None, 35 * DAY, ())


DURATIONS = st.sampled_from(["1s", "30m", "24h", "35d", "36d", "999d"])


@given(
    st.dictionaries(st.sampled_from([name for name, value in RULES.items() if value[-1:] in "smhd"]), DURATIONS)
)
def test_rules_never_contradict_themselves_whatever_is_set(changes: dict[str, str]) -> None:
    rules = read_rules(RULES | changes)

    policy, window = rules.policy, rules.window
    assert policy.first < policy.give_up
    assert all(age < policy.give_up for age in policy.cart_ages[:-1])
    assert policy.cap_idle <= policy.cap_busy
    assert window.after < min(window.placed, window.carts or window.placed)
    assert max(window.placed, window.carts or 0) <= policy.retention


@pytest.mark.parametrize(("name", "value"), UNREADABLE)
def test_setting_that_order_events_cannot_read_takes_its_default_and_is_named(name: str, value: str) -> None:
    settings = read_settings(ORDER_EVENTS | {name: value})

    (error,) = settings.unreadable
    assert name in str(error)
    assert settings.rules == read_rules(RULES)


def test_all_that_cannot_be_read_is_reported_one_by_one() -> None:
    reported: list[SettingsError] = []

    rules = read_rules({}, unreadable=reported.append)

    assert len(reported) == len(RULES) - 1  # DISCOVER_WINDOW may be empty
    assert rules == read_rules(RULES)


def test_clamps_are_logged_as_one_warning_and_nothing_where_there_is_none() -> None:
    log = FakeLog()

    log_clamps(read_rules(RULES), log)
    assert log.entries == []
    rules = read_rules(RULES | {"CHECK_CAP_BUSY": "20m", "GROWTH_BUSY": "0.04"})
    log_clamps(rules, log)

    assert log.entries == [Entry("warning", "settings_clamped", {"detail": "; ".join(rules.clamped)})]
