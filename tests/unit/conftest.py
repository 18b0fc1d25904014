"""No unit test opens a socket, and what hypothesis tries is the same in every run."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("unit", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("unit")


@pytest.fixture(autouse=True)
def _no_sockets(socket_disabled: None) -> None:
    """Fail whatever reaches for the network."""
