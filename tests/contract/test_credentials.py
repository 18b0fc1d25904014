"""Wrong credentials: no watch ends for them, none is dead-lettered, and the log names the cause.

All use cases over the sandbox, by a clock that the test turns, beyond the time at which payments are given up.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.adapters.commerce_layer.listings import CommerceLayerLists
from payment_refresh.domain.cursor import Pass
from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.policy import HOUR, MINUTE, Policy
from payment_refresh.domain.vocabulary import Reason, SettledBy, Status
from payment_refresh.errors import CredentialsRefused
from payment_refresh.metrics import Metric
from sandbox.config import Client, Config
from sandbox.server import running
from tests.contract.api import wire_to
from tests.support.clock import FakeClock
from tests.support.world import World
from tests.unit.discover_steps import live

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.server import Sandbox
    from tests.contract.api import Wire
    from tests.integration.sandbox.driver import Driver

GIVE_UP = 4 * HOUR
OUTAGE = 12 * HOUR


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def sandbox(clock: FakeClock) -> Iterator[Sandbox]:
    """An organization that goes by the test's clock."""
    with running(Config(clock=clock)) as organization:
        yield organization


@dataclass
class Stack:
    """All use cases over one sandbox, and the orders they watch.

    Attributes
    ----------
    paid
        Payments that a refresh would settle.
    unpaid
        Payments that nobody ever pays.
    """

    world: World
    wire: Wire
    paid: list[PaymentKey]
    unpaid: list[PaymentKey]

    def use(self, client: Client) -> None:
        """Put other credentials into the API secret, and let the token end."""
        secret = {"client_id": client.client_id, "client_secret": client.client_secret}
        with suppress(CredentialsRefused):
            self.wire.tokens.forget(self.wire.tokens.get())
        self.wire.tokens.read_secret = lambda: secret

    def live(self, seconds: float) -> None:
        live(self.world, seconds, run=self.world.discover)

    def statuses(self, keys: list[PaymentKey]) -> set[Status]:
        return {self.world.row(key).status for key in keys}

    def failures(self, level: str) -> set[str]:
        """The log lines about calls that failed."""
        return {
            str(entry.extra["detail"])
            for entry in self.world.log.entries
            if (entry.message, entry.level) == ("commerce_layer_did_not_answer", level)
        }

    def assert_nothing_ended(self) -> None:
        assert self.statuses([*self.paid, *self.unpaid]) == {Status.WATCHING}
        assert self.world.letters.letters == []
        assert self.world.events.events == []
        assert all(row.due_at is not None for row in self.world.table.rows.values())

    def assert_all_ends_well(self) -> None:
        """Once the cause is mended, what was paid is settled, and the rest given up after a refresh and a look."""
        self.live(HOUR)
        rows = [self.world.row(key) for key in self.paid]
        assert {(row.status, row.settled_by) for row in rows} == {(Status.SETTLED, SettledBy.REFRESH)}


@pytest.fixture
def stack(sandbox: Sandbox, driver: Driver, clock: FakeClock) -> Iterator[Stack]:
    """Orders as discover found them, none of them checked yet."""

    def order(**wanted: Any) -> PaymentKey:
        made = driver.order(announce=False, ago_s=31 * MINUTE, **wanted)
        return PaymentKey(made["payment_type"], made["payment_id"])

    paid = [order(payment_type=kind, intent="authorized") for kind in ("stripe_payments", "satispay_payments")]
    unpaid = [order()]
    world = World(clock=clock, policy=Policy(give_up=GIVE_UP))
    with wire_to(sandbox) as wire:
        wire.tokens.clock = clock
        world.commerce_layer = wire.api  # type: ignore[assignment]  # the real one
        world.listing = CommerceLayerLists(transport=wire.api.transport, log=world.log)  # type: ignore[assignment]  # the real one
        world.discover()
        assert set(world.table.rows) == {*paid, *unpaid}
        yield Stack(world, wire, paid, unpaid)


def test_credentials_that_may_read_but_not_update(stack: Stack, sandbox: Sandbox, driver: Driver) -> None:
    stack.use(sandbox.config.read_only_client)

    stack.live(OUTAGE)

    stack.assert_nothing_ended()
    assert stack.failures("error") == {
        f"PATCH /api/{key.type}/{key.id} answered 401 UNAUTHORIZED: the integration's role may not update "
        f"{key.type}; give it that permission"
        for key in (*stack.paid, *stack.unpaid)
    }
    assert {stack.world.row(key).last_error for key in stack.paid} == {"401 UNAUTHORIZED"}
    assert driver.calls()["by_status"]["401"] > 0

    stack.use(sandbox.config.client)
    stack.assert_all_ends_well()
    (unpaid,) = stack.unpaid
    assert stack.world.row(unpaid).reason is Reason.STAYED_PENDING


WRONG = {
    "of the other mode": (
        "other_mode",
        "the API secret is for test mode, the stack for live: put the right credentials into the secret, or "
        "change CommerceLayerMode",
    ),
    "of another organization": (
        "other_organization",
        "the API secret belongs to organization 'elsewhere-shop', the stack to 'sandbox-shop': put the right "
        "credentials into the secret",
    ),
    "that nobody knows": (
        "",
        "the token endpoint answered 401 UNAUTHORIZED: the client id or client secret in the API secret is wrong",
    ),
}


@pytest.mark.parametrize(("name", "cause"), WRONG.values(), ids=WRONG)
def test_credentials(stack: Stack, sandbox: Sandbox, name: str, cause: str) -> None:
    called = len(stack.wire.api_calls)
    stack.use(sandbox.config.clients[name] if name else Client("nobody", "knows-me"))

    stack.live(OUTAGE)

    stack.assert_nothing_ended()
    assert stack.failures("error") == {cause}
    # They are checked before they are believed: nothing was asked with them.
    assert len(stack.wire.api_calls) == called
    report = stack.world.discover()
    assert report.counts[Metric.CREDENTIALS_REFUSED] == 1
    assert OUTAGE - MINUTE <= report.ages[Pass.ORDERS] <= OUTAGE

    stack.use(sandbox.config.client)
    stack.assert_all_ends_well()


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "status", "status": 429}])
def test_the_token_endpoint_is_down_for_ten_minutes(stack: Stack, driver: Driver, fault: dict[str, Any]) -> None:
    stack.use(driver.sandbox.config.client)
    driver.faults({"route": "/oauth/token", **fault})
    called = len(stack.wire.api_calls)

    stack.live(10 * MINUTE)

    stack.assert_nothing_ended()
    assert stack.failures("error") == set()
    expected = f"no access token: the token endpoint answered {fault['status']}"
    assert [detail for detail in stack.failures("warning") if detail.startswith(expected)]
    assert len(stack.wire.api_calls) == called

    driver.faults()
    stack.assert_all_ends_well()
