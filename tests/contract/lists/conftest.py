"""An organization for each test of what discover relies on in Commerce Layer's lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.config import Config
from sandbox.server import running
from tests.contract.api import wire_to
from tests.contract.lists.bench import Bench, FakeBench, SandboxBench
from tests.support.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.server import Sandbox
    from tests.integration.sandbox.driver import Driver


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A new organization whose time stands still."""
    with running(Config(clock=FakeClock())) as organization:
        yield organization


@pytest.fixture
def real(driver: Driver) -> Iterator[SandboxBench]:
    """The sandbox, where only that will do."""
    driver.switch(rate_limit_factor=10.0)
    with wire_to(driver.sandbox) as wire:
        yield SandboxBench(driver, wire)


@pytest.fixture(params=["fake", "sandbox"])
def bench(request: pytest.FixtureRequest) -> Bench:
    if request.param == "fake":
        return FakeBench()
    real: SandboxBench = request.getfixturevalue("real")
    return real
