"""The parts of a check, put together one by one over the fakes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.domain.policy import Policy
from payment_refresh.metrics import Counts
from payment_refresh.use_cases.check_payments.breaker import BatchBreaker
from payment_refresh.use_cases.check_payments.looks import Looks
from payment_refresh.use_cases.check_payments.memory import Memory
from payment_refresh.use_cases.check_payments.refresher import Refresher, ToRefresh
from payment_refresh.use_cases.check_payments.single_reads import SingleReads
from payment_refresh.use_cases.check_payments.writer import Recorded
from tests.support.circuits import FakeCircuits
from tests.support.clock import FakeClock
from tests.support.commerce_layer import FakeCommerceLayer
from tests.support.log import FakeLog
from tests.support.task_pool import OneByOne

if TYPE_CHECKING:
    from payment_refresh.domain.check_results import CheckResult
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch

POLICY = Policy()


@dataclass(slots=True)
class Parts:
    """What the parts of one batch share; it records each result itself."""

    commerce_layer: FakeCommerceLayer = field(default_factory=FakeCommerceLayer)
    clock: FakeClock = field(default_factory=FakeClock)
    log: FakeLog = field(default_factory=FakeLog)
    memory: Memory = field(default_factory=Memory)
    counts: Counts = field(default_factory=Counts)
    calls: int = 0
    has_time: bool = True
    breaker: BatchBreaker = field(init=False)

    def __post_init__(self) -> None:
        """Let one breaker stand for all."""
        self.breaker = BatchBreaker(has_time=lambda: self.has_time, log=self.log, counts=self.counts)

    def on_call(self) -> None:
        """Count a request that is sent."""
        self.calls += 1

    def record(self, watch: Watch, result: CheckResult) -> Recorded:
        """Keep a result as it is."""
        return Recorded(watch=watch, result=result)

    def looks(self) -> Looks:
        """The lists of a batch."""
        circuits = FakeCircuits(clock=self.clock)
        return Looks(
            commerce_layer=self.commerce_layer,
            circuits=circuits,
            breaker=self.breaker,
            memory=self.memory,
            on_call=self.on_call,
        )

    def single_reads(self) -> SingleReads:
        """The single reads of a batch."""
        return SingleReads(
            commerce_layer=self.commerce_layer,
            breaker=self.breaker,
            policy=POLICY,
            clock=self.clock,
            on_call=self.on_call,
        )

    def refresh(self, *pending: tuple[Watch, Order]) -> list[Recorded]:
        """Refresh payments that their orders name."""
        refresher = Refresher(
            commerce_layer=self.commerce_layer,
            pool=OneByOne(),
            clock=self.clock,
            breaker=self.breaker,
            memory=self.memory,
            recorder=self,
            hold_back=POLICY.first,
            on_call=self.on_call,
        )
        asked = [ToRefresh(watch, order, order.payment == watch.key, False) for watch, order in pending]
        return list(refresher.refresh(asked))
