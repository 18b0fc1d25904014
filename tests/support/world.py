"""All use cases put together over the fakes, as `payment_refresh.composition` does over the adapters."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain.daily_digest import DailyDigest
from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.policy import DAY, HOUR, MINUTE, Policy
from payment_refresh.domain.stuck import Digest
from payment_refresh.domain.window import Window
from payment_refresh.rate_limit.budget import PROBE, READS
from payment_refresh.use_cases.apply_order import apply_order
from payment_refresh.use_cases.check_payments.admission import Admission
from payment_refresh.use_cases.check_payments.batch import BatchReport, CheckPayments
from payment_refresh.use_cases.check_payments.checker import Scope
from payment_refresh.use_cases.check_payments.memory import Memory
from payment_refresh.use_cases.discover_orders.run import DiscoverOrders, DiscoverReport
from payment_refresh.use_cases.discover_orders.webhook_health import WebhookHealth
from payment_refresh.use_cases.dispatch_due import DispatchDue, DispatchReport
from payment_refresh.use_cases.heartbeat import Heartbeat
from payment_refresh.use_cases.make_digest.daily import DailyReport
from payment_refresh.use_cases.make_digest.run import DigestReport, MakeDigest
from payment_refresh.use_cases.make_digest.stuck_report import StuckReport
from payment_refresh.use_cases.outbox import Outbox
from tests.support import samples
from tests.support.circuits import FakeCircuits
from tests.support.clock import FakeClock
from tests.support.commerce_layer import FakeCommerceLayer
from tests.support.cursor import FakeCursorTable
from tests.support.deployment import deployment
from tests.support.digest import FakeMail, FakeQueueDepth, FakeTally
from tests.support.event_bus import FakeEventBus
from tests.support.listing import FakeOrderListing
from tests.support.log import FakeLog
from tests.support.mark import FakeMark
from tests.support.queues import FakeDeadLetterQueue, FakePendingQueue
from tests.support.rate_limiter import FakeRateLimiter
from tests.support.state_table import FakeStateTable
from tests.support.task_pool import OneByOne
from tests.support.tokens import FakeTokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.domain.intake import Result
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Log, TaskPool

WINDOW = Window(after=30 * MINUTE, placed=24 * DAY, carts=48 * HOUR)
"""Of discover, as the template's defaults set it."""


@dataclass(slots=True, kw_only=True)
class World:
    """A deployment in memory.

    Attributes
    ----------
    confirms
        How many absences a sweep lets be confirmed.
    has_time
        Says for each invocation of the refresh and of discover whether it has time for one more call.
    window, calls
        How far back discover looks, and how many pages it lists a run.
    has_bus
        Whether order events come by a bus.
    fell_back_at
        When the stack was set back to observing, if it was (epoch seconds UTC).
    letters_waiting, failed_runs
        The depths of the two queues, as the digest sees them.
    mails
        Whether there is a topic for the digest's mail.
    """

    policy: Policy = field(default_factory=Policy)
    clock: FakeClock = field(default_factory=FakeClock)
    log: FakeLog = field(default_factory=FakeLog)
    table: FakeStateTable = field(default_factory=FakeStateTable)
    queue: FakePendingQueue = field(default_factory=FakePendingQueue)
    letters: FakeDeadLetterQueue = field(default_factory=FakeDeadLetterQueue)
    events: FakeEventBus = field(default_factory=FakeEventBus)
    commerce_layer: FakeCommerceLayer = field(default_factory=FakeCommerceLayer)
    rate_limiter: FakeRateLimiter = field(default_factory=FakeRateLimiter)
    pool: TaskPool = field(default_factory=OneByOne)
    tokens: FakeTokens = field(default_factory=FakeTokens)
    run_mode: RunMode = RunMode.REFRESH
    act_after: float = 0.0
    size: int = 200
    lease: int = 600
    confirms: int = 1
    jitter: Callable[[], float] = lambda: 0.0
    has_time: Callable[[], bool] = lambda: True
    window: Window = WINDOW
    calls: int = 375
    has_bus: bool = True
    fell_back_at: int | None = None
    cursors: FakeCursorTable = field(default_factory=FakeCursorTable)
    memory: Memory = field(default_factory=Memory)
    digests: FakeMark[Digest] = field(default_factory=lambda: FakeMark(Digest()))
    daily: FakeMark[DailyDigest] = field(default_factory=lambda: FakeMark(DailyDigest()))
    tally: FakeTally = field(default_factory=FakeTally)
    letters_waiting: FakeQueueDepth = field(default_factory=FakeQueueDepth)
    failed_runs: FakeQueueDepth = field(default_factory=FakeQueueDepth)
    mail: FakeMail = field(default_factory=FakeMail)
    mails: bool = True
    mails_on_quiet_days: bool = False
    circuits: FakeCircuits = field(init=False)
    listing: FakeOrderListing = field(init=False)

    def __post_init__(self) -> None:
        """Let the circuits go by this world's clock, and the lists show its orders."""
        self.circuits = FakeCircuits(clock=self.clock)
        self.listing = FakeOrderListing(commerce_layer=self.commerce_layer)

    @property
    def now(self) -> int:
        """The time in whole seconds, as rows have it."""
        return int(self.clock.now)

    def event(self, order: Order) -> Result:
        """Let an order event come in."""
        return apply_order(order, table=self.table, at=samples.moment(self.now, self.policy)).result

    def discoverer(self, log: Log | None = None) -> DiscoverOrders:
        """DiscoverOrders, composed; with a log of its own, where one is given."""
        log = log or self.log
        return DiscoverOrders(
            orders=self.listing,
            table=self.table,
            cursors=self.cursors,
            health=WebhookHealth(api=self.listing, url_id="our-url-id", has_bus=self.has_bus, log=log),
            circuits=self.circuits,
            policy=self.policy,
            window=self.window,
            calls=self.calls,
            clock=self.clock,
            log=log,
        )

    def discover(self) -> DiscoverReport:
        """Run discover once."""
        return self.discoverer().run(self.has_time)

    def sweeper(self, log: Log | None = None) -> DispatchDue:
        """The sweep, composed; with a log of its own, where one is given."""
        return DispatchDue(
            table=self.table,
            queue=self.queue,
            clock=self.clock,
            new_token=self.tokens,
            capacity=self.capacity,
            pool=self.pool,
            lease=self.lease,
            log=log or self.log,
            confirms=self.confirms,
            sleep=self.clock.advance,
        )

    def heartbeat(self) -> Heartbeat:
        """The heartbeat that goes with each sweep."""
        return Heartbeat(run_mode=self.run_mode, fell_back_at=self.fell_back_at, clamped=0, clock=self.clock)

    def capacity(self) -> int:
        """Number of messages that may wait: ``size``, and a probe while reads are not answered."""
        return PROBE if self.circuits.is_open(READS) else self.size

    def sweep(self, *, stays: bool = False) -> DispatchReport:
        """Run one sweep."""
        return self.sweeper().run(stays=stays)

    def digester(self, log: Log | None = None) -> MakeDigest:
        """The digest, composed; with a log of its own, where one is given."""
        log, stack = log or self.log, deployment(run_mode=self.run_mode)
        return MakeDigest(
            table=self.table,
            changes=StuckReport(digests=self.digests, events=self.events, deployment=stack, log=log),
            daily=DailyReport(
                marks=self.daily,
                tally=self.tally,
                letters=self.letters_waiting,
                failed_runs=self.failed_runs,
                events=self.events,
                mail=self.mail if self.mails else None,
                mails_on_quiet_days=self.mails_on_quiet_days,
                deployment=stack,
                log=log,
            ),
            clock=self.clock,
            log=log,
        )

    def digest(self, *, counts_only: bool = False) -> DigestReport:
        """Make one digest."""
        return self.digester().run(counts_only=counts_only)

    def refresher(self, log: Log | None = None) -> CheckPayments:
        """The refresh, composed; with a log of its own, where one is given."""
        log = log or self.log
        return CheckPayments(
            table=self.table,
            admission=Admission(
                table=self.table,
                policy=self.policy,
                clock=self.clock,
                new_token=self.tokens,
                lease=self.lease,
                log=log,
            ),
            outbox=Outbox(
                table=self.table,
                letters=self.letters,
                events=self.events,
                deployment=deployment(run_mode=self.run_mode),
                tally=self.tally,
                log=log,
            ),
            commerce_layer=self.commerce_layer,
            rate_limiter=self.rate_limiter,
            circuits=self.circuits,
            pool=self.pool,
            memory=self.memory,
            scope=Scope(observe=self.run_mode is RunMode.OBSERVE, act_after=self.act_after),
            policy=self.policy,
            clock=self.clock,
            jitter=self.jitter,
            log=log,
        )

    def refresh(self, *messages: str | Mapping[str, object]) -> BatchReport:
        """Handle messages given by hand; their ids are ``0``, ``1``, …, in order."""
        texts = [text if isinstance(text, str) else json.dumps(text) for text in messages]
        return self.refresher().handle({str(number): text for number, text in enumerate(texts)}, self.has_time)

    def take_batch(self, most: int = 25) -> BatchReport:
        """Handle what waits in the queue, as its event source mapping would."""
        batch = self.queue.receive(most)
        report = self.refresher().handle(batch, self.has_time)
        self.queue.settle(batch, report.failed)
        return report

    def row(self, key: PaymentKey) -> Watch:
        """The row as it stands."""
        return self.table.rows[key]
