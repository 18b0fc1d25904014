"""Delivery of the organization's webhooks: signed, timed out, repeated, and cut off by a circuit."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx

from sandbox.news import Heard, news_of
from sandbox.query import Query, parse_include
from sandbox.resources import TYPES
from sandbox.webhooks import CIRCUIT_OPENS_AT

if TYPE_CHECKING:
    from sandbox.config import Clock, Switches
    from sandbox.documents import Renderer
    from sandbox.events import Events
    from sandbox.news import News
    from sandbox.store import Record, Ref, Store

REPEATS = 10
_LONGEST_PAUSE_S = 5.0
_AT_ONCE = 4

_log = logging.getLogger(__name__)


class Delivery:
    """Sends what the organization publishes to the webhooks registered for the topic."""

    def __init__(self, store: Store, switches: Switches, renderer: Renderer, events: Events, clock: Clock) -> None:
        self._store = store
        self._switches = switches
        self._renderer = renderer
        self._events = events
        self._clock = clock
        self._client: httpx.AsyncClient | None = None
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()
        self.counts: Counter[str] = Counter()
        self.heard = Heard()
        self.unheard: set[str] = set()
        """Orders of which nothing is ever published."""
        self.muted = False
        """Nothing is published, e.g. while an order is made that is not to be announced."""

    @property
    def pending(self) -> int:
        """How many deliveries are still under way."""
        return len(self._running)

    def start(self) -> None:
        """Open the client; called on the event loop that delivers."""
        # No proxy from the environment: the targets are on this machine.
        self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False)

    async def stop(self) -> None:
        """Drop what is under way and close the client."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    def publish(self, topic: str, record: Record) -> None:
        """Start the deliveries of a topic; the body shows the record as it is at this moment."""
        if self.muted:
            return
        order = record.ref if record.type == "orders" else record.one["order"]
        if order.id in self.unheard:
            self.counts["lost"] += 1
            return
        event = self._events.record(topic, record)
        for webhook in self._store.all("webhooks"):
            if webhook.attributes["topic"] == topic and _open_for_calls(webhook):
                include = parse_include(TYPES[record.type], webhook.attributes["include_resources"] or [])
                body = json.dumps(self._renderer.one(record, Query(include=include, has_include=bool(include))))
                news = news_of(record, include)
                delivering = self._deliver(webhook.ref, event, body.encode(), news)
                task = asyncio.get_running_loop().create_task(delivering)
                self._running.add(task)
                task.add_done_callback(self._running.discard)

    async def _deliver(self, ref: Ref, event: Record, body: bytes, news: News | None) -> None:
        pause = self._switches.webhook_retry_pause_s
        for attempt in range(REPEATS + 1):
            webhook = self._store.get(ref)
            if webhook is None or not _open_for_calls(webhook):
                self.counts["dropped"] += 1
                return
            if attempt:
                self.counts["repeated"] += 1
            status = await self._send(webhook.attributes, event.attributes["name"], body)
            self._events.called(event, webhook, status)
            if status is not None and 200 <= status < 300:
                webhook.attributes["circuit_failure_count"] = 0
                self.counts["delivered"] += 1
                if news is not None:
                    self.heard.add(news, self._clock())
                return
            self._failed(webhook)
            await asyncio.sleep(min(pause * 2**attempt, _LONGEST_PAUSE_S))
        self.counts["given_up"] += 1

    async def _send(self, webhook: dict[str, Any], topic: str, body: bytes) -> int | None:
        """Call a webhook; returns the status of its answer, None without one."""
        if self._client is None:
            raise RuntimeError("deliveries need a running sandbox: start() was not called")
        headers = {
            "Content-Type": "application/vnd.api+json",
            "X-CommerceLayer-Topic": topic,
            "X-CommerceLayer-Signature": sign(webhook["shared_secret"], body),
        }
        # Waiting for a slot is ours; the receiver's time starts when it is called.
        async with self._slots:
            try:
                async with asyncio.timeout(self._switches.webhook_timeout_s):
                    response = await self._client.post(
                        webhook["callback_url"], content=body, headers=headers, timeout=None
                    )
            except (httpx.HTTPError, TimeoutError) as error:
                _log.warning("webhook %s failed: %s", topic, type(error).__name__)
                return None
        if not response.is_success:
            _log.warning("webhook %s answered %s: %.300s", topic, response.status_code, response.text)
        return response.status_code

    def _failed(self, webhook: Record) -> None:
        self.counts["failed_attempts"] += 1
        webhook.attributes["circuit_failure_count"] += 1
        if webhook.attributes["circuit_failure_count"] >= CIRCUIT_OPENS_AT:
            webhook.attributes["circuit_state"] = "open"
            _log.warning("webhook %s: circuit open", webhook.attributes["topic"])


def sign(shared_secret: str, body: bytes) -> str:
    """Give the signature of a body: base64 of its HMAC-SHA256."""
    return base64.b64encode(hmac.new(shared_secret.encode(), body, hashlib.sha256).digest()).decode()


def _open_for_calls(webhook: Record) -> bool:
    return webhook.attributes["circuit_state"] == "closed" and webhook.attributes["disabled_at"] is None
