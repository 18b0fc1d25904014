"""All use cases as they are, over fakes, in virtual time: order events, sweep, refresh and discover.

One environment of each; calls take no time but for their slots. It costs some ten times what `Fleet` does.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from typing import TYPE_CHECKING

from payment_refresh.adapters.rate_limiter import SharedRateLimiter
from payment_refresh.domain.policy import Policy
from payment_refresh.rate_limit.budget import capacity, share
from payment_refresh.use_cases.apply_order import apply_order
from payment_refresh.use_cases.check_payments.admission import Admission
from payment_refresh.use_cases.check_payments.batch import CheckPayments
from payment_refresh.use_cases.check_payments.checker import Scope
from payment_refresh.use_cases.discover_orders.run import DiscoverOrders
from payment_refresh.use_cases.discover_orders.webhook_health import WebhookHealth
from payment_refresh.use_cases.dispatch_due import DispatchDue
from payment_refresh.use_cases.outbox import Outbox
from tests.benchmarks.fleet import BATCH, LEASE, TICK
from tests.benchmarks.shop import Client, Shop
from tests.support import samples
from tests.support.circuits import FakeCircuits
from tests.support.clock import START
from tests.support.cursor import FakeCursorTable
from tests.support.deployment import deployment
from tests.support.digest import FakeTally
from tests.support.event_bus import FakeEventBus
from tests.support.indexed_table import IndexedStateTable
from tests.support.queues import FakeDeadLetterQueue, FakePendingQueue
from tests.support.rate_limiter import FakeRateItem
from tests.support.task_pool import OneByOne
from tests.support.tokens import FakeTokens
from tests.support.world import WINDOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from payment_refresh.domain.order import Order
    from tests.benchmarks.population import Payment

DISCOVER_EVERY = 900


class Events(Enum):
    """Order events that arrive."""

    BOTH_ENDS = "both ends"
    PLACEMENT = "placement only"
    NOTHING = "none"


class Quiet:
    """Implements the `Log` port, and keeps nothing of what is logged."""

    def info(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Forget it."""

    def warning(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Forget it."""

    def error(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Stop: nothing goes wrong here."""
        raise AssertionError(f"{msg}: {extra}")


@dataclass(slots=True, kw_only=True)
class Whole:
    """A deployment, and the payments that come to it.

    Attributes
    ----------
    events
        Which order events arrive; without any, discover runs.
    """

    arrivals: Iterator[Payment]
    calls_per_minute: int
    events: Events
    policy: Policy = field(default_factory=Policy)
    jitter: Callable[[], float] = lambda: 0.0
    now: float = START
    begun: int = 0
    shop: Shop = field(init=False)
    table: IndexedStateTable = field(default_factory=lambda: IndexedStateTable(log=Quiet()))
    queue: FakePendingQueue = field(default_factory=FakePendingQueue)
    item: FakeRateItem = field(default_factory=FakeRateItem)
    _refresh: CheckPayments = field(init=False)
    _sweep: DispatchDue = field(init=False)
    _discover: DiscoverOrders = field(init=False)
    _plan: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _serial: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        """Put the parts together as the composition roots do."""
        self.shop = Shop(clock=self._clock)
        self._refresh, self._sweep, self._discover = self._refresher(), self._sweeper(), self._discoverer()
        self._at(START, self._next_arrival)
        self._at(START, self._tick)
        if self.events is Events.NOTHING:
            self._at(START + 30, self._discover_now)

    def run(self, until: float) -> None:
        """Let time pass."""
        while self.now < until:
            if self.queue.waiting:
                batch = self.queue.receive(BATCH)
                report = self._refresh.handle(batch, lambda: True)
                self.queue.settle(batch, report.failed)
            else:
                self._pass_to(min(until, self._plan[0][0]))

    def _clock(self) -> float:
        return self.now

    def _at(self, when: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._plan, (when, next(self._serial), action))

    def _pass_to(self, when: float) -> None:
        """Let what was planned until then happen."""
        while self._plan[0][0] <= when:
            at, _, action = heapq.heappop(self._plan)
            self.now = max(self.now, at)
            action()
        self.now = max(self.now, when)

    def _next_arrival(self) -> None:
        payment = next(self.arrivals, None)
        if payment is not None:
            self._at(payment.placed_at, lambda: self._arrive(payment))

    def _arrive(self, payment: Payment) -> None:
        self.begun += 1
        placed = self.shop.add(payment)
        if self.events is not Events.NOTHING:
            self._announce(placed)
        if self.events is Events.BOTH_ENDS and payment.moves_at < payment.placed_at + self.policy.give_up:
            self._at(payment.moves_at, lambda: self._announce(self.shop.order(payment)))
        self._next_arrival()

    def _announce(self, order: Order) -> None:
        apply_order(order, table=self.table, at=samples.moment(int(self.now), self.policy))

    def _tick(self) -> None:
        self._at(self.now + TICK, self._tick)
        self._sweep.run()

    def _discover_now(self) -> None:
        self._at(self.now + DISCOVER_EVERY, self._discover_now)
        self._discover.run(lambda: True)

    def _rate_limiter(self) -> SharedRateLimiter:
        return SharedRateLimiter(
            item=self.item,
            calls_per_minute=self.calls_per_minute,
            clock=self._clock,
            sleep=lambda seconds: self._pass_to(self.now + seconds),
        )

    def _refresher(self) -> CheckPayments:
        rate_limiter, tokens, log = self._rate_limiter(), FakeTokens(), Quiet()
        return CheckPayments(
            table=self.table,
            admission=Admission(
                table=self.table,
                policy=self.policy,
                clock=self._clock,
                new_token=tokens,
                lease=LEASE,
                log=log,
            ),
            outbox=Outbox(
                table=self.table,
                letters=FakeDeadLetterQueue(),
                events=FakeEventBus(),
                deployment=deployment(),
                tally=FakeTally(),
                log=log,
            ),
            commerce_layer=Client(shop=self.shop, rate_limiter=rate_limiter),
            rate_limiter=rate_limiter,
            circuits=FakeCircuits(clock=self._clock),
            pool=OneByOne(),
            scope=Scope(observe=False, act_after=0.0),
            policy=self.policy,
            clock=self._clock,
            jitter=self.jitter,
            log=log,
        )

    def _sweeper(self) -> DispatchDue:
        gauge = self._rate_limiter()
        return DispatchDue(
            table=self.table,
            queue=self.queue,
            clock=self._clock,
            new_token=FakeTokens(),
            capacity=lambda: capacity(self.calls_per_minute, gauge.snapshot(), circuit_open=False),
            pool=OneByOne(),
            lease=LEASE,
            log=Quiet(),
        )

    def _discoverer(self) -> DiscoverOrders:
        lists = Client(shop=self.shop, rate_limiter=self._rate_limiter())
        return DiscoverOrders(
            orders=lists,
            table=self.table,
            cursors=FakeCursorTable(),
            health=WebhookHealth(api=lists, url_id="none", has_bus=True, log=Quiet()),
            circuits=FakeCircuits(clock=self._clock),
            policy=self.policy,
            window=WINDOW,
            calls=share(self.calls_per_minute),
            clock=self._clock,
            log=Quiet(),
        )
