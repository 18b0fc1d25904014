"""Fixtures of the unit tests: no sockets, the same hypothesis examples in every run, a new world for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.support.world import World
from tests.unit.outcome_schemas import check

if TYPE_CHECKING:
    from collections.abc import Iterator

settings.register_profile("unit", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("unit")


@pytest.fixture(autouse=True)
def _no_sockets(socket_disabled: None) -> None:
    """Fail whatever reaches for the network."""


@pytest.fixture
def world() -> Iterator[World]:
    """A new deployment in memory; the events that it sent must be as their schemas say."""
    made = World()
    yield made
    check(made.events.details)
