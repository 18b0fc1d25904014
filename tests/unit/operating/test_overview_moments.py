"""Times and durations in words."""

from __future__ import annotations

import pytest

from payment_refresh.times import to_epoch
from payrefresh.overview.moments import ago, ahead, moment, span

NOON = to_epoch("2026-01-31T12:00:00.000Z")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 seconds"),
        (1, "1 second"),
        (89, "89 seconds"),
        (90, "2 minutes"),
        (720, "12 minutes"),
        (5399, "90 minutes"),
        (5400, "2 hours"),
        (36 * 3600 - 1, "36 hours"),
        (36 * 3600, "2 days"),
        (24 * 86_400, "24 days"),
    ],
)
def test_a_duration_is_rounded_to_one_unit_of_its_size(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_a_time_of_today_is_shown_without_its_day_and_any_other_with_it() -> None:
    assert ahead(NOON + 720, NOON) == "in 12 minutes, at 12:12 UTC"
    assert ahead(NOON + 86_400, NOON) == "in 24 hours, on 2026-02-01 at 12:00 UTC"
    assert ago(NOON - 60, NOON) == "60 seconds ago, at 11:59 UTC"
    assert moment(NOON + 59) == "2026-01-31 12:00 UTC"
