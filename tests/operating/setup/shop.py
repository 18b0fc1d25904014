"""A shop that goes on taking orders while it is set up, and what became of its order events."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY_S = 2.0
QUIET_WITHIN_S = 60.0


@dataclass
class LiveShop:
    """Takes an order every two seconds, placed and not paid yet.

    Attributes
    ----------
    taken
        When each order was taken, by its payment's id.
    """

    url: str
    taken: dict[str, float] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def take_order(self, **wanted: Any) -> dict[str, str]:
        """Take one order."""
        answer = httpx.post(f"{self.url}/_sandbox/orders", json=wanted, timeout=30, trust_env=False)
        order: dict[str, str] = answer.raise_for_status().json()
        return order

    def run(self) -> None:
        """Take orders until it is stopped."""
        while not self._stop.wait(EVERY_S):
            order = self.take_order(status="placed", intent="open")
            self.taken[order["payment_id"]] = time.time()

    def stop(self) -> None:
        """Take no more."""
        self._stop.set()

    def deliveries(self) -> dict[str, int]:
        """What became of all deliveries, once none is under way any more."""
        deadline, before = time.monotonic() + QUIET_WITHIN_S, None
        while True:
            calls = httpx.get(f"{self.url}/_sandbox/calls", timeout=30, trust_env=False).json()
            counts: dict[str, int] = calls["webhook_deliveries"]
            if counts == before or time.monotonic() > deadline:
                return counts
            before = counts
            time.sleep(1)


@contextmanager
def taking_orders(url: str) -> Iterator[LiveShop]:
    """Let a shop take orders for as long as the body runs."""
    shop = LiveShop(url)
    thread = threading.Thread(target=shop.run, name="shop", daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        shop.stop()
        thread.join(30)
