"""The files in ``events/``, and the made-up secret that their order events are signed with.

``python -m tests.integration.handlers.sample_events`` signs them again after a body was changed.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from payment_refresh.use_cases.receive_order_event.signature import sign

EVENTS = Path(__file__).parents[3] / "events"

SANDBOX_SECRET = "sandbox secret"
"""Shared secret of every webhook in these files; it opens nothing."""

SIGNATURE = "x-commercelayer-signature"

BUS = "order_events_bus_"
"""How the names of order events begin that came by a bus, where nothing is signed."""


def names(function: str = "") -> list[str]:
    """Names of all files, or of those for one function, without ``.json``."""
    return sorted(path.stem for path in EVENTS.glob(f"{function}*.json"))


def webhooks() -> list[str]:
    """Names of the order events that came as webhooks."""
    return [name for name in names("order_events_") if not name.startswith(BUS)]


def load(name: str) -> dict[str, Any]:
    """Read one file."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def with_body(event: dict[str, Any], body: str, *, secret: str = SANDBOX_SECRET) -> dict[str, Any]:
    """The same request with another body, signed."""
    headers = event["headers"] | {SIGNATURE: sign(body.encode(), secret)}
    return event | {"body": body, "isBase64Encoded": False, "headers": headers}


def signed(event: dict[str, Any]) -> dict[str, Any]:
    """An order event with the signature that its body should have."""
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    return event | {"headers": event["headers"] | {SIGNATURE: sign(body, SANDBOX_SECRET)}}


def main() -> None:
    """Sign all webhooks."""
    for name in webhooks():
        (EVENTS / f"{name}.json").write_text(json.dumps(signed(load(name)), indent=2) + "\n")


if __name__ == "__main__":
    main()
