"""A deployment in memory for each test; no test here opens a socket."""

from __future__ import annotations

import pytest

from tests.fakes.world import World


@pytest.fixture(autouse=True)
def _no_sockets(socket_disabled: None) -> None:
    """Fail whatever reaches for the network."""


@pytest.fixture
def world() -> World:
    return World()
