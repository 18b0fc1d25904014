"""Contract of the `Circuits` port, held against the fake and against Powertools' on the table."""

from __future__ import annotations

import datetime as dt
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol
from unittest.mock import patch

import pytest
from aws_lambda_powertools.utilities.circuit_breaker import CircuitBreakerConfig

from payment_refresh.adapters.dynamodb.circuits import CONFIG, ROW, PowertoolsCircuits
from payment_refresh.adapters.thread_pool import ThreadPool
from payment_refresh.domain.vocabulary import Status
from payment_refresh.errors import CircuitOpen, Declined, RateLimited, TimedOut, Unavailable
from payment_refresh.rate_limit.budget import READS, THREADS
from tests.support import samples
from tests.support.circuits import FAILURES, RECOVERY, FakeCircuits
from tests.support.clock import FakeClock
from tests.support.log import FakeLog
from tests.support.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devstack.local_aws import LocalAws
    from payment_refresh.ports import Circuits

QUICK = CircuitBreakerConfig(
    failure_threshold=FAILURES,
    recovery_timeout=CONFIG.recovery_timeout,
    success_threshold=CONFIG.success_threshold,
    handled_exceptions=CONFIG.handled_exceptions,
    local_cache_max_age=0,
)
"""The deployed rules, but for a cache that a test would have to wait for."""


class Bench(Protocol):
    """Circuits to test."""

    circuits: Circuits

    def recover(self) -> None:
        """Let the time pass after which a probe is let through."""
        ...


@dataclass
class FakeBench:
    """The fake."""

    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.circuits: Circuits = FakeCircuits(clock=self.clock)

    def recover(self) -> None:
        self.clock.advance(RECOVERY)


@dataclass
class PowertoolsBench:
    """The real ones; what an environment remembers of them is forgotten before each test."""

    table: str

    def __post_init__(self) -> None:
        self.circuits: Circuits = PowertoolsCircuits(table=self.table, log=FakeLog(), config=QUICK)

    def recover(self) -> None:
        CLOCK.ahead += QUICK.recovery_timeout


@pytest.fixture(params=["fake", "DynamoDB"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "fake":
        yield FakeBench()
        return
    request.getfixturevalue("aws")
    with fresh_environment():
        yield PowertoolsBench(request.getfixturevalue("table_name"))


def fresh_environment() -> _Forgetting:
    """Forget the failures that earlier tests left in this process, as a new environment would."""
    return _Forgetting()


@dataclass
class _Clock:
    """Stands in for the module ``datetime`` in Powertools: the real time, and so many seconds ahead of it."""

    ahead: float = 0.0

    @property
    def datetime(self) -> _Clock:
        return self

    def now(self) -> dt.datetime:
        return dt.datetime.now() + dt.timedelta(seconds=self.ahead)  # noqa: DTZ005  as Powertools asks for it


CLOCK = _Clock()


class _Forgetting:
    _PACKAGE = "aws_lambda_powertools.utilities.circuit_breaker"
    _NAMES = ("_LOCAL_FAILURES", "_LOCAL_SUCCESSES", "_LAST_OBSERVED_STATE")
    _TIMED = ("base", "persistence.base", "persistence.dynamodb")

    def __enter__(self) -> None:
        self._last = ExitStack()
        for name in self._NAMES:
            self._last.enter_context(patch.dict(f"{self._PACKAGE}.base.{name}", clear=True))
        for module in self._TIMED:
            self._last.enter_context(patch(f"{self._PACKAGE}.{module}.dt", CLOCK))

    def __exit__(self, *_: object) -> None:
        self._last.close()


def fails(error: Exception) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


def fail(circuits: Circuits, times: int, name: str = READS) -> None:
    for _ in range(times):
        with pytest.raises(Unavailable):
            circuits.call(name, fails(TimedOut("down")))


def test_a_closed_circuit_lets_work_through(bench: Bench) -> None:
    assert bench.circuits.call(READS, lambda: 7) == 7
    assert not bench.circuits.is_open(READS)


def test_failures_in_a_row_open_it_and_the_work_is_left_out(bench: Bench) -> None:
    fail(bench.circuits, FAILURES)
    done: list[int] = []

    with pytest.raises(CircuitOpen):
        bench.circuits.call(READS, lambda: done.append(1))

    assert bench.circuits.is_open(READS)
    assert not done


def test_a_success_between_failures_keeps_it_closed(bench: Bench) -> None:
    for _ in range(FAILURES):
        fail(bench.circuits, FAILURES - 1)
        bench.circuits.call(READS, lambda: None)

    assert not bench.circuits.is_open(READS)


@pytest.mark.parametrize("error", [Declined("no", status=422), RateLimited("slow down", status=429), ValueError()])
def test_only_what_got_no_answer_counts(bench: Bench, error: Exception) -> None:
    for _ in range(FAILURES + 1):
        with pytest.raises(type(error)):
            bench.circuits.call(READS, fails(error))

    assert not bench.circuits.is_open(READS)


def test_circuits_do_not_know_of_each_other(bench: Bench) -> None:
    fail(bench.circuits, FAILURES)

    assert bench.circuits.call("stripe_payments", lambda: "sent") == "sent"
    assert not bench.circuits.is_open("stripe_payments")


def test_one_probe_that_is_answered_closes_it(bench: Bench) -> None:
    fail(bench.circuits, FAILURES)
    bench.recover()

    assert bench.circuits.is_open(READS)  # until somebody has tried
    assert bench.circuits.call(READS, lambda: "back") == "back"
    assert not bench.circuits.is_open(READS)


def test_a_probe_that_is_not_answered_keeps_it_open(bench: Bench) -> None:
    fail(bench.circuits, FAILURES)
    bench.recover()
    fail(bench.circuits, 1)

    with pytest.raises(CircuitOpen):
        bench.circuits.call(READS, lambda: None)

    bench.recover()
    bench.circuits.call(READS, lambda: None)
    assert not bench.circuits.is_open(READS)


def test_another_environment_sees_it_open(aws: LocalAws, table_name: str) -> None:
    assert aws
    log = FakeLog()
    one, other = (PowertoolsCircuits(table=table_name, log=log, config=QUICK) for _ in range(2))
    with fresh_environment():
        fail(one, FAILURES)

        assert other.is_open(READS)

    assert log.of("circuit_moved") == [{"circuit": READS, "from": "closed", "to": "open"}]


def test_a_table_that_does_not_answer_is_no_outage_of_commerce_layer(aws: LocalAws) -> None:
    assert aws
    with fresh_environment():
        circuits = PowertoolsCircuits(table="no-such-table", log=FakeLog(), config=QUICK)

        assert circuits.call(READS, lambda: 7) == 7
        assert not circuits.is_open(READS)


def test_its_row_is_no_watch(aws: LocalAws, table_name: str) -> None:
    with fresh_environment():
        fail(PowertoolsCircuits(table=table_name, log=FakeLog(), config=QUICK), FAILURES)

    row = aws.clients.dynamodb.get_item(TableName=table_name, Key={"pk": {"S": ROW + READS}})["Item"]
    assert "due_class" not in row
    assert int(row["expires_at"]["N"]) > time.time()


def test_outage_and_recovery_with_the_real_pool(aws: LocalAws, table_name: str) -> None:
    """Probes come from the handler's thread, whatever the pool does: else they would never close it again."""
    assert aws
    world = World(pool=ThreadPool())
    circuits = PowertoolsCircuits(table=table_name, log=world.log, config=QUICK)
    world.circuits = circuits  # type: ignore[assignment]  # the real one in the fake's place
    keys = [samples.key(f"{number}") for number in range(2 * THREADS)]
    for number in range(len(keys)):
        order = samples.order(f"{number}")
        world.commerce_layer.put(order)
        world.table.put(samples.watch(order, world.policy))
    world.commerce_layer.fail("look", "*", TimedOut("GET /api/orders was not answered"))
    with fresh_environment():
        for _ in range(FAILURES):
            check(world)
        assert circuits.is_open(READS)

        CLOCK.ahead += QUICK.recovery_timeout
        world.commerce_layer.forget("look")
        for number, key in enumerate(keys):
            settled = samples.authorized(samples.order(f"{number}"), world.clock.now)
            world.commerce_layer.on_refresh(key, partial(world.commerce_layer.put, settled))
        for _ in ("the probe", "all others"):
            check(world)

        assert not circuits.is_open(READS)
    assert {world.row(key).status for key in keys} == {Status.SETTLED}


def check(world: World) -> None:
    """Check all watches once, an hour later."""
    world.clock.advance(3600)
    world.sweep()
    while world.queue.waiting:
        world.take_batch()
