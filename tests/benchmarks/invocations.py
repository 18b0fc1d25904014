"""First invocations: what a function's first event costs above its second, in a fresh interpreter.

AWS is stood in for by an endpoint that answers every call alike, so that the second invocation does what the first
did; Commerce Layer by the sandbox. Both run in this process, whose CPU time is not counted.
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx

from payment_refresh.adapters.dynamodb.rows import to_item
from payment_refresh.domain.policy import HOUR, Policy
from sandbox.config import Config
from sandbox.server import running
from tests.benchmarks.starts import CLOCK, INVOCATIONS, interpreted
from tests.integration.handlers.sample_events import SANDBOX_SECRET, load
from tests.integration.handlers.test_settings import EVENTS, SETTINGS
from tests.integration.sandbox.driver import Driver
from tests.support import samples

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from payment_refresh.domain.watch import Watch
    from sandbox.server import Sandbox

WEBHOOK_SECRET = "arn:webhook"
API_SECRET = "arn:api"
WAITING = ("", "NotVisible", "Delayed")

SAMPLES = {
    "order_events": "an order event that begins a watch",
    "sweep": "a sweep that finds nothing due",
    "refresh": "a payment that is looked at and refreshed, and stays pending",
    "discover": "a run that lists two placed orders and begins to watch one",
}
"""What each function's sample event makes it do."""


@dataclass(frozen=True, slots=True)
class Invocations:
    """CPU milliseconds of an environment's first two invocations, by the same event."""

    first_ms: float
    second_ms: float
    answers: list[Any]


@dataclass(slots=True, kw_only=True)
class Surroundings:
    """What a function is invoked in.

    Attributes
    ----------
    endpoint
        Of all of AWS.
    message
        Of the pending queue; it is for a pending payment that is claimed.
    """

    endpoint: str
    sandbox: Sandbox
    driver: Driver
    message: dict[str, str]

    def invoke(self, function: str, *, python: Path, path: Sequence[Path]) -> Invocations:
        """Invoke a function twice in a fresh interpreter."""
        event = load(EVENTS[function])
        if function == "refresh":
            event = {"Records": [self.message]}
        printed = interpreted(
            CLOCK + INVOCATIONS,
            [function],
            python=python,
            path=path,
            variables=SETTINGS[function] | self._variables(),
            event=json.dumps(event),
        )
        return Invocations(**printed)

    def _variables(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "COMMERCE_LAYER_BASE_URL": self.sandbox.url,
            "COMMERCE_LAYER_AUTH_URL": f"{self.sandbox.url}/oauth/token",
            "COMMERCE_LAYER_ORGANIZATION": self.sandbox.organization,
            "WEBHOOK_SECRET_ARN": WEBHOOK_SECRET,
            "API_SECRET_ARN": API_SECRET,
            "CALLS_PER_MINUTE": "180",
        }


@contextmanager
def surroundings() -> Iterator[Surroundings]:
    """Serve AWS and Commerce Layer."""
    rows: dict[str, Any] = {}
    secrets: dict[str, object] = {WEBHOOK_SECRET: {"orders.place": [SANDBOX_SECRET]}}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(rows, secrets))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with running(Config()) as sandbox, httpx.Client(base_url=sandbox.url, trust_env=False) as client:
            secrets[API_SECRET] = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
            driver = Driver(sandbox, client)
            driver.order(announce=False, ago_s=HOUR)
            watch = claimed(driver.order(announce=False, ago_s=HOUR))
            rows[str(watch.key)] = to_item(watch)
            body = {"type": watch.key.type, "id": watch.key.id, "claim": watch.claim}
            message = {"messageId": "message", "body": json.dumps(body)}
            endpoint = f"http://127.0.0.1:{server.server_port}"
            yield Surroundings(endpoint=endpoint, sandbox=sandbox, driver=driver, message=message)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def claimed(made: Mapping[str, str]) -> Watch:
    """Claim the payment of an order of the sandbox."""
    now = int(time.time())
    order = samples.order(
        id=made["order_id"], kind=made["payment_type"], source_id=made["payment_id"], at=now - HOUR
    )
    return samples.claimed(order, Policy(), until=now + HOUR)


def _handler(rows: Mapping[str, Any], secrets: Mapping[str, object]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers each call alike, however often it comes."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Answer."""
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            body = json.dumps(answer(operation, asked, rows, secrets)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named so by its base
            """Say nothing."""

    return Handler


def answer(
    operation: str, asked: Mapping[str, Any], rows: Mapping[str, Any], secrets: Mapping[str, object]
) -> dict[str, Any]:
    """Answer a call: the rows are as they are, and every write is taken and forgotten."""
    answered: dict[str, Any] = {}
    if operation == "GetItem":
        row = rows.get(asked["Key"]["pk"]["S"])
        answered = {} if row is None else {"Item": row}
    elif operation == "BatchGetItem":
        ((table, wanted),) = asked["RequestItems"].items()
        found = [rows[key["pk"]["S"]] for key in wanted["Keys"] if key["pk"]["S"] in rows]
        answered = {"Responses": {table: found}, "UnprocessedKeys": {}}
    elif operation == "UpdateItem" and asked.get("ReturnValues") == "ALL_NEW":
        answered = {"Attributes": {"first_at": {"N": "1"}}}
    elif operation == "Query":
        answered = {"Items": [], "Count": 0, "ScannedCount": 0}
    elif operation == "GetQueueAttributes":
        answered = {"Attributes": {f"ApproximateNumberOfMessages{which}": "0" for which in WAITING}}
    elif operation == "GetSecretValue":
        answered = {"SecretString": json.dumps(secrets[asked["SecretId"]])}
    return answered
