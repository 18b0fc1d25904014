"""A deployment in memory for each test; no test here opens a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.world import World
from tests.unit.outcome_schemas import check

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _no_sockets(socket_disabled: None) -> None:
    """Fail whatever reaches for the network."""


@pytest.fixture
def world() -> Iterator[World]:
    """A new deployment; what it told others must be as its schema says."""
    made = World()
    yield made
    check(made.events.details)
