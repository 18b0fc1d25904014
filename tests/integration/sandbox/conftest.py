"""A fresh sandbox for each test, and a clock that only the test turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from sandbox.config import Config
from sandbox.server import running
from tests.integration.sandbox.driver import Clock, Driver, Receiver, receiving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def config(clock: Clock) -> Config:
    """The sandbox's configuration; a module may override it."""
    return Config(clock=clock)


@pytest.fixture
def driver(config: Config) -> Iterator[Driver]:
    with running(config) as sandbox, httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        yield Driver(sandbox, client)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver
