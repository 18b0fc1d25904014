"""A deployment with its refresh environments in virtual time, and naive loops, before the same limited API."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import httpx

from payment_refresh.adapters.commerce_layer.http import TokenEndpoint, Transport
from payment_refresh.adapters.commerce_layer.payments import CommerceLayerApi
from payment_refresh.adapters.commerce_layer.token import TokenSource
from payment_refresh.adapters.rate_limiter import SharedRateLimiter
from payment_refresh.domain.deployment import ApiMode
from payment_refresh.domain.policy import HOUR, Policy
from payment_refresh.rate_limit.budget import READS, RESERVE_MS, capacity, confirms
from payment_refresh.times import to_epoch
from payment_refresh.use_cases.check_payments.admission import Admission
from payment_refresh.use_cases.check_payments.batch import CheckPayments
from payment_refresh.use_cases.check_payments.checker import Scope
from payment_refresh.use_cases.dispatch_due import DispatchDue
from payment_refresh.use_cases.outbox import Outbox
from tests.benchmarks.fleet import BATCH, LEASE, TICK
from tests.benchmarks.limited import LimitedApi
from tests.benchmarks.slow import RecordedQueue, SlowItem, SlowTable
from tests.benchmarks.threads import Pool, Time, Turn
from tests.benchmarks.whole import Quiet
from tests.support.circuits import FakeCircuits
from tests.support.clock import START
from tests.support.deployment import deployment
from tests.support.digest import FakeTally
from tests.support.event_bus import FakeEventBus
from tests.support.queues import FakeDeadLetterQueue
from tests.support.rate_limiter import FakeRateItem
from tests.support.samples import authorized, order, watch
from tests.support.tokens import FakeTokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from payment_refresh.domain.order import Order
    from payment_refresh.ports import Log, RateLimiter
    from sandbox.config import Switches
    from tests.benchmarks.limited import Latency

TIMEOUT = 120.0
"""Seconds of the refresh function, as in the template."""

STARTS, POLLS = 0.03, 0.5
"""Seconds until an invocation runs, and between two looks into an empty queue."""

TABLE = 0.01
"""The longest way to the table and back."""


def orders(count: int, settled: float, random: Random) -> dict[str, Order]:
    """Make unpaid orders of the last hours, of which the webhook moved a share."""
    made = [order(f"{number:05}", at=START - random.uniform(0.2, 2) * HOUR) for number in range(count)]
    return {each.id: authorized(each, START - 1) if random.random() < settled else each for each in made}


@dataclass(slots=True, kw_only=True)
class Backlog:
    """A deployment, and payments that it watches.

    Attributes
    ----------
    orders
        By id. Those whose first check was due before the start are due then, all at once; the others, when it is.
    environments
        Of the refresh.
    skew
        By how many seconds clocks may be wrong, either way.
    awaited
        How many payments are to be settled before it ends; all, where nothing is said.
    """

    orders: dict[str, Order]
    calls_per_minute: int
    switches: Switches
    latency: Latency
    random: Random
    environments: int
    skew: float = 0.0
    awaited: int = 0
    log: Log = field(default_factory=Quiet)
    policy: Policy = field(default_factory=Policy)
    time: Time = field(default_factory=lambda: Time(now=START, until=START + 86_400))
    item: FakeRateItem = field(default_factory=FakeRateItem)
    queue: RecordedQueue = field(init=False)
    table: SlowTable = field(init=False)
    api: LimitedApi = field(init=False)
    circuits: FakeCircuits = field(init=False)

    def __post_init__(self) -> None:
        """Let every order's payment be watched."""
        self.queue, self.api = RecordedQueue(time=self.time), api_of(self)
        self.table = SlowTable(travel=self._travel, log=self.log, clock=lambda: self.time.now)
        self.circuits = FakeCircuits(clock=lambda: self.time.now)
        self.awaited = self.awaited or len(self.orders)
        for each in self.orders.values():
            unpaid = replace(each, payment_status="unpaid", payment_updated_at=None, updated_at=each.placed_at)
            begun = to_epoch(each.placed_at or each.created_at or "")
            is_due = begun + self.policy.first < START
            made = watch(unpaid, self.policy, now=START if is_due else begun)
            self.table.put(replace(made, due_at=START - 1) if is_due else made)

    def run(self) -> None:
        """Let time pass until those that are awaited were settled."""
        last = self.environments - 1
        skews = [self.skew * (2 * number / last - 1) for number in range(self.environments)]
        self.time.run(self._sweeps, *(partial(self._batches, skew) for skew in skews))

    @property
    def ended(self) -> list[float]:
        """When each watch was settled."""
        return [*self.table.settled.values()]

    @property
    def _goes_on(self) -> bool:
        return len(self.table.settled) < self.awaited and not self.time.has_failed

    def _travel(self) -> None:
        self.time.sleep(self.random.uniform(0, TABLE))

    def _sweeps(self) -> None:
        sweep = self._sweep(-self.skew / 2)
        while self._goes_on:
            begun = self.time.now
            sweep.run(stays=True)
            self.time.sleep(begun + TICK - self.time.now)

    def _batches(self, skew: float) -> None:
        refresh = self._refresh(skew)
        while self._goes_on:
            batch = self.queue.receive(BATCH)
            if not batch:
                self.time.sleep(POLLS)
                continue
            self.time.sleep(STARTS)
            until = self.time.now + TIMEOUT - RESERVE_MS / 1000
            report = refresh.handle(batch, lambda until=until: self.time.now < until)  # type: ignore[misc]  # mypy infers no default
            self.queue.settle(batch, report.failed)

    def _refresh(self, skew: float) -> CheckPayments:
        clock, log, tokens = (lambda: self.time.now + skew), self.log, FakeTokens()
        rate_limiter = self._rate_limiter(skew)
        return CheckPayments(
            table=self.table,
            admission=Admission(
                table=self.table, policy=self.policy, clock=clock, new_token=tokens, lease=LEASE, log=log
            ),
            outbox=Outbox(
                table=self.table,
                letters=FakeDeadLetterQueue(),
                events=FakeEventBus(),
                deployment=deployment(),
                tally=FakeTally(),
                log=log,
            ),
            commerce_layer=CommerceLayerApi(transport=self._transport(rate_limiter, clock), log=log),
            rate_limiter=rate_limiter,
            circuits=self.circuits,
            pool=Pool(self.time),
            scope=Scope(observe=False, act_after=0.0),
            policy=self.policy,
            clock=clock,
            jitter=lambda: self.random.uniform(-1, 1),
            log=log,
        )

    def _transport(self, rate_limiter: RateLimiter, clock: Callable[[], float]) -> Transport:
        http = httpx.Client(transport=httpx.MockTransport(self.api.respond))
        url = "https://shop.example"
        tokens = TokenSource(
            post=TokenEndpoint(http, f"{url}/oauth/token").post,
            read_secret=lambda: {"client_id": "made-up", "client_secret": "made-up"},
            clock=clock,
            organization="shop",
            mode=ApiMode.LIVE,
        )
        return Transport(base_url=url, http=http, tokens=tokens, rate_limiter=rate_limiter, log=self.log)

    def _sweep(self, skew: float) -> DispatchDue:
        gauge = self._rate_limiter(skew)
        return DispatchDue(
            table=self.table,
            queue=self.queue,
            clock=lambda: self.time.now + skew,
            new_token=FakeTokens(),
            capacity=lambda: capacity(
                self.calls_per_minute, gauge.snapshot(), circuit_open=self.circuits.is_open(READS)
            ),
            pool=Pool(self.time),
            lease=LEASE,
            log=self.log,
            confirms=confirms(self.calls_per_minute),
            sleep=self.time.sleep,
        )

    def _rate_limiter(self, skew: float) -> SharedRateLimiter:
        rate_limiter = SharedRateLimiter(
            item=SlowItem(item=self.item, travel=self._travel),
            calls_per_minute=self.calls_per_minute,
            clock=lambda: self.time.now + skew,
            sleep=self.time.sleep,
        )
        for lock in ("_turn", "_lock"):
            setattr(rate_limiter, lock, Turn(self.time))  # its threads wait for each other in virtual time, too
        return rate_limiter


@dataclass(slots=True, kw_only=True)
class Naive:
    """Loops that refresh every pending payment without a look; who is refused waits, longer each time."""

    orders: dict[str, Order]
    switches: Switches
    latency: Latency
    time: Time = field(default_factory=lambda: Time(now=START, until=START + 86_400))
    api: LimitedApi = field(init=False)
    ended: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Set the API up."""
        self.api = api_of(self)

    def run(self, loops: int) -> None:
        """Refresh all payments in so many loops at once."""
        left = deque(self.orders)

        def loop() -> None:
            while left:
                payment, wait = left.popleft().replace("order-", "pay-"), 1.0
                while not self.api.admit("PATCH", f"/api/stripe_payments/{payment}")[0]:
                    self.time.sleep(wait)
                    wait = min(16.0, 2 * wait)
                self.api.refresh(payment)
                self.ended.append(self.time.now)

        self.time.run(*[loop] * loops)


def api_of(run: Backlog | Naive) -> LimitedApi:
    """Put an API before a run's orders."""
    return LimitedApi(
        time=run.time,
        switches=run.switches,
        latency=run.latency,
        orders=run.orders,
        settle=lambda each: authorized(each, run.time.now) if each.payment_status == "unpaid" else each,
    )
