"""Common to all tests: what is the same for each of them is done once in a process."""

from __future__ import annotations

import ssl
from functools import cache
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="session")
def _read_certificates_once() -> Iterator[None]:
    """Give every HTTP client the same TLS context: each takes 25 ms to read, and here none of them speaks TLS."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        yield
