"""All parts of one sandbox, put together."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sandbox.calls import Calls
from sandbox.clock import PastClock
from sandbox.config import Config, Switches
from sandbox.delivery import Delivery
from sandbox.documents import Renderer
from sandbox.events import Events
from sandbox.faults import Faults
from sandbox.gateway import Gateway
from sandbox.gateways import add_gateways, show_switches
from sandbox.limits import RateLimiter
from sandbox.mishaps import Mishaps
from sandbox.organization import Organization
from sandbox.player import Player
from sandbox.store import Ref, Store
from sandbox.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class World:
    """One organization with everything around it. All of it lives on one event loop: nothing is locked."""

    def __init__(self, config: Config, base_url: str) -> None:
        self.config = config
        self.switches = Switches()
        self.switches.update(dict(config.switches))
        self.calls = Calls()
        self.faults = Faults(self._gateway_of)
        self.store = Store()
        self.tokens = Tokens(config, self.switches)
        self.limiter = RateLimiter(config.clock, config.mode, self.switches)
        self.renderer = Renderer(base_url, config.mode, config.organization_id, self.store.get, self.switches)
        self.delivery = Delivery(
            self.store, self.switches, self.renderer, Events(self.store, config.clock), config.clock
        )
        self.clock = PastClock(config.clock)
        self.organization = Organization(self.store, self.clock, self.delivery.publish, _later)
        self.mishaps = Mishaps(self.store, self.organization, self.clock, self.delivery.publish)
        self.gateway = Gateway(self.store, self.organization, self.switches, self.clock)
        self.player = Player(self)
        add_gateways(self.store, config.clock())
        show_switches(self.store, self.switches)

    @contextmanager
    def quiet(self, *, muted: bool) -> Iterator[None]:
        """Do something, unannounced if `muted`."""
        self.delivery.muted = muted
        try:
            yield
        finally:
            self.delivery.muted = False

    async def stop(self) -> None:
        """End what is under way."""
        await self.player.stop()
        await self.delivery.stop()

    def _gateway_of(self, path: str) -> str | None:
        """Give the id of the gateway of the payment that a path names."""
        kind, _, record_id = path.removeprefix("/api/").partition("/")
        payment = self.store.get(Ref(kind, record_id))
        gateway = None if payment is None else payment.one.get("payment_gateway")
        return None if gateway is None else gateway.id


def _later(seconds: float, do: Callable[[], object]) -> object:
    """Do something after so many seconds on the loop that all of it lives on."""
    return asyncio.get_running_loop().call_later(seconds, do)
