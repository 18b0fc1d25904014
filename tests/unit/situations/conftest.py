"""A new life for each test, over a world whose events must be as their schemas say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.situations.life import Life

if TYPE_CHECKING:
    from tests.support.world import World


@pytest.fixture
def life(world: World) -> Life:
    """A shop and its deployment, in which nothing has happened yet."""
    return Life(world)
