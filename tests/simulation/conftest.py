"""Settings of the simulation's tests: no sockets, and the same hypothesis examples in every run."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("simulation", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("simulation")


@pytest.fixture(autouse=True)
def _no_sockets(socket_disabled: None) -> None:
    """Fail whatever reaches for the network."""
