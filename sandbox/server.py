"""A sandbox as a server on a loopback port: in a thread, for as long as a block lasts."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from sandbox.api import Api, http_error
from sandbox.config import Config
from sandbox.control import Control, control_error
from sandbox.edge import Edge
from sandbox.errors import ApiError
from sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_START_WITHIN_S = 30.0
_STOP_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox."""

    url: str
    config: Config

    @property
    def organization(self) -> str:
        """The organization's slug."""
        return self.config.organization

    @property
    def mode(self) -> Literal["live", "test"]:
        """Whether the credentials are for live or for test data."""
        return self.config.mode

    @property
    def client_id(self) -> str:
        """The integration's client id."""
        return self.config.client.client_id

    @property
    def client_secret(self) -> str:
        """The integration's made-up secret."""
        return self.config.client.client_secret


@contextlib.contextmanager
def running(config: Config | None = None, *, port: int = 0) -> Iterator[Sandbox]:
    """Serve a sandbox on 127.0.0.1 while the block runs; port 0 takes a free one.

    Raises
    ------
    OSError
        When the port is taken.
    RuntimeError
        When the server does not start or does not stop.
    """
    config = config or Config()
    with _bound(port) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        world = World(config, url)
        server = uvicorn.Server(
            uvicorn.Config(
                Edge(build(world), world),
                http="h11",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=1,
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True)
        thread.start()
        try:
            _wait_until_started(server, thread)
            yield Sandbox(url, config)
        finally:
            server.should_exit = True
            thread.join(_STOP_WITHIN_S)
            if thread.is_alive():
                raise RuntimeError(f"the sandbox did not stop within {_STOP_WITHIN_S:g} s")


def build(world: World) -> Starlette:
    """Put the endpoints of a world together."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        world.delivery.start()
        try:
            yield
        finally:
            await world.stop()

    api = Api(world)
    return Starlette(
        routes=[*api.routes(), *Control(world).routes()],
        exception_handlers={ApiError: api.refused, ValueError: control_error, HTTPException: http_error},
        lifespan=lifespan,
    )


def _bound(port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named; else each answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    return listener


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_WITHIN_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the sandbox's server did not start; its log says why")
        time.sleep(0.01)
