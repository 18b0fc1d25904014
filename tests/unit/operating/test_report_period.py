"""The period of a report: how it is given, and the steps in which it is shown."""

from __future__ import annotations

import pytest

from payment_refresh.times import to_epoch
from payrefresh.errors import WrongInput
from payrefresh.report.period import DAY, HOUR, WEEK, Period, read_period

NOW = to_epoch("2026-03-31T09:30:00.000Z")


@pytest.mark.parametrize(
    ("since", "begin"),
    [
        ("30d", "2026-03-01T09:30:01.000Z"),
        ("12h", "2026-03-30T21:30:01.000Z"),
        ("2w", "2026-03-17T09:30:01.000Z"),
        ("90m", "2026-03-31T08:00:01.000Z"),
        ("2026-03-01", "2026-03-01T00:00:00.000Z"),
        ("2026-03-01T12:00:00+02:00", "2026-03-01T10:00:00.000Z"),
    ],
)
def test_period_reaches_back_from_now_as_far_as_it_says(since: str, begin: str) -> None:
    assert read_period(since, NOW) == Period(int(to_epoch(begin)), int(NOW) + 1)


@pytest.mark.parametrize(
    "since", ["", "30", "d", "0d", "-3d", "30 d", "2026-13-01", "2027-01-01", "999999w", "=1+1"]
)
def test_period_that_cannot_be_is_refused_with_the_option_named(since: str) -> None:
    with pytest.raises(WrongInput, match="--since"):
        read_period(since, NOW)


@pytest.mark.parametrize(
    ("since", "step"), [("3d", HOUR), ("73h", DAY), ("30d", DAY), ("119d", DAY), ("120d", WEEK)]
)
def test_longer_periods_are_shown_in_longer_steps(since: str, step: int) -> None:
    period = read_period(since, NOW)

    assert period.step == step
    assert period.steps[0] <= period.since < period.steps[0] + step
    assert period.steps[-1] < period.until <= period.steps[-1] + step
    assert all(at % step == 0 for at in period.steps)


def test_moment_of_its_beginning_is_part_of_a_period_and_its_end_is_not() -> None:
    period = Period(10, 20)

    assert [at for at in (9, 10, 19, 20) if at in period] == [10, 19]
