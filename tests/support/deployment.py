"""The deployment that tests speak of."""

from __future__ import annotations

from payment_refresh.domain.deployment import ApiMode, Deployment, RunMode


def deployment(*, run_mode: RunMode = RunMode.REFRESH, api_mode: ApiMode = ApiMode.LIVE) -> Deployment:
    """A stack of the default name for the organization `your-org`."""
    return Deployment(stack="payment-refresh", organization="your-org", run_mode=run_mode, api_mode=api_mode)
