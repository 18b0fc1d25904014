"""All use cases as they are, over fakes, in virtual time: order events, sweep, refresh and discover.

One environment of each; calls take no time but for their slots. It costs some ten times what `Fleet` does.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from typing import TYPE_CHECKING

from payment_refresh.adapters.pace import TablePace
from payment_refresh.admission import Admission
from payment_refresh.capacity import capacity
from payment_refresh.discover import Discover, share
from payment_refresh.health import Health
from payment_refresh.order_events import take_order_event
from payment_refresh.outbox import Outbox
from payment_refresh.policy import Policy
from payment_refresh.ports import OrderPage
from payment_refresh.refresh import Refresh
from payment_refresh.sweep import Sweep
from tests.benchmarks.fleet import BATCH, LEASE, TICK
from tests.fakes.circuits import FakeCircuits
from tests.fakes.clock import START
from tests.fakes.commerce_layer import bare
from tests.fakes.event_bus import FakeEventBus
from tests.fakes.indexed_table import IndexedStateTable
from tests.fakes.overlap import one_by_one
from tests.fakes.pace import FakePaceItem
from tests.fakes.progress import FakeProgressTable
from tests.fakes.queues import FakeDeadLetterQueue, FakePendingQueue
from tests.fakes.samples import authorized, order
from tests.fakes.tokens import FakeTokens
from tests.fakes.world import WINDOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from payment_refresh.listing import Listing
    from payment_refresh.order import Order
    from payment_refresh.payment import PaymentKey
    from payment_refresh.ports import GatewayState, WebhookState
    from tests.benchmarks.population import Payment

DISCOVER_EVERY, PAGE = 900, 25


class Told(Enum):
    """Which order events arrive."""

    BOTH_ENDS = "both ends"
    PLACEMENT = "placement only"
    NOTHING = "none"


class Quiet:
    """Keeps `payment_refresh.ports.Log`, and nothing of what it is told."""

    def info(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Forget it."""

    def warning(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Forget it."""

    def error(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Stop: nothing goes wrong here."""
        raise AssertionError(f"{msg}: {extra}")


@dataclass(slots=True, kw_only=True)
class Shop:
    """Commerce Layer and the gateway behind it.

    Attributes
    ----------
    unpaid
        Orders that no listing has shown to be paid, by id.
    moved
        When a refresh moved an order, by its payment's number.
    delays
        How long the gateway had had the money by then.
    calls
        By kind.
    """

    clock: Callable[[], float]
    payments: dict[str, Payment] = field(default_factory=dict)
    unpaid: dict[str, Payment] = field(default_factory=dict)
    moved: dict[int, float] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)

    def add(self, payment: Payment) -> Order:
        """Let an order be placed."""
        self.payments[f"{payment.number:08}"] = self.unpaid[f"order-{payment.number:08}"] = payment
        return self.order(payment)

    def order(self, payment: Payment) -> Order:
        """Tell how an order stands."""
        placed = order(f"{payment.number:08}", at=payment.placed_at)
        moved_at = min(self.moved.get(payment.number, payment.moves_at), payment.moves_at)
        return authorized(placed, moved_at) if moved_at <= self.clock() else placed

    def refreshed(self, payment: Payment) -> Order:
        """Let a refresh bring what the gateway knows."""
        now = self.clock()
        if payment.settles_at <= now < min(payment.moves_at, self.moved.get(payment.number, now + 1)):
            self.moved[payment.number] = now
            self.delays.append(now - payment.settles_at)
        return bare(self.order(payment))

    def listed(self, listing: Listing, after: str | None) -> list[Order]:
        """List a page."""
        found: list[Order] = []
        for id_, payment in list(self.unpaid.items()):
            shown = self.order(payment)
            if shown.payment_status != "unpaid":
                del self.unpaid[id_]
            elif (after is None or id_ > after) and listing.wants(shown):
                found.append(shown)
                if len(found) == PAGE:
                    break
        return found


@dataclass(slots=True, kw_only=True)
class Client:
    """Keeps `payment_refresh.ports.CommerceLayer` and `OrderListing`; every call takes a slot."""

    shop: Shop
    pace: TablePace

    def look(self, order_ids: Sequence[str]) -> Mapping[str, Order]:
        """List orders by id."""
        self._call("looks")
        return {id_: self.shop.order(self.shop.payments[id_.removeprefix("order-")]) for id_ in order_ids}

    def refresh(self, key: PaymentKey, on_sent: Callable[[], None]) -> Order | None:
        """Refresh a payment."""
        self._call("refreshes")
        on_sent()
        return self.shop.refreshed(self.shop.payments[key.id.removeprefix("pay-")])

    def retrieve(self, key: PaymentKey) -> Order | None:
        """Read a payment's order; looks find them all, so nobody asks."""
        raise NotImplementedError

    def find_orders(self, payment_type: str, payment_ids: Sequence[str]) -> Mapping[str, str]:
        """Find payments' orders; they are known, so nobody asks."""
        raise NotImplementedError

    def list_orders(self, listing: Listing, after: str | None) -> OrderPage:
        """List a page of orders."""
        self._call("lists")
        page = self.shop.listed(listing, after)
        return OrderPage(orders=page, after=page[-1].id if len(page) == PAGE else None)

    def list_webhooks(self) -> Sequence[WebhookState]:
        """List webhooks: none."""
        self._call("lists")
        return ()

    def list_gateways(self, gateway_type: str) -> Sequence[GatewayState]:  # noqa: ARG002  there are none of any
        """List gateways: none."""
        self._call("lists")
        return ()

    def _call(self, kind: str) -> None:
        self.pace.take()
        self.shop.calls[kind] += 1


@dataclass(slots=True, kw_only=True)
class Whole:
    """A deployment, and the payments that come to it.

    Attributes
    ----------
    told
        Which order events arrive; without any, discover runs.
    """

    arrivals: Iterator[Payment]
    calls_per_minute: int
    told: Told
    policy: Policy = field(default_factory=Policy)
    jitter: Callable[[], float] = lambda: 0.0
    now: float = START
    begun: int = 0
    shop: Shop = field(init=False)
    table: IndexedStateTable = field(default_factory=lambda: IndexedStateTable(log=Quiet()))
    queue: FakePendingQueue = field(default_factory=FakePendingQueue)
    item: FakePaceItem = field(default_factory=FakePaceItem)
    _refresh: Refresh = field(init=False)
    _sweep: Sweep = field(init=False)
    _discover: Discover = field(init=False)
    _plan: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _serial: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        """Put the parts together as the composition roots do."""
        self.shop = Shop(clock=self._clock)
        self._refresh, self._sweep, self._discover = self._refresher(), self._sweeper(), self._discoverer()
        self._at(START, self._next_arrival)
        self._at(START, self._tick)
        if self.told is Told.NOTHING:
            self._at(START + 30, self._discover_now)

    def run(self, until: float) -> None:
        """Let time pass."""
        while self.now < until:
            if self.queue.waiting:
                batch = self.queue.receive(BATCH)
                report = self._refresh(batch, lambda: True)
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
        if self.told is not Told.NOTHING:
            self._tell(placed)
        if self.told is Told.BOTH_ENDS and payment.moves_at < payment.placed_at + self.policy.give_up:
            self._at(payment.moves_at, lambda: self._tell(self.shop.order(payment)))
        self._next_arrival()

    def _tell(self, told: Order) -> None:
        take_order_event(told, table=self.table, now=int(self.now), policy=self.policy)

    def _tick(self) -> None:
        self._at(self.now + TICK, self._tick)
        self._sweep()

    def _discover_now(self) -> None:
        self._at(self.now + DISCOVER_EVERY, self._discover_now)
        self._discover(lambda: True)

    def _pace(self) -> TablePace:
        return TablePace(
            item=self.item,
            calls_per_minute=self.calls_per_minute,
            clock=self._clock,
            sleep=lambda seconds: self._pass_to(self.now + seconds),
        )

    def _refresher(self) -> Refresh:
        pace, tokens, log = self._pace(), FakeTokens(), Quiet()
        return Refresh(
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
                table=self.table, letters=FakeDeadLetterQueue(), events=FakeEventBus(), mode="refresh", log=log
            ),
            commerce_layer=Client(shop=self.shop, pace=pace),
            pace=pace,
            circuits=FakeCircuits(clock=self._clock),
            overlap=one_by_one,
            observe=False,
            act_after=0.0,
            policy=self.policy,
            clock=self._clock,
            jitter=self.jitter,
            log=log,
        )

    def _sweeper(self) -> Sweep:
        gauge = self._pace()
        return Sweep(
            table=self.table,
            queue=self.queue,
            clock=self._clock,
            new_token=FakeTokens(),
            capacity=lambda: capacity(self.calls_per_minute, gauge.snapshot(), circuit_open=False),
            overlap=one_by_one,
            lease=LEASE,
            log=Quiet(),
        )

    def _discoverer(self) -> Discover:
        lists = Client(shop=self.shop, pace=self._pace())
        return Discover(
            orders=lists,
            table=self.table,
            progress=FakeProgressTable(),
            health=Health(api=lists, url_id="none", log=Quiet()),
            circuits=FakeCircuits(clock=self._clock),
            policy=self.policy,
            window=WINDOW,
            calls=share(self.calls_per_minute),
            clock=self._clock,
            log=Quiet(),
        )
