"""Authenticate and parse a webhook request: returns its order, or refuses it before any work is done."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.listed import TOPICS
from payment_refresh.domain.order_document import read_order
from payment_refresh.errors import PaymentRefreshError, UnreadableOrder
from payment_refresh.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payment_refresh.domain.order import Order
    from payment_refresh.use_cases.receive_order_event.signature import WebhookSecrets

SIGNATURE_HEADER = "x-commercelayer-signature"
MAX_BODY = 1024 * 1024
"""Bytes; an order with its payment source has a few kilobytes."""

MAX_SIGNATURE = 256
_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{43}=")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """An HTTP request as the Function URL passes it on; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str
    is_base64: bool

    @property
    def topic(self) -> str:
        """The last path segment. It selects the webhook's secret, and nothing else depends on it."""
        return self.path.rstrip("/").rpartition("/")[2]


REFUSED = {
    400: Metric.REFUSED_400,
    401: Metric.REFUSED_401,
    405: Metric.REFUSED_405,
    413: Metric.REFUSED_413,
}
"""In which metric a refusal counts, by its status; no other status is given."""


class Refusal(PaymentRefreshError):
    """The request is refused; nothing was done.

    Attributes
    ----------
    status
        HTTP status.
    code, title
        Members of the JSON:API error object; the message is its detail.
    is_from_webhook
        Whether it was refused for its signature and looks like an order webhook's: then a secret is not the one
        that Commerce Layer signs with. Anybody may send anything to the URL, but nobody guesses that by chance.
    """

    def __init__(self, status: int, code: str, title: str, detail: str, *, is_from_webhook: bool = False) -> None:
        super().__init__(detail)
        self.status, self.code, self.title, self.is_from_webhook = status, code, title, is_from_webhook

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """In which metrics it counts."""
        return (REFUSED[self.status], *([Metric.REFUSED_SIGNATURES] if self.is_from_webhook else []))


def read_request(event: Mapping[str, Any]) -> WebhookRequest:
    """Read a request from the event that a Function URL makes of it."""
    # Not by Powertools' data classes: importing these costs a cold start more than our own modules do.
    return WebhookRequest(
        method=event["requestContext"]["http"]["method"],
        path=event["rawPath"],
        headers={name.lower(): value for name, value in event["headers"].items()},
        body=event.get("body") or "",
        is_base64=bool(event.get("isBase64Encoded")),
    )


def read_signed_order(request: WebhookRequest, secrets: WebhookSecrets) -> Order:
    """Verify a request and return its order.

    Raises
    ------
    Refusal
        Wrong method (405), too large (413), bad signature or unknown path (401), unreadable body (400).
    SecretUnavailable
        The webhook secret could not be read; Commerce Layer should send the event again.
    """
    if request.method != "POST":
        raise Refusal(405, "METHOD_NOT_ALLOWED", "Method not allowed", "send order events with POST")
    body = _raw(request)
    if len(body) > MAX_BODY:
        raise Refusal(413, "CONTENT_TOO_LARGE", "Content too large", f"the body is larger than {MAX_BODY} bytes")
    signature = request.headers.get(SIGNATURE_HEADER, "")
    if len(signature) > MAX_SIGNATURE or not secrets.verify(request.topic, body, signature):
        raise Refusal(
            401,
            "SIGNATURE_MISMATCH",
            "Signature mismatch",
            f"{SIGNATURE_HEADER} does not match the body and the shared secret of the webhook this path names: "
            "the callback URL must end with the webhook's topic, and the webhook secret must hold its secret",
            is_from_webhook=request.topic in TOPICS and _SIGNATURE.fullmatch(signature) is not None,
        )
    try:
        return read_order(json.loads(body))
    except (ValueError, RecursionError):
        raise Refusal(400, "UNREADABLE_BODY", "Unreadable body", "the body is not JSON") from None
    except UnreadableOrder as error:
        raise Refusal(400, "UNREADABLE_ORDER", "Unreadable order", str(error)) from None


def _raw(request: WebhookRequest) -> bytes:
    """The signed bytes."""
    if not request.is_base64:
        return request.body.encode(errors="surrogatepass")
    try:
        return base64.b64decode(request.body, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(400, "UNREADABLE_BODY", "Unreadable body", "the body is not base64") from None
