"""Events of the organization's records, and the calls of webhooks that came of them, as the API lists them."""

from __future__ import annotations

import random
from collections import deque
from typing import TYPE_CHECKING, Any

from sandbox.store import Record, iso, new_id

if TYPE_CHECKING:
    from sandbox.config import Clock
    from sandbox.store import Ref, Store

KEPT = 2_000
"""Events, and calls, that are kept; older ones are gone. The payloads of calls are not kept at all."""
LAST = 10
"""Calls that an event or a webhook shows."""

_CALLS = "last_event_callbacks"


class Events:
    """Records what is published, and each call of a webhook."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._ids = random.Random(3)  # noqa: S311 - ids of events, nothing secret
        self._kept: dict[str, deque[Ref]] = {"events": deque(), "event_callbacks": deque()}

    def record(self, topic: str, record: Record) -> Record:
        """Record an event of a record."""
        event = self._add("events", {"name": topic})
        record.many["events"] = (*record.many.get("events", ()), event.ref)[-LAST:]
        return event

    def called(self, event: Record, webhook: Record, status: int | None) -> None:
        """Record a call of a webhook, with the status of its answer; None for none."""
        answer = {"callback_url": webhook.attributes["callback_url"], "response_code": status and str(status)}
        call = self._add("event_callbacks", answer)
        call.one["webhook"] = webhook.ref
        for record in (event, webhook):
            record.many[_CALLS] = (*record.many.get(_CALLS, ()), call.ref)[-LAST:]

    def _add(self, kind: str, attributes: dict[str, Any]) -> Record:
        now = iso(self._clock())
        added = Record(
            kind, new_id(self._ids), {**attributes, "created_at": now, "updated_at": now, "metadata": {}}
        )
        kept = self._kept[kind]
        kept.append(added.ref)
        if len(kept) > KEPT:
            self._store.forget(kept.popleft())
        return self._store.add(added)
