"""The shared pace over its item, held against the item's fake and against DynamoDB."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from payment_refresh import pace as arithmetic
from payment_refresh.adapters.pace import LONGEST_WAIT, TablePace
from payment_refresh.adapters.pace_item import PACE, DynamoPaceItem, Written
from payment_refresh.errors import RateLimited, StateUnavailable, UnreadableRow
from payment_refresh.pace import Booking, PaceState
from payment_refresh.ports import PaceReading
from tests.fakes.clock import START, FakeClock
from tests.fakes.pace import FakePace, FakePaceItem

if TYPE_CHECKING:
    from cli.local_aws import LocalAws
    from payment_refresh.adapters.pace_item import PaceItem

NOW = START * 1000
STATE = arithmetic.start(NOW)
BOOKING = Booking(slots=3, interval=334, pause=100)
RACERS, EACH = 4, 30


@dataclass(slots=True)
class Recorder:
    """Keeps `PaceItem` over another one; notes which time each write booked.

    Attributes
    ----------
    booked
        Begin and end of what was booked, in milliseconds, write by write.
    tried
        Writes tried.
    """

    item: PaceItem
    booked: list[tuple[int, int]] = field(default_factory=list)
    tried: int = 0

    def read(self) -> PaceState | None:
        return self.item.read()

    def add(self, booking: Booking, *, now: int, epoch: int, latest: int) -> Written:
        self.tried += 1
        written = self.item.add(booking, now=now, epoch=epoch, latest=latest)
        if written.done and written.before is not None:
            self.booked.append((written.before.next_ms, written.before.next_ms + booking.span))
        return written

    def swap(self, old: PaceState | None, new: PaceState) -> Written:
        self.tried += 1
        written = self.item.swap(old, new)
        if written.done:
            self.booked.append((max(old.next_ms if old else 0, new.told_ms), new.next_ms))
        return written


@dataclass(slots=True)
class Environment:
    """A pace with a clock of its own, which sleeping puts forward."""

    item: Recorder
    calls_per_minute: int = 180
    clock: FakeClock = field(default_factory=FakeClock)
    pace: TablePace = field(init=False)

    def __post_init__(self) -> None:
        self.pace = TablePace(
            item=self.item, calls_per_minute=self.calls_per_minute, clock=self.clock, sleep=self.clock.advance
        )

    def call(self) -> float:
        """Take a slot; gives when, in seconds from the start."""
        self.pace.take()
        return round(self.clock.now - START, 3)


@pytest.fixture(params=["fake", "DynamoDB"])
def item(request: pytest.FixtureRequest) -> PaceItem:
    """The fake item, then the real one."""
    if request.param == "fake":
        return FakePaceItem()
    request.getfixturevalue("aws")
    return DynamoPaceItem(table=request.getfixturevalue("table_name"))


@pytest.fixture
def recorder(item: PaceItem) -> Recorder:
    return Recorder(item)


@pytest.fixture
def here(recorder: Recorder) -> Environment:
    """One environment."""
    return Environment(recorder)


@pytest.fixture
def there(recorder: Recorder) -> Environment:
    """Another one with the same pace."""
    return Environment(recorder)


class TestItem:
    """What the pace relies on: conditions that hold, and the item as it stood."""

    def test_at_first_there_is_none(self, item: PaceItem) -> None:
        assert item.read() is None

    def test_it_is_read_as_it_was_written(self, item: PaceItem) -> None:
        state = PaceState(
            next_ms=NOW + 5,
            told_ms=NOW,
            busy_since_ms=NOW - 7,
            epoch=2,
            refusals=3,
            resume_ms=NOW + 9,
            utilisation=0.123456789,
            unsettled_share=0.00005,
        )

        assert item.swap(None, state) == Written(done=True, before=None)

        assert item.read() == state

    def test_only_the_first_may_make_it(self, item: PaceItem) -> None:
        item.swap(None, STATE)

        assert item.swap(None, arithmetic.start(NOW + 1)) == Written(done=False, before=STATE)

        assert item.read() == STATE

    def test_it_is_swapped_for_what_follows_from_it(self, item: PaceItem) -> None:
        item.swap(None, STATE)
        refused = arithmetic.refuse(STATE, NOW, None)

        assert item.swap(STATE, refused) == Written(done=True, before=STATE)

        assert item.read() == refused

    @pytest.mark.parametrize(
        "meanwhile",
        [arithmetic.book(STATE, NOW, BOOKING), arithmetic.refuse(STATE, NOW, None), replace(STATE, epoch=1)],
        ids=["booked", "refused", "refused on a booked pace"],
    )
    def test_what_was_written_meanwhile_is_not_lost(self, item: PaceItem, meanwhile: PaceState) -> None:
        item.swap(None, meanwhile)

        written = item.swap(STATE, arithmetic.book(STATE, NOW, Booking(slots=1, interval=9)))

        assert written == Written(done=False, before=meanwhile)
        assert item.read() == meanwhile

    def test_what_is_gone_is_not_swapped(self, item: PaceItem) -> None:
        assert item.swap(STATE, arithmetic.refuse(STATE, NOW, None)) == Written(done=False, before=None)

        assert item.read() is None

    @pytest.mark.parametrize("latest", [NOW, NOW + 4_000])
    def test_to_add_books_on_whatever_stands_there(self, item: PaceItem, latest: int) -> None:
        item.swap(None, STATE)

        assert item.add(BOOKING, now=NOW, epoch=0, latest=latest) == Written(done=True, before=STATE)

        assert item.read() == arithmetic.book(STATE, NOW, BOOKING)

    @pytest.mark.parametrize(
        ("now", "epoch", "latest"),
        [(NOW + 1, 0, NOW + 4_000), (NOW - 9_000, 0, NOW - 1), (NOW, 1, NOW + 4_000)],
        ids=["idle", "too far ahead", "another epoch"],
    )
    def test_nothing_is_added_where_that_would_be_wrong(
        self, item: PaceItem, now: int, epoch: int, latest: int
    ) -> None:
        item.swap(None, STATE)

        assert item.add(BOOKING, now=now, epoch=epoch, latest=latest) == Written(done=False, before=STATE)

        assert item.read() == STATE

    def test_nothing_is_added_to_what_is_not_there(self, item: PaceItem) -> None:
        assert item.add(BOOKING, now=NOW, epoch=0, latest=NOW) == Written(done=False, before=None)

        assert item.read() is None


class TestSlots:
    """Calls of all environments together keep the setting."""

    def test_the_first_call_waits_for_nothing(self, here: Environment) -> None:
        assert here.call() == 0

    def test_calls_are_spaced(self, here: Environment) -> None:
        assert [here.call() for _ in range(5)] == [0, 0.334, 0.668, 1.002, 1.336]

    def test_one_write_books_several_slots(self, here: Environment, recorder: Recorder) -> None:
        for _ in range(1 + 3 * 4):
            here.call()

        assert recorder.tried == 1 + 4

    def test_idle_time_is_not_saved_for_a_burst(self, here: Environment) -> None:
        here.call()
        here.clock.advance(3600)

        assert [here.call() for _ in range(3)] == [3600, 3600.334, 3600.668]

    def test_a_call_now_and_then_books_no_more_than_it_uses(self, here: Environment, recorder: Recorder) -> None:
        for _ in range(5):
            here.call()
            here.clock.advance(10)

        assert [end - begin for begin, end in recorder.booked] == [334] * 5

    def test_two_environments_do_not_share_a_slot(self, here: Environment, there: Environment) -> None:
        calls = []
        for _ in range(20):
            calls += [here.call(), there.call()]

        assert all(later - earlier >= 0.3339 for earlier, later in pairwise(sorted(calls)))

    def test_slots_that_were_slept_through_are_not_made_up_for(self, here: Environment) -> None:
        here.call()
        here.call()  # its booking held two more slots
        here.clock.advance(30)

        assert [here.call() for _ in range(3)] == [30.334, 30.668, 31.002]

    def test_a_slot_may_be_a_little_late(self, here: Environment) -> None:
        here.call()
        here.call()
        here.clock.advance(0.7)

        assert [here.call() for _ in range(2)] == [1.034, 1.034]

    def test_who_woke_too_late_takes_another(self, here: Environment) -> None:
        here.pace.sleep = lambda seconds: here.clock.advance(seconds + 2)
        here.call()

        here.pace.take()

        begin = here.item.booked[-1][0] / 1000
        assert begin <= here.clock.now <= begin + 0.5

    def test_none_is_booked_more_than_5_s_ahead(self, here: Environment, recorder: Recorder) -> None:
        recorder.swap(None, arithmetic.book(STATE, NOW, Booking(slots=1, interval=7_000)))

        assert here.call() == 7
        assert recorder.tried == 2

    def test_nor_by_who_does_not_know_what_others_booked(self, here: Environment, recorder: Recorder) -> None:
        here.call()
        recorder.item.add(Booking(slots=1, interval=8_000), now=NOW, epoch=0, latest=NOW + 9_000)

        assert here.call() == 8.334
        state = recorder.read()
        assert state is not None
        assert recorder.booked[-1][0] - state.told_ms <= arithmetic.AHEAD

    def test_a_clock_that_is_behind_is_put_forward(self, here: Environment, there: Environment) -> None:
        there.clock.now -= 4
        here.call()

        assert [there.call() + 4 for _ in range(3)] == pytest.approx([0.334, 0.668, 1.002])
        assert here.call() == 1.336

    def test_threads_share_an_environments_slots(self, here: Environment, recorder: Recorder) -> None:
        together(RACERS * EACH, here.pace.take)

        assert recorder.booked[-1][0] >= NOW + (RACERS * EACH - 3) * 334
        assert_apart(recorder)

    def test_one_thread_at_a_time_waits_for_a_slot(self, here: Environment) -> None:
        """Else an environment's share of the pace would grow with its threads."""
        waiting: list[float] = []
        at_once: list[int] = []

        def sleep(seconds: float) -> None:
            waiting.append(seconds)
            time.sleep(0.001)  # others would come here meanwhile
            at_once.append(len(waiting))
            waiting.pop()
            here.clock.advance(seconds)

        here.pace.sleep = sleep
        together(8, here.pace.take)

        assert at_once == [1] * 7

    def test_environments_that_book_at_once_get_slots_of_their_own(self, recorder: Recorder) -> None:
        environments = [Environment(recorder) for _ in range(RACERS)]

        def act(environment: Environment) -> None:
            for _ in range(EACH):
                environment.pace.take()

        together(RACERS, *(partial(act, environment) for environment in environments))

        assert sum(end - begin for begin, end in recorder.booked) >= RACERS * EACH * 334
        assert_apart(recorder)


class TestRefused:
    """A 429 is everybody's."""

    def test_it_voids_what_is_held(self, here: Environment) -> None:
        here.call()
        here.call()
        here.pace.refused(None)

        assert here.call() == 5.334

    def test_it_voids_what_another_environment_holds_once_that_knows(
        self, here: Environment, there: Environment
    ) -> None:
        here.call()
        here.call()  # its booking held two more slots
        there.clock.advance(0.334)
        there.pace.refused(None)

        assert here.call() == 0.668
        here.pace.snapshot()
        assert here.call() == 5.334

    def test_it_voids_the_slot_that_is_being_waited_for(self, here: Environment) -> None:
        def sleep(seconds: float) -> None:
            here.pace.sleep = here.clock.advance
            here.pace.refused(None)
            here.clock.advance(seconds)

        here.call()
        here.pace.sleep = sleep

        assert here.call() == 5

    def test_one_that_comes_before_the_first_call_pauses_too(self, here: Environment) -> None:
        here.pace.refused(3.0)

        assert here.call() == 3

    def test_answers_to_calls_from_before_it_cost_no_write(self, here: Environment, recorder: Recorder) -> None:
        here.call()
        here.pace.refused(None)
        tried = recorder.tried
        here.pace.refused(None)

        assert recorder.tried == tried

    def test_two_environments_that_hear_it_at_once_pause_once(
        self, here: Environment, there: Environment, item: PaceItem
    ) -> None:
        here.call()
        there.call()
        here.pace.refused(None)
        there.pace.refused(None)

        state = item.read()
        assert state is not None
        assert (state.epoch, state.refusals) == (1, 1)

    def test_a_long_pause_gives_the_work_back_at_once(self, here: Environment, recorder: Recorder) -> None:
        here.call()
        here.pace.refused(30.0)
        tried = recorder.tried

        with pytest.raises(RateLimited) as limited:
            here.pace.take()

        assert limited.value.retry_after == pytest.approx(30 - arithmetic.AHEAD / 1000, abs=1.1)
        assert here.clock.now == START
        assert recorder.tried == tried

    def test_once_it_is_nearly_over_it_is_waited_for(self, here: Environment) -> None:
        here.call()
        here.pace.refused(30.0)
        here.clock.advance(30 - LONGEST_WAIT)

        assert here.call() == 30


class TestAverages:
    """What answers and looks tell goes with the next booking, at no cost."""

    def test_little_remaining_slows_everybody_down(self, here: Environment, there: Environment) -> None:
        here.call()
        here.call()
        here.pace.heard(0, 200)
        assert [here.call() for _ in range(3)] == [0.668, 1.002, 1.336]  # the last one's booking told of it

        there.clock.advance(2)
        assert there.call() == pytest.approx(1.336 + (3 + 3) * 0.334)

    def test_enough_remaining_does_not(self, here: Environment) -> None:
        here.call()
        here.pace.heard(150, 200)

        assert here.call() == 0.334
        assert here.call() == 0.668

    def test_looks_are_noted_with_the_next_booking(self, here: Environment, recorder: Recorder) -> None:
        here.call()
        here.pace.looked(150, 30)
        here.pace.looked(50, 10)
        assert recorder.tried == 1
        here.call()

        assert recorder.tried == 2
        assert here.pace.unsettled_share() == pytest.approx(0.2 + 0.8 / 2.71828, abs=1e-4)
        for _ in range(9):
            here.call()
        assert here.pace.unsettled_share() == pytest.approx(0.2 + 0.8 / 2.71828, abs=1e-4)

    def test_looks_are_noted_though_another_environment_wrote(self, here: Environment, there: Environment) -> None:
        here.call()
        here.pace.looked(200, 0)
        for _ in range(5):
            there.call()
        here.call()

        assert there.pace.snapshot().unsettled_share == pytest.approx(1 / 2.71828, abs=1e-4)

    def test_before_anything_was_written_nothing_is_used_and_all_unsettled(self, here: Environment) -> None:
        assert (here.pace.utilisation(), here.pace.unsettled_share()) == (0, 1)
        assert here.pace.snapshot() == PaceReading(utilisation=0, unsettled_share=1, free_in=0)

    def test_one_read_tells_what_others_wrote(self, here: Environment, there: Environment) -> None:
        for _ in range(180):
            here.call()
        there.clock.advance(60)

        assert there.pace.utilisation() == pytest.approx(0.095, abs=0.002)

    def test_a_snapshot_is_read_each_time(self, here: Environment, there: Environment) -> None:
        there.pace.snapshot()
        here.call()
        there.clock.advance(0.3)

        assert there.pace.snapshot().free_in == pytest.approx(0.034)

    def test_utilisation_falls_while_idle(self, here: Environment) -> None:
        for _ in range(180):
            here.call()
        busy = here.pace.utilisation()
        here.clock.advance(601)

        assert here.pace.utilisation() == pytest.approx(busy / 2.71828, abs=1e-3)


class TestTrouble:
    """No call is made outside the pace."""

    def test_without_the_table_there_is_no_slot(self, aws: LocalAws) -> None:
        environment = Environment(Recorder(DynamoPaceItem(table="no-such-table")))
        assert aws
        with pytest.raises(StateUnavailable, match="GetItem on 'mark#pace' failed: ResourceNotFoundException"):
            environment.pace.take()
        with pytest.raises(StateUnavailable, match="UpdateItem on 'mark#pace' failed: ResourceNotFoundException"):
            environment.pace.refused(None)

    def test_after_trouble_it_goes_on(self) -> None:
        fake = FakePaceItem()
        environment = Environment(Recorder(fake))
        environment.call()
        fake.faults.add("add", StateUnavailable("gone"))

        with pytest.raises(StateUnavailable):
            environment.pace.take()

        assert environment.call() == 0.334

    def test_a_row_of_another_form_is_told_of(self, aws: LocalAws, table_name: str) -> None:
        aws.clients.dynamodb.put_item(TableName=table_name, Item={"pk": {"S": PACE}, "next_ms": {"S": "soon"}})

        with pytest.raises(UnreadableRow, match="mark#pace"):
            DynamoPaceItem(table=table_name).read()

    def test_a_row_that_was_removed_is_made_anew(self, aws: LocalAws, table_name: str) -> None:
        environment = Environment(Recorder(DynamoPaceItem(table=table_name)))
        for _ in range(4):
            environment.call()
        aws.clients.dynamodb.delete_item(TableName=table_name, Key={"pk": {"S": PACE}})

        assert environment.call() == 1.002


@pytest.mark.parametrize("kind", ["fake", "table"])
def test_what_holds_for_every_pace(kind: str) -> None:
    pace = FakePace() if kind == "fake" else Environment(Recorder(FakePaceItem())).pace
    for _ in range(100):
        pace.take()
    pace.heard(0, 200)
    pace.looked(25, 5)
    pace.refused(1.0)
    pace.take()

    assert 0 <= pace.utilisation() <= 1
    assert 0 <= pace.unsettled_share() <= 1
    assert pace.snapshot().free_in >= 0


def together(threads: int, *actions: object) -> None:
    """Do actions in so many threads that start at once."""
    start = Barrier(threads)

    def run(number: int) -> None:
        start.wait()
        action = actions[number % len(actions)]
        assert callable(action)
        action()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, range(threads)))


def assert_apart(recorder: Recorder) -> None:
    """No time was booked twice."""
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(sorted(recorder.booked)))
