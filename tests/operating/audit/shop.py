"""A shop to audit: a sandbox, with the command's environment set for it, and no stack and no AWS anywhere."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from sandbox.config import Config
from sandbox.server import running
from tests.integration.sandbox.driver import Driver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from sandbox.config import Client
    from sandbox.server import Sandbox
    from tests.operating.command import Command, Ran

QUICK: dict[str, Any] = {"mix": "messy", "orders": 150, "each": 2, "duration_s": 0.3, "time_scale": 0.02}
"""A scenario of every kind of story, over in a second: with no stack beside it, much stays stuck."""


class Shop(Driver):
    """A sandbox, and what is known of its orders."""

    def ledger(self) -> list[dict[str, Any]]:
        orders: list[dict[str, Any]] = self.client.get("/_sandbox/orders").json()["orders"]
        return orders

    def routes(self) -> dict[str, int]:
        routes: dict[str, int] = self.calls()["by_route"]
        return routes


@contextmanager
def open_shop() -> Iterator[Shop]:
    """Run a shop without any order, whose rate limits slow nobody down."""
    with running(Config()) as sandbox, httpx.Client(base_url=sandbox.url, trust_env=False) as http:
        shop = Shop(sandbox, http)
        shop.switch(rate_limit_factor=1000.0)
        yield shop


class Auditor:
    """Runs `payrefresh audit` on a shop, in a folder of its own."""

    def __init__(self, shop: Shop, command: Command, folder: Path) -> None:
        self.shop = shop
        self.command = command
        self.folder = folder

    @property
    def state(self) -> Path:
        """The file that keeps how far an audit is."""
        return self.folder / "payrefresh-audit-sandbox-shop-live.json"

    def __call__(self, *options: str) -> Ran:
        return self.command("audit", "--since", "90d", "--min-age", "0", *options)


def set_environment(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, client: Client) -> None:
    """Let the command find this sandbox, with these credentials."""
    for name, value in {
        "PAYREFRESH_CLIENT_ID": client.client_id,
        "PAYREFRESH_CLIENT_SECRET": client.client_secret,
        "PAYREFRESH_BASE_URL": sandbox.url,
        "PAYREFRESH_AUTH_URL": f"{sandbox.url}/oauth/token",
    }.items():
        monkeypatch.setenv(name, value)
