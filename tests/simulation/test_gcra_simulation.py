"""Several environments share one rate limiter in virtual time, with wrong clocks, a slow table and freezes."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payment_refresh.adapters.rate_limiter import SharedRateLimiter
from payment_refresh.errors import NoBudget
from payment_refresh.rate_limit.gcra import CHUNK
from tests.support.clock import START
from tests.support.rate_limiter import FakeRateItem
from tests.support.virtual_time import VirtualTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from payment_refresh.adapters.dynamodb.rate_item import Recorded
    from payment_refresh.rate_limit.gcra import Booking, RateState

LIMITS = {180: {60: 200, 10: 50}, 90: {60: 100, 10: 25}}
"""By setting, the highest that is allowed: calls that Commerce Layer lets through in so many seconds."""

SKEWS = st.lists(st.floats(-2, 2) | st.sampled_from((-2.0, 2.0)), min_size=1, max_size=4)
SEEDS = st.integers(0, 2**32)


@dataclass(frozen=True, slots=True)
class Weather:
    """Disturbances of an environment, in seconds and probabilities.

    Attributes
    ----------
    table
        The longest way to the table, and back.
    api
        The longest way from a slot to the API.
    freeze
        The longest freeze.
    freezes, refusals, rests
        Chances: of a freeze at every wait, of a 429 at every call, of some rest after it.
    """

    table: float = 0.1
    api: float = 0.05
    freeze: float = 0.0
    freezes: float = 0.0
    refusals: float = 0.0
    rests: float = 0.0


FAIR = Weather()
FOUL = Weather(table=0.6, api=1.0, freeze=5.0, freezes=0.05, refusals=0.002, rests=0.01)
WINDY = Weather(table=0.2, api=1.0)


@dataclass(slots=True, kw_only=True)
class FarItem:
    """Implements `RateItem`; each call takes its time on the way there and back."""

    near: FakeRateItem
    travel: Callable[[], None]

    def read(self) -> RateState | None:
        self.travel()
        state = self.near.read()
        self.travel()
        return state

    def add(self, booking: Booking, *, now: int, epoch: int, latest: int) -> Recorded:
        return self._there_and_back(partial(self.near.add, booking, now=now, epoch=epoch, latest=latest))

    def swap(self, old: RateState | None, new: RateState) -> Recorded:
        return self._there_and_back(partial(self.near.swap, old, new))

    def _there_and_back(self, write: Callable[[], Recorded]) -> Recorded:
        self.travel()
        written = write()
        self.travel()
        return written


@dataclass(slots=True, kw_only=True)
class Simulation:
    """Environments, each with its clock; records who called when.

    Attributes
    ----------
    calls
        When each call came to the API, and whose it was.
    refused
        When each environment had reported a 429.
    """

    calls_per_minute: int
    random: Random
    weather: Weather = FAIR
    time: VirtualTime = field(default_factory=lambda: VirtualTime(now=START, until=START + 200))
    item: FakeRateItem = field(default_factory=FakeRateItem)
    calls: list[tuple[float, int]] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def run(self, skews: list[float]) -> None:
        self.time.run(*(partial(self._act, number, skew) for number, skew in enumerate(skews)))

    def counts(self) -> Counter[int]:
        return Counter(number for _, number in self.calls)

    def most_within(self, seconds: float) -> int:
        times = sorted(at for at, _ in self.calls)
        return max((index - bisect_left(times, at - seconds) + 1 for index, at in enumerate(times)), default=0)

    def _act(self, number: int, skew: float) -> None:
        weather = self.weather
        rate_limiter = SharedRateLimiter(
            item=FarItem(near=self.item, travel=lambda: self._pass(weather.table)),
            calls_per_minute=self.calls_per_minute,
            clock=lambda: self.time.now + skew,
            sleep=self._sleep,
        )
        for _ in self._until_the_end():
            try:
                rate_limiter.take()
            except NoBudget:
                self._pass(10)
                continue
            self.calls.append((self.time.now + self.random.uniform(0, weather.api), number))
            if self._happens(weather.refusals):
                rate_limiter.record_429(self.random.choice((None, 5.0)))
                self.refused.append(self.time.now)
            if self._happens(weather.rests):
                self._pass(20)

    def _until_the_end(self) -> Iterator[None]:
        while True:  # virtual time ends it
            yield

    def _happens(self, chance: float) -> bool:
        return self.random.random() < chance

    def _pass(self, longest: float) -> None:
        self.time.sleep(self.random.uniform(0, longest))

    def _sleep(self, seconds: float) -> None:
        frozen = self.random.uniform(0, self.weather.freeze) if self._happens(self.weather.freezes) else 0
        self.time.sleep(seconds + frozen)


def simulate(calls_per_minute: int, seed: int, skews: list[float], weather: Weather) -> Simulation:
    simulation = Simulation(calls_per_minute=calls_per_minute, random=Random(seed), weather=weather)  # noqa: S311  a simulation
    simulation.run(skews)
    return simulation


@pytest.mark.parametrize("calls_per_minute", LIMITS)
@pytest.mark.parametrize("weather", [FAIR, WINDY, FOUL], ids=["fair", "windy", "foul"])
@settings(max_examples=15)
@given(seed=SEEDS, skews=SKEWS)
def test_the_api_limits_are_never_exceeded(
    calls_per_minute: int, weather: Weather, seed: int, skews: list[float]
) -> None:
    """All calls share one counter: reads, writes, and those that were refused."""
    simulation = simulate(calls_per_minute, seed, skews, weather)

    for seconds, limit in LIMITS[calls_per_minute].items():
        assert simulation.most_within(seconds) <= limit


@pytest.mark.parametrize("calls_per_minute", [180, 90, 50])
@settings(max_examples=15)
@given(seed=SEEDS, skews=SKEWS)
def test_while_there_is_work_the_budget_is_used(calls_per_minute: int, seed: int, skews: list[float]) -> None:
    simulation = simulate(calls_per_minute, seed, skews, FAIR)

    assert len(simulation.calls) >= 0.95 * calls_per_minute * 200 / 60


@pytest.mark.parametrize("calls_per_minute", [180, 90, 50, 25])
@settings(max_examples=15)
@given(seed=SEEDS, skews=SKEWS)
def test_nobody_starves(calls_per_minute: int, seed: int, skews: list[float]) -> None:
    simulation = simulate(calls_per_minute, seed, skews, FAIR)

    counts = simulation.counts()
    fair_share = len(simulation.calls) / len(skews)
    assert min(counts[number] for number in range(len(skews))) >= 0.6 * fair_share


@settings(max_examples=15)
@given(seed=SEEDS, skews=SKEWS)
def test_after_a_429_only_what_others_held_is_still_sent(seed: int, skews: list[float]) -> None:
    simulation = simulate(180, seed, skews, Weather(api=0.0, refusals=0.01))

    for at in simulation.refused:
        late = [number for called, number in simulation.calls if at < called < at + 3]
        assert len(late) <= CHUNK * (len(skews) - 1)
