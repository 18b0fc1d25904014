"""Sends signed order events to the Function URL, as fast as it takes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from tests.chaos.drivers import UNREACHABLE
from tests.unit.payloads import document, payment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.ground import Ground

_TOPIC = "orders.place"
_SENDERS = 6
_ATTEMPTS = 6


def event_key(number: int) -> str:
    """Name the watch that an event begins."""
    return f"stripe_payments#event{number:05d}"


@contextmanager
def posting_events(where: Ground, count: int) -> Iterator[Future[tuple[float, int, int]]]:
    """Send the order events beside the body; where it is interrupted, no more are sent."""
    stopped = threading.Event()
    with ThreadPoolExecutor(1) as beside:
        try:
            yield beside.submit(_post_events, where, count, stopped)
        except BaseException:
            stopped.set()
            raise


def _post_events(where: Ground, count: int, stopped: threading.Event) -> tuple[float, int, int]:
    """Send order events; gives the seconds it took, how many were sent again, and how many never taken."""
    stack = where.stack
    secret = stack.aws.clients.secrets.get_secret_value(SecretId=f"{stack.name}/webhooks")["SecretString"]
    key = json.loads(secret)[_TOPIC][0].encode()
    url = f"{stack.webhook_url}/{_TOPIC}"

    def post(http: httpx.Client, number: int) -> int:
        body = _event(number)
        signature = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()
        headers = {"Content-Type": "application/vnd.api+json", "X-CommerceLayer-Signature": signature}
        for attempt in range(0 if stopped.is_set() else _ATTEMPTS):
            try:
                if http.post(url, content=body, headers=headers).is_success:
                    return attempt
            except UNREACHABLE:
                time.sleep(0.2)
        return _ATTEMPTS

    begun = time.monotonic()
    with httpx.Client(timeout=60, trust_env=False) as http, ThreadPoolExecutor(_SENDERS) as senders:
        attempts = list(senders.map(lambda number: post(http, number), range(count)))
    again = sum(min(attempt, _ATTEMPTS - 1) for attempt in attempts)
    return time.monotonic() - begun, again, attempts.count(_ATTEMPTS)


def _event(number: int) -> bytes:
    """Make the body of an order that was just placed and is not paid yet."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    order = document(
        payment(id_=f"event{number:05d}"),
        [],
        False,
        placed_at=now,
        created_at=now,
        updated_at=now,
        number=str(number),
    )
    order["data"]["id"] = f"order{number:05d}"
    return json.dumps(order).encode()
