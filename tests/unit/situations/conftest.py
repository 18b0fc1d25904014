"""A new life for each test, over a world whose events must be as their schemas say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.quick_watches import quick_watches
from tests.unit.situations.life import Life

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.world import World


@pytest.fixture
def life(world: World) -> Iterator[Life]:
    """A shop and its deployment, in which nothing has happened yet."""
    with quick_watches():
        yield Life(world)
