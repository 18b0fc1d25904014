"""Days of small shops: no alarm rings falsely, and a broken webhook is found; ``make alarms`` plays months."""

from __future__ import annotations

import pytest

from tests.alarms.months import PROFILES, WEBHOOK_ALARMS, Month, Profile, live

BROKEN, MESSY = PROFILES[1], PROFILES[2]


@pytest.mark.parametrize("profile", [BROKEN, MESSY], ids=str)
def test_some_days_of_a_small_shop_ring_only_what_they_should(profile: Profile) -> None:
    month = live(profile, days=4)

    assert month.is_right, month


def test_shops_are_small_and_large_healthy_and_broken_tidy_and_messy() -> None:
    assert len(PROFILES) == 10
    assert {min(each.per_day for each in PROFILES), max(each.per_day for each in PROFILES)} == {5, 5_000}
    assert {(each.is_broken, each.is_messy) for each in PROFILES} == {
        (broken, messy) for broken in (True, False) for messy in (True, False)
    }


@pytest.mark.parametrize(
    ("profile", "rang", "is_right"),
    [
        (MESSY, (), True),
        (MESSY, ("QueueAgeAlarm",), False),
        (MESSY, tuple(WEBHOOK_ALARMS), False),
        (BROKEN, (), False),
        (BROKEN, ("WebhookLateInAWeekAlarm",), True),
        (BROKEN, ("WebhookLateInAWeekAlarm", "MayNotReadAlarm"), False),
    ],
)
def test_month_is_right_if_what_should_ring_does_and_nothing_else(
    profile: Profile, rang: tuple[str, ...], is_right: bool
) -> None:
    assert Month(profile=profile, first=dict.fromkeys(rang, 100)).is_right is is_right
