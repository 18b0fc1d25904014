"""An HTTP proxy between the functions and the local AWS, through which calls fail on demand.

A request goes on byte for byte, with its Host header, since the local AWS checks signatures. Only a batch some of
whose entries are to fail is sent anew, by a client of the administrator. All services that the functions call are
called with POST.

What does not go through here cannot fail: what the local AWS does itself (the queue's delivery, its move of a
message to the dead-letter queue, the rule that feeds the subscriber's queue, logs) and what the launcher asks.
"""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from tests.chaos.aws_faults import AwsFaults, Call, merged, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devstack.clients import Clients
    from tests.chaos.aws_faults import AwsFault

_TIMEOUT_S = 60.0
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


@dataclass(frozen=True, slots=True)
class FaultProxy:
    """A running proxy: where it listens, and the rules it goes by."""

    url: str
    faults: AwsFaults


@contextmanager
def fault_proxy(upstream: str, clients: Clients, seed: int = 1) -> Iterator[FaultProxy]:
    """Run a proxy in front of `upstream`, on a free loopback port, for as long as the body runs."""
    faults = AwsFaults(seed)
    batches: dict[str, Callable[..., Any]] = {
        "SendMessageBatch": clients.sqs.send_message_batch,
        "PutEvents": clients.events.put_events,
    }

    class Handler(_Handler):
        pass

    Handler.upstream, Handler.faults, Handler.batches = urlsplit(upstream).netloc, faults, batches
    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield FaultProxy(f"http://127.0.0.1:{server.server_address[1]}", faults)
    finally:
        server.shutdown()
        server.hang_up()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    """Closes the connections that are kept alive when it ends, so that their threads end, too."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A function that dies in the middle of a call is what this is for, and no error."""

    def hang_up(self) -> None:
        """End all connections."""
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """Serves one connection, over one connection of its own to the local AWS."""

    protocol_version = "HTTP/1.1"
    upstream: ClassVar[str]
    faults: ClassVar[AwsFaults]
    batches: ClassVar[dict[str, Any]]
    _connection: HTTPConnection | None = None

    def do_POST(self) -> None:
        """Pass a call on, or let it fail."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        call = Call.read(self.headers, body)
        rule = self.faults.take(call)
        if rule is None:
            self._pass_on(body)
        elif rule.kind == "lost":
            self._ask(body)
            self.close_connection = True
        elif rule.kind == "entries":
            self._pass_part_on(call, rule)
        else:
            self._answer(*refusal(rule), {"Content-Type": "application/x-amz-json-1.0"})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Say nothing."""

    def finish(self) -> None:
        super().finish()
        if self._connection is not None:
            self._connection.close()

    def _pass_on(self, body: bytes) -> None:
        answered = self._ask(body)
        if answered is None:
            self.close_connection = True  # what AWS does not answer, nobody answers in its place
        else:
            self._answer(*answered)

    def _pass_part_on(self, call: Call, rule: AwsFault) -> None:
        asked = json.loads(call.body)
        entries = asked["Entries"]
        through = self.faults.divide(rule, entries)
        passed = [entry for entry, goes in zip(entries, through, strict=True) if goes]
        answer = self.batches[call.operation](**asked | {"Entries": passed}) if passed else {}
        document = merged(call.operation, entries, through, answer)
        self._answer(200, json.dumps(document).encode(), {"Content-Type": "application/x-amz-json-1.0"})

    def _ask(self, body: bytes) -> tuple[int, bytes, dict[str, str]] | None:
        """Ask the local AWS; None where it gives no answer."""
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        for _ in range(2):  # a connection that was kept may have been closed meanwhile
            fresh = self._connection is None
            connection = self._connection = self._connection or HTTPConnection(self.upstream, timeout=_TIMEOUT_S)
            try:
                connection.request(self.command, self.path, body, headers)
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, HTTPException):
                connection.close()
                self._connection = None
                if fresh:
                    return None
            else:
                kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
                return answer.status, content, kept
        return None

    def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        """Write head and body at once: in two packets, the second waits for the first one's acknowledgement."""
        lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in headers.items())]
        lines += [f"Content-Length: {len(content)}", "", ""]
        self.wfile.write("\r\n".join(lines).encode("latin-1") + content)
