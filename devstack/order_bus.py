"""Order events by a bus: what the organization posts is put on an EventBridge bus, as a merchant's hub would."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devstack.clients import Clients

BUS, SOURCE = "orders", "local.orders"


@dataclass(frozen=True, slots=True)
class OrderBus:
    """A bus that gets order events.

    Attributes
    ----------
    url
        Where to post webhooks, without a slash at the end; the topic is the last path segment.
    """

    url: str

    @property
    def parameters(self) -> Mapping[str, str]:
        """The template's parameters that connect the stack with it."""
        return {"OrderEventsBusName": BUS, "OrderEventsSource": SOURCE}


@contextmanager
def order_bus(clients: Clients) -> Iterator[OrderBus]:
    """Make the bus, and forward to it for as long as the body runs."""
    clients.events.create_event_bus(Name=BUS)

    class Forwarder(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            topic = self.path.rpartition("/")[2]
            try:
                answer = clients.events.put_events(
                    Entries=[{"EventBusName": BUS, "Source": SOURCE, "DetailType": topic, "Detail": body}]
                )
                failed = answer["FailedEntryCount"]
            except (BotoCoreError, ClientError) as error:
                self.log_error("%s", error)
                failed = 1
            self.send_response(502 if failed else 200)  # what is not taken is sent again
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_request(self, code: object = "-", size: object = "-") -> None:
            """Say nothing of what is taken."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Forwarder)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield OrderBus(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
