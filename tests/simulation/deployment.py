"""The functions as they are deployed: composed for each execution environment, and started by what starts them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payment_refresh.adapters.rate_limiter import SharedRateLimiter
from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.intake import key_of
from payment_refresh.domain.messages import read_message
from payment_refresh.errors import UnreadableMessage
from payment_refresh.rate_limit.budget import READS, capacity, confirms, share
from payment_refresh.use_cases.apply_order import apply_order
from payment_refresh.use_cases.check_payments.admission import Admission
from payment_refresh.use_cases.check_payments.batch import CheckPayments
from payment_refresh.use_cases.check_payments.checker import Scope
from payment_refresh.use_cases.discover_orders.run import DiscoverOrders
from payment_refresh.use_cases.discover_orders.webhook_health import WebhookHealth
from payment_refresh.use_cases.dispatch_due import DispatchDue
from payment_refresh.use_cases.outbox import Outbox
from tests.golden.ports import RecordedApi, RecordedBus, RecordedLetters, RecordedQueue, RecordedTable
from tests.simulation.api import Api
from tests.simulation.environment import Environment, EnvironmentLog
from tests.simulation.ports import AnyOrder, Bus, CursorItems, Letters, Queue, RateItem, Table
from tests.support import samples
from tests.support.deployment import deployment
from tests.support.digest import FakeTally
from tests.support.faults import Crash

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from random import Random

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.window import Window
    from payment_refresh.ports import DeadLetterQueue, EventBus, PendingQueue, StateTable
    from payment_refresh.use_cases.apply_order import Applied
    from tests.golden.tape import Tape
    from tests.simulation.kernel import Kernel
    from tests.simulation.mailbox import Mailbox
    from tests.simulation.rules import Rules
    from tests.simulation.shop import Shop
    from tests.simulation.trace import Trace
    from tests.simulation.weather import Weather
    from tests.support.circuits import FakeCircuits
    from tests.support.cursor import FakeCursorTable
    from tests.support.event_bus import FakeEventBus
    from tests.support.indexed_table import IndexedStateTable
    from tests.support.listing import FakeOrderListing
    from tests.support.rate_limiter import FakeRateItem
    from tests.support.tokens import FakeTokens

TIMEOUTS = {"order_events": 10, "discover": 300, "sweep": 60, "refresh": 90}
"""Seconds after which each function is killed, as in the template."""

LEASE = 600
MOST_SKEW = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Settings that the merchant chose.

    Attributes
    ----------
    at_a_time
        Slots of the rate limiter that discover books at a time.
    calls_per_minute
        The budget.
    """

    policy: Policy
    window: Window
    run_mode: RunMode = RunMode.REFRESH
    act_after: float = 0.0
    at_a_time: int = 1
    calls_per_minute: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The ports of one environment, and its use cases, which go on from one invocation to the next."""

    environment: Environment
    table: StateTable
    sweep: DispatchDue
    refresh: CheckPayments
    discover: DiscoverOrders


@dataclass(slots=True, kw_only=True)
class Deployment:
    """Starts invocations; each has an environment to itself, and an environment that died is not used again.

    Attributes
    ----------
    counts
        Invocations and their ends.
    """

    kernel: Kernel
    dice: Random
    weather: Weather
    trace: Trace
    rules: Rules
    setting: Setting
    shop: Shop
    mailbox: Mailbox
    table: IndexedStateTable
    bus: FakeEventBus
    listing: FakeOrderListing
    cursors: FakeCursorTable
    item: FakeRateItem
    circuits: FakeCircuits
    tokens: FakeTokens
    tape: Tape | None = None
    counts: Counter[str] = field(default_factory=Counter)
    tally: FakeTally = field(default_factory=FakeTally)
    _idle: dict[str, list[Parts]] = field(default_factory=dict)
    _made: int = 0

    def sweep(self) -> None:
        """Run a sweep, as the schedule does."""
        self._invoke("sweep", lambda parts: parts.sweep.run(stays=True))

    def discover(self) -> None:
        """Run discover."""
        self._invoke("discover", lambda parts: parts.discover.run(parts.environment.has_time))

    def order_event(self, order: Order, taken: Callable[[Applied], None], failed: Callable[[], None]) -> None:
        """Take an order event; whoever sent it learns how it went."""

        def take(parts: Parts) -> Applied:
            key = key_of(order)
            before = self.table.rows.get(key) if key is not None else None
            now = int(parts.environment.clock())
            handled = apply_order(order, table=parts.table, at=samples.moment(now, self.setting.policy))
            self.rules.probes.took(parts.environment, order, handled)
            self.rules.took(parts.environment, order, before, handled)
            return handled

        self._invoke("order_events", take, done=taken, failed=failed)

    def refresh(self, done: Callable[[], None]) -> None:
        """Handle a batch of messages, as the queue's event source mapping would."""
        batch = self.mailbox.receive()
        if not batch:
            done()
            return

        def handle(parts: Parts) -> frozenset[str]:
            for body in batch.values():
                try:
                    request = read_message(body)
                except UnreadableMessage:
                    continue
                parts.environment.doings.mine.add(request.key)
                parts.environment.doings.tokens |= {request.claim} if request.claim else set()
            return parts.refresh.handle(batch, parts.environment.has_time).failed

        def settled(failures: Collection[str]) -> None:
            self.mailbox.settle(batch, failures)
            done()

        self._invoke("refresh", handle, done=settled, failed=lambda: settled(batch))

    def _invoke[T](
        self,
        function: str,
        work: Callable[[Parts], T],
        done: Callable[[T], None] = lambda _result: None,
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        idle = self._idle.setdefault(function, [])
        parts = idle.pop() if idle else self._make(function)
        environment = parts.environment
        environment.begin(TIMEOUTS[function])
        self.counts[function] += 1

        def run() -> None:
            try:
                result = work(parts)
            except Crash:
                self.counts[f"{function} died"] += 1
                environment.rules.ended(environment)
                failed()
                return
            except Exception as error:
                self.counts[f"{function} failed"] += 1
                self.trace.note(environment.name, "fails", detail=type(error).__name__)
                environment.rules.ended(environment)
                failed()
            else:
                environment.rules.ended(environment)
                done(result)
            idle.append(parts)

        self.kernel.spawn(run)

    def _make(self, function: str) -> Parts:
        self._made += 1
        certain = self.dice.random() < 0.6
        environment = Environment(
            name=f"{function}-{self._made}",
            skew=self.dice.uniform(-0.1, 0.1) if certain else self.dice.uniform(-MOST_SKEW, MOST_SKEW),
            kernel=self.kernel,
            weather=self.weather,
            trace=self.trace,
            rules=self.rules,
        )
        log, setting = EnvironmentLog(environment), self.setting
        table: StateTable = Table(environment, self.table)
        rate_limiter = SharedRateLimiter(
            item=RateItem(environment, self.item),
            calls_per_minute=setting.calls_per_minute,
            at_a_time=self.setting.at_a_time if function == "discover" else 1,
            clock=environment.clock,
            sleep=environment.wait,
        )
        api: Any = Api(environment, self.shop, self.listing, rate_limiter)
        queue: PendingQueue = Queue(environment, self.mailbox)
        letters: DeadLetterQueue = Letters(environment, self.mailbox)
        bus: EventBus = Bus(environment, self.bus)
        if self.tape is not None:
            table, api = RecordedTable(table, self.tape), RecordedApi(api, self.tape)
            queue, letters = RecordedQueue(queue, self.tape), RecordedLetters(letters, self.tape)
            bus = RecordedBus(bus, self.tape)

        def room() -> int:
            is_open = self.circuits.is_open(READS)
            return capacity(setting.calls_per_minute, rate_limiter.snapshot(), circuit_open=is_open)

        return Parts(
            environment=environment,
            table=table,
            sweep=DispatchDue(
                table=table,
                queue=queue,
                clock=environment.clock,
                new_token=self.tokens,
                capacity=room,
                pool=AnyOrder(self.dice),
                lease=LEASE,
                log=log,
                confirms=confirms(setting.calls_per_minute),
                sleep=environment.wait,
            ),
            refresh=CheckPayments(
                table=table,
                admission=Admission(
                    table=table,
                    policy=setting.policy,
                    clock=environment.clock,
                    new_token=self.tokens,
                    lease=LEASE,
                    log=log,
                ),
                outbox=Outbox(
                    table=table,
                    letters=letters,
                    events=bus,
                    deployment=deployment(run_mode=setting.run_mode),
                    tally=self.tally,
                    log=log,
                ),
                commerce_layer=api,
                rate_limiter=rate_limiter,
                circuits=self.circuits,
                pool=AnyOrder(self.dice),
                scope=Scope(observe=setting.run_mode is RunMode.OBSERVE, act_after=setting.act_after),
                policy=setting.policy,
                clock=environment.clock,
                jitter=lambda: self.dice.uniform(-1, 1),
                log=log,
            ),
            discover=DiscoverOrders(
                orders=api,
                table=table,
                cursors=CursorItems(environment, self.cursors),
                health=WebhookHealth(api=api, url_id="our-url-id", has_bus=True, log=log),
                circuits=self.circuits,
                policy=setting.policy,
                window=setting.window,
                calls=share(setting.calls_per_minute),
                clock=environment.clock,
                log=log,
            ),
        )
