"""All parts of one sandbox, put together."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sandbox.calls import Calls
from sandbox.clock import PastClock
from sandbox.config import Config, Switches
from sandbox.delivery import Delivery
from sandbox.documents import Renderer
from sandbox.faults import Faults
from sandbox.gateway import Gateway
from sandbox.gateways import add_gateways, show_switches
from sandbox.limits import RateLimiter
from sandbox.organization import Organization
from sandbox.player import Player
from sandbox.store import Store
from sandbox.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator


class World:
    """One organization with everything around it. All of it lives on one event loop: nothing is locked."""

    def __init__(self, config: Config, base_url: str) -> None:
        self.config = config
        self.switches = Switches()
        self.calls = Calls()
        self.faults = Faults()
        self.store = Store()
        self.tokens = Tokens(config, self.switches)
        self.limiter = RateLimiter(config.clock, config.mode, self.switches)
        self.renderer = Renderer(base_url, config.mode, config.organization_id, self.store.get)
        self.delivery = Delivery(self.store, self.switches, self.renderer)
        self.clock = PastClock(config.clock)
        self.organization = Organization(self.store, self.clock, self.delivery.publish)
        self.gateway = Gateway(self.store, self.organization, self.switches, self.clock)
        self.player = Player(self.store, self.organization, self.gateway, self.delivery, self.clock)
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
