"""Fixtures of the audit: shops, and the command that audits one as fast as the sandbox answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payrefresh.adapters import audit_orders
from payrefresh.adapters.own_rate import own_rate_limiter
from tests.operating.audit.shop import QUICK, Auditor, Shop, open_shop, set_environment
from tests.operating.command import Command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def played() -> Iterator[Shop]:
    """A shop in which a scenario was played, for tests that change no order of it."""
    with open_shop() as shop:
        shop.play(**QUICK, seed=1)
        yield shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop without any order."""
    with open_shop() as shop:
        yield shop


@pytest.fixture
def audit_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[[Shop], Auditor]:
    """Give the command for a shop: with credentials that may only read, in an empty folder, at full speed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(audit_orders, "own_rate_limiter", lambda _calls: own_rate_limiter(60_000))

    def audit(shop: Shop) -> Auditor:
        set_environment(monkeypatch, shop.sandbox, shop.sandbox.config.read_only_client)
        return Auditor(shop, Command(capsys), tmp_path)

    return audit
