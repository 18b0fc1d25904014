"""A new life for each test, over a world whose events must be as their schemas say; no sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.situations.life import Life
from tests.support.quick_watches import quick_watches
from tests.support.world import World
from tests.unit.outcome_schemas import check

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _no_sockets(socket_disabled: None) -> None:
    """Fail whatever reaches for the network."""


@pytest.fixture
def life() -> Iterator[Life]:
    """A shop and its deployment, in which nothing has happened yet."""
    world = World()
    with quick_watches():
        yield Life(world)
    check(world.events.details)
