"""The share of the rate limit that an audit takes, by the mode of its credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from payrefresh.adapters import audit_orders
from payrefresh.adapters.own_rate import own_rate_limiter
from sandbox.config import Config
from sandbox.server import running
from tests.operating.audit.shop import Auditor, Shop, set_environment
from tests.operating.command import Command

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from payment_refresh.adapters.rate_limiter import SharedRateLimiter


@pytest.mark.parametrize("mode", ["live", "test"])
def test_audit_takes_a_quarter_of_the_calls_unless_another_share_is_named(
    mode: Literal["live", "test"],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    taken: list[int] = []
    monkeypatch.chdir(tmp_path)

    def limiter(calls: int) -> SharedRateLimiter:
        taken.append(calls)
        return own_rate_limiter(60_000)

    monkeypatch.setattr(audit_orders, "own_rate_limiter", limiter)
    with running(Config(mode=mode)) as sandbox, httpx.Client(base_url=sandbox.url, trust_env=False) as http:
        set_environment(monkeypatch, sandbox, sandbox.config.client)
        audit = Auditor(Shop(sandbox, http), Command(capsys), tmp_path)
        runs = [audit(), audit("--share", "0.9"), audit("--share", "0.01")]

    assert [ran.status for ran in runs] == [0, 0, 0]
    assert all(f"sandbox-shop ({mode})" in ran.out for ran in runs)
    assert taken == ([50, 180, 10] if mode == "live" else [25, 90, 10])
