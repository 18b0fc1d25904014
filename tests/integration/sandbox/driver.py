"""Tools of the sandbox's tests: an API client, a clock to turn, and a receiver of webhooks."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from sandbox.server import Sandbox

MEDIA_TYPE = "application/vnd.api+json"
_DEADLINE_S = 20.0


@dataclass
class Clock:
    """A clock that stands still until it is turned."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Driver:
    """Talks to one sandbox over HTTP, as an integration does."""

    def __init__(self, sandbox: Sandbox, client: httpx.Client) -> None:
        self.sandbox = sandbox
        self.client = client
        self._token: str | None = None

    def token_request(self, **changes: str) -> httpx.Response:
        body = {
            "grant_type": "client_credentials",
            "client_id": self.sandbox.client_id,
            "client_secret": self.sandbox.client_secret,
        }
        return self.client.post("/oauth/token", json=body | changes)

    def headers(self, **changes: str) -> dict[str, str]:
        if self._token is None:
            self._token = self.token_request().json()["access_token"]
        given = {"Accept": MEDIA_TYPE, "Authorization": f"Bearer {self._token}"}
        return given | {name.replace("_", "-"): value for name, value in changes.items()}

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.client.get(path, params=query, headers=self.headers())

    def get_q(self, path: str, filters: dict[str, str], **query: str) -> httpx.Response:
        predicates = {f"filter[q][{name}]": value for name, value in filters.items()}
        return self.client.get(path, params=predicates | query, headers=self.headers())

    def write(self, method: str, path: str, data: object, **query: str) -> httpx.Response:
        headers = self.headers(Content_Type=MEDIA_TYPE)
        return self.client.request(method, path, params=query, headers=headers, content=json.dumps({"data": data}))

    def refresh(self, order: dict[str, str], **query: str) -> httpx.Response:
        kind, payment_id = order["payment_type"], order["payment_id"]
        data = {"type": kind, "id": payment_id, "attributes": {"_refresh": True}}
        return self.write("PATCH", f"/api/{kind}/{payment_id}", data, **query)

    def order(self, **wanted: Any) -> dict[str, str]:
        made: dict[str, str] = self._json(self.client.post("/_sandbox/orders", json=wanted), 201)
        return made

    def act(self, order: dict[str, str], action: str, **wanted: Any) -> dict[str, str]:
        path = f"/_sandbox/orders/{order['order_id']}/actions"
        ids: dict[str, str] = self._json(self.client.post(path, json={"action": action, **wanted}), 200)
        return ids

    def switch(self, **values: Any) -> None:
        self._json(self.client.put("/_sandbox/switches", json=values), 200)

    def faults(self, *rules: dict[str, Any]) -> None:
        self._json(self.client.put("/_sandbox/faults", json={"faults": rules}), 200)

    def attributes(self, order: dict[str, str]) -> Any:
        return self._json(self.get(f"/api/orders/{order['order_id']}"), 200)["data"]["attributes"]

    def calls(self) -> Any:
        return self.client.get("/_sandbox/calls").json()

    def truth(self, **query: str) -> Any:
        return self.client.get("/_sandbox/truth", params=query).json()["orders"]

    def webhook(self, topic: str, url: str, *include: str) -> Any:
        attributes = {"topic": topic, "callback_url": url, "include_resources": list(include)}
        answer = self.write("POST", "/api/webhooks", {"type": "webhooks", "attributes": attributes})
        return self._json(answer, 201)["data"]

    def play(self, **scenario: Any) -> Any:
        """Play a scenario to its end; gives the truth."""
        self._json(self.client.post("/_sandbox/scenario", json=scenario), 202)
        wait_until(lambda: self.client.get("/_sandbox/scenario").json()["state"] == "finished")
        return self.truth()

    @staticmethod
    def _json(answer: httpx.Response, status: int) -> Any:
        assert answer.status_code == status, answer.text
        return answer.json()


@dataclass
class Receiver:
    """Takes webhooks; answers with the statuses it is given, then with 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def topics(self) -> list[str]:
        return [headers["x-commercelayer-topic"] for headers, _ in self.got]

    def wait_for(self, count: int) -> None:
        wait_until(lambda: len(self.got) >= count)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver while the block runs."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = receiver.answers.pop(0) if receiver.answers else 200
            receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that is bound to happen soon."""
    deadline = time.monotonic() + _DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def error_of(answer: httpx.Response) -> tuple[int, str]:
    """Give status and code of a refusal, whose error object must say both."""
    [error] = answer.json()["errors"]
    assert error["status"] == str(answer.status_code)
    assert error["title"]
    assert error["detail"]
    assert answer.headers["content-type"].startswith(MEDIA_TYPE)
    return answer.status_code, error["code"]
