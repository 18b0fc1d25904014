"""The benchmark of detection at a tiny size; and its thin step against the whole use case."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import islice
from math import inf
from random import Random
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.policy import DAY, HOUR, Policy
from tests.benchmarks import detection, peers
from tests.benchmarks.detection import Load
from tests.benchmarks.fleet import TICK, Fleet
from tests.benchmarks.population import MIXED, STUCK, Mix, Payment, arrivals, draw
from tests.benchmarks.rows import DueRows, Row
from tests.benchmarks.whole import Events, Whole
from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PEERS = {schedule.name: schedule for schedule in peers.published()}


@pytest.mark.parametrize(
    ("mix", "per_day", "lost", "events"),
    [
        (STUCK, 5_000, 1.0, Events.BOTH_ENDS),
        (STUCK, 40_000, 1.0, Events.BOTH_ENDS),
        (MIXED, 40_000, 0.3, Events.BOTH_ENDS),
        (MIXED, 40_000, 0.3, Events.PLACEMENT),
    ],
)
def test_the_thin_step_does_what_the_whole_use_case_does(
    mix: Mix, per_day: int, lost: float, events: Events
) -> None:
    """To the call and to the second, from the first check to giving up."""

    def coming() -> Iterator[Payment]:
        return islice(arrivals(mix, per_day, Random(1), lost=lost), 120)  # noqa: S311  a simulation

    policy = Policy(give_up=2 * HOUR)
    whole = Whole(arrivals=coming(), calls_per_minute=100, events=events, policy=policy)
    fleet = Fleet(
        arrivals=coming(),
        calls_per_minute=100,
        policy=policy,
        jitter=lambda: 0.0,
        has_events=events is Events.BOTH_ENDS,
    )

    whole.run(START + 4 * HOUR)
    fleet.run(START + 4 * HOUR)

    assert fleet.seen.delays == whole.shop.delays
    assert fleet.seen.delays
    assert {"looks": fleet.seen.looks, "refreshes": fleet.seen.refreshes} == whole.shop.calls
    assert fleet.seen.gave_up == sum(row.status == "dead_lettered" for row in whole.table.rows.values())


@dataclass(slots=True)
class Intervals(DueRows):
    """Records the longest interval from one check to the next that the rules do not explain, in seconds."""

    unexplained: float = 0.0

    def put(self, row: Row, due_at: int) -> None:
        """Let a row be due; by what a merchant reads of the settings, as long as a quarter of the rate is used."""
        if row.refreshed_at is not None:
            age = row.refreshed_at - row.watch.started_at
            share, longest = 0.05 * 14**0.25, 1_800 * 48**0.25
            events = max(60, min(share * age, longest)) * 1.1
            self.unexplained = max(self.unexplained, due_at - row.refreshed_at - events)
        DueRows.put(self, row, due_at)


def test_in_a_month_no_watch_waits_longer_than_its_policy_says_while_the_rate_limiter_lasts() -> None:
    table = Intervals()
    fleet = Fleet(
        arrivals=arrivals(STUCK, 30, Random(1), lost=1.0),  # noqa: S311  a simulation
        calls_per_minute=100,
        policy=Policy(),
        jitter=partial(Random(2).uniform, -1, 1),  # noqa: S311  a simulation
        table=table,
    )

    fleet.run(START + 30 * DAY)

    assert fleet.rate_limiter.utilisation() < 0.25
    assert fleet.seen.overdue < TICK, "the next sweep claims what is due, and it is looked at within that minute"
    assert table.unexplained <= 2, "whole seconds, rounded up"
    assert fleet.seen.begun > 800
    assert fleet.seen.gave_up > 10
    assert fleet.seen.missed == 0


def test_it_measures_ours_and_every_published_schedule(tmp_path: Path) -> None:
    load = Load(per_day=200, runs=2, first_days=0.2, days=0.1)

    rows = detection.measure([load], 300, lambda _: None, processes=False)
    detection.plot(rows, tmp_path)

    ours = rows[0]
    assert [row["name"] for row in rows] == ["ours", *PEERS]
    assert (ours["missed"], ours["per_day"]) == (0, 200)
    assert isinstance(ours["max_overdue_s"], int)
    assert ours["max_overdue_s"] <= 60, "the rate suffices, so no watch waits longer than to the next sweep"
    assert {name for name in ours if name.startswith("steady_")} >= {"steady_p50_s", "steady_share_of_pace"}
    assert (tmp_path / "detection.svg").stat().st_size > 0
    assert "| 200 |" in detection.markdown([*rows, *({**row, "per_day": 5_000} for row in rows)])


def test_a_schedule_finds_what_settles_before_its_last_poll() -> None:
    schedule = peers.Schedule(name="made up", delays=(60, 300))
    payments = [(10.0, inf), (60.0, inf), (61.0, inf), (361.0, inf), (inf, inf), (100.0, 100.0)]

    outcome = peers.polled(schedule, payments, Random(1))  # noqa: S311  a simulation

    assert outcome.delays == [50, 0, 299]
    assert outcome.missed == 1
    assert outcome.calls == 1 + 1 + 2 + 2 + 2 + 1


def test_the_published_schedules_are_copied_whole() -> None:
    """Polls and horizons as their sources give them."""
    assert (len(PEERS["mollie_magento2_cron"].ages), PEERS["mollie_magento2_cron"].ages[-1]) == (479, 862_200)
    assert PEERS["hyperswitch_psync_default"].ages == [60, 360, 660, 960, 1260, 1560]
    assert PEERS["phonepe_payout_exponential"].ages[-1] == 2_541_960


def test_payments_settle_as_assumed() -> None:
    random = Random(1)  # noqa: S311  a simulation
    settles = sorted(draw(STUCK, random) for _ in range(4_000))

    assert sum(at == inf for at in settles) == pytest.approx(400, rel=0.2)
    assert sum(3 * DAY <= at <= 10 * DAY for at in settles) == pytest.approx(600, rel=0.2)
    assert settles[1_200] == pytest.approx(180, rel=0.2)
