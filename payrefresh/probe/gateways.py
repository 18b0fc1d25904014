"""Gateways and failed authorizations, as this organization shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.listed import GATEWAYS
from payment_refresh.rate_limit.budget import PAGE_SIZE
from payrefresh.probe.asking import Question
from payrefresh.probe.findings import HANDLED, Assumption, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payrefresh.probe.asking import Probe

ENDPOINTS = Assumption("gateways.webhooks", "each gateway has a webhook endpoint at its provider")
FORCED = Assumption("gateways.force_payments", "money of an earlier payment is taken (force_payments of Stripe's)")
LEFT = Assumption("authorizations.failed", "a declined attempt leaves a failed authorization")
CODES = Assumption("authorizations.codes", "a failed authorization has an error code")


def ask(probe: Probe) -> Iterator[Finding]:
    """List the gateways that are in use, without their secrets."""
    missing, forced = [], None
    for kind in GATEWAYS:
        fields = "disabled_at,webhook_endpoint_id,force_payments"
        listed = probe.read(f"/api/{kind}", {f"fields[{kind}]": fields, "page[size]": str(PAGE_SIZE)})
        used = [each.get("attributes") or {} for each in listed.records]
        used = [attributes for attributes in used if attributes.get("disabled_at") is None]
        if any(not attributes.get("webhook_endpoint_id") for attributes in used):
            missing.append(kind)
        if kind == "stripe_gateways" and used:
            forced = all(attributes.get("force_payments") is True for attributes in used)
    if missing:
        meaning = "no webhook of these comes: `payrefresh doctor` says how to register one"
        yield ENDPOINTS.differs(f"missing at {', '.join(missing)}", meaning, unregistered_gateways=missing)
    else:
        yield ENDPOINTS.holds("so it has", unregistered_gateways=[])
    if forced is None:
        yield FORCED.unseen("there is no Stripe gateway")
    elif forced:
        yield FORCED.holds("it is", force_payments=True)
    else:
        meaning = "nothing to do: an earlier payment of an order is given up, or told as PaymentSuperseded"
        yield FORCED.differs("it is not", meaning, force_payments=False)


def ask_failed(probe: Probe) -> Iterator[Finding]:
    """List failed authorizations: whether there is a code, never what it says."""
    listed = probe.read(
        "/api/authorizations",
        {"filter[q][succeeded_false]": "true", "fields[authorizations]": "error_code", "page[size]": "5"},
    )
    failed = [each.get("attributes") or {} for each in listed.records]
    if not failed:
        yield LEFT.unseen("there is no failed authorization")
        yield CODES.unseen("there is no failed authorization")
        return
    yield LEFT.holds("there are some", declined_leaves_authorization=True)
    if any(attributes.get("error_code") for attributes in failed):
        yield CODES.holds("so it has", failed_message_only=False)
    else:
        yield CODES.differs("only a message", HANDLED, failed_message_only=True)


QUESTION = Question("gateways", (ENDPOINTS, FORCED), ask)
FAILED = Question("failed authorizations", (LEFT, CODES), ask_failed)
