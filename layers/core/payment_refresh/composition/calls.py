"""The rate at which Commerce Layer may be called, and the rate limiter."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from payment_refresh.adapters.dynamodb.rate_item import DynamoRateItem
from payment_refresh.adapters.rate_limiter import SharedRateLimiter
from payment_refresh.composition.deployment import read_api_mode
from payment_refresh.composition.environment import whole
from payment_refresh.errors import SettingsError
from payment_refresh.rate_limit.budget import DEFAULT_CALLS, LEAST_CALLS, MOST_CALLS

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_calls_per_minute(environ: Mapping[str, str]) -> int:
    """Read how many calls a minute may be made; raises `SettingsError`."""
    mode = read_api_mode(environ)
    calls = whole(environ, "CALLS_PER_MINUTE", 0, MOST_CALLS[mode])
    if 0 < calls < LEAST_CALLS:
        raise SettingsError(
            f"CALLS_PER_MINUTE is {calls}; it must be 0 (half of the limit) or at least {LEAST_CALLS}"
        )
    return calls or DEFAULT_CALLS[mode]


def make_rate_limiter(table: str, calls_per_minute: int, at_a_time: int = 1) -> SharedRateLimiter:
    """Make the limiter that all environments share through the state table."""
    return SharedRateLimiter(
        item=DynamoRateItem(table=table),
        calls_per_minute=calls_per_minute,
        at_a_time=at_a_time,
        clock=time.time,
        sleep=time.sleep,
    )
