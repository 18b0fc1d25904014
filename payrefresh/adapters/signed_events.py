"""Signed events, sent to a stack's URL as Commerce Layer's webhooks are."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from payment_refresh.use_cases.receive_order_event.signature import sign
from payrefresh.errors import NoAnswer

WITHIN = httpx.Timeout(30.0, connect=5.0)
"""Seconds: more than Commerce Layer waits, as the function may just be starting."""


@dataclass(frozen=True, slots=True)
class HttpSignedEvents:
    """Implements the `SignedEvents` port of a setup."""

    def send(self, url: str, topic: str, secret: str, body: bytes) -> int:
        headers = {
            "Content-Type": "application/vnd.api+json",
            "X-CommerceLayer-Topic": topic,
            "X-CommerceLayer-Signature": sign(body, secret),
        }
        try:
            answer = httpx.post(url, content=body, headers=headers, timeout=WITHIN, trust_env=_needs_proxy(url))
        except httpx.HTTPError as error:
            raise NoAnswer(
                f"the stack's URL did not answer ({type(error).__name__}): {url}; check the network, then run "
                "setup again"
            ) from error
        return answer.status_code


def _needs_proxy(url: str) -> bool:
    """Whether the environment's proxy may be used: a local AWS is on this machine."""
    return httpx.URL(url).host not in {"127.0.0.1", "localhost"}
