"""Sandboxes to probe: what they hold, and the command run on one."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from payment_refresh.rate_limit import budget, gcra
from payrefresh.commands.credentials import CLIENT_ID, CLIENT_SECRET
from sandbox.server import running
from tests.integration.sandbox.driver import Driver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

    from sandbox.config import Config
    from tests.operating.command import Command, Ran

type Prepare = Callable[[Driver], list[str]]
"""Makes orders, and gives further arguments of the command."""


@dataclass(frozen=True, slots=True)
class Probing:
    """Runs the command, without waiting for the rate of a polite client."""

    monkeypatch: pytest.MonkeyPatch
    command: Command

    def __post_init__(self) -> None:
        for mode in ("live", "test"):
            self.monkeypatch.setitem(budget.DEFAULT_CALLS, mode, 60_000)
        for name in ("FIRST_PAUSE", "SHORTEST_PAUSE"):
            self.monkeypatch.setattr(gcra, name, 10)

    @contextmanager
    def organization(self, config: Config) -> Iterator[Driver]:
        """A sandbox whose credentials the command has."""
        with running(config) as sandbox, httpx.Client(base_url=sandbox.url, trust_env=False) as http:
            self.monkeypatch.setenv(CLIENT_ID, sandbox.client_id)
            self.monkeypatch.setenv(CLIENT_SECRET, sandbox.client_secret)
            yield Driver(sandbox, http)

    def run(self, driver: Driver, *arguments: str) -> Ran:
        url = driver.sandbox.url
        where = ("--base-url", url, "--auth-url", f"{url}/oauth/token")
        return self.command("probe", *where, "--wait", "0", *arguments)

    def document(self, config: Config, prepare: Prepare) -> Any:
        """What the command writes of a sandbox that was prepared, but for when."""
        with self.organization(config) as driver:
            ran = self.run(driver, "--json", "-", *prepare(driver))
        assert ran.out, ran.err
        written = json.loads(ran.out)
        del written["asked_at"]
        return written


def shop(driver: Driver) -> list[str]:
    """Three orders with money, of which one was cancelled, and one whose payment was declined."""
    for _ in range(2):
        driver.act(driver.order(intent="authorized", ago_s=60), "deliver")
    cancelled = driver.order(intent="authorized", ago_s=60)
    driver.act(cancelled, "deliver")
    driver.act(cancelled, "cancel")
    driver.act(driver.order(intent="declined", ago_s=60), "deliver")
    return ["--try-update"]


def with_webhook(driver: Driver) -> list[str]:
    """An order, and a webhook that is never called, since nothing here fires its topic."""
    driver.order()
    driver.webhook("orders.tagged", "http://127.0.0.1:9/")
    return []


def large_shop(driver: Driver) -> list[str]:
    """More orders than some pages have."""
    for _ in range(12):
        driver.order(ago_s=60)
    return []


def throttled_once(driver: Driver) -> list[str]:
    """One call of the probe meets a 429."""
    driver.order()
    driver.faults({"route": "GET /api/stripe_payments*", "status": 429, "count": 1})
    return []


def refreshed(state: str, *, delivered: bool = False, **wanted: Any) -> Prepare:
    """One order, whose payment the probe is to refresh; its gateway's webhook came, or was lost."""

    def prepare(driver: Driver) -> list[str]:
        order = driver.order(intent=state, ago_s=60, **wanted)
        if delivered:
            driver.act(order, "deliver")
        return ["--live", "--refresh", f"{order['payment_id']}={state}"]

    return prepare
