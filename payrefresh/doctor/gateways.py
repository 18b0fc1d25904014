"""Check of the gateways' own webhooks: whether Commerce Layer hears from Stripe and from Checkout.com at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payrefresh.doctor.findings import fine, wrong

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.domain.listed import GatewayState
    from payrefresh.doctor.findings import Outcome

TRIGGERS = ("_check", "_refresh_webhook_secrets", "_update_webhooks")
"""Of a Stripe gateway: are its credentials good; read its endpoint again; subscribe that to all it needs."""

WITH_TRIGGERS = "stripe_gateways"


def gateways(found: Sequence[GatewayState]) -> Outcome:
    """Whether each has a webhook endpoint there."""
    without = [gateway for gateway in found if not gateway.has_webhook]
    if not without:
        names = ", ".join(gateway.name for gateway in found)
        return fine(f"each has one: {names}" if names else "no gateway of Stripe or Checkout.com")
    return wrong(
        "no webhook endpoint, so that Commerce Layer learns of its payments only by refresh: "
        + "; ".join(f"{gateway.name} ({gateway.type}/{gateway.id})" for gateway in without),
        _remedy(without),
        *(
            f"commercelayer update {gateway.type}/{gateway.id} -a {trigger}=true"
            for gateway in without
            if gateway.type == WITH_TRIGGERS
            for trigger in TRIGGERS
        ),
    )


def _remedy(without: Sequence[GatewayState]) -> str:
    ways = []
    if any(gateway.type == WITH_TRIGGERS for gateway in without):
        ways.append(
            "let Commerce Layer check the gateway's credentials, then register its webhook anew; then see in "
            "Stripe's dashboard (Developers, Webhooks) that it is there, and enabled"
        )
    if any(gateway.type != WITH_TRIGGERS for gateway in without):
        ways.append(
            "enter the gateway's credentials again in Commerce Layer's dashboard (Settings, Payment gateways), so "
            "that its webhook is registered; then see in Checkout.com's dashboard that it is there"
        )
    return "; ".join(ways)
