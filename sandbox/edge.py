"""The edge in front of the API: counts calls, holds the rate limits and injects faults."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import RequestResponseCycle

from sandbox.calls import route_of
from sandbox.errors import ApiError, invalid_token
from sandbox.tokens import invalid_client

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from sandbox.faults import Fault
    from sandbox.limits import Verdict
    from sandbox.world import World

MEDIA_TYPE = "application/vnd.api+json"


class Edge:
    """ASGI middleware; the control API passes it untouched."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or fail it."""
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox/"):
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        scope["arrived_at"] = self._world.config.clock()
        self._world.calls.arrived(method, path)
        verdict = self._world.limiter.call(scope["client"][0], method, route_of(path))
        answer = self._with_headers(send, verdict)
        if not verdict.allowed:
            await self._too_many(verdict)(scope, receive, answer)
            return
        fault = self._world.faults.take(method, path)
        if fault is None:
            await self._app(scope, receive, answer)
        else:
            await self._fail(fault, scope, receive, send, answer)

    async def _fail(self, fault: Fault, scope: Scope, receive: Receive, send: Send, answer: Send) -> None:
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            await self._app(scope, receive, answer)
            return
        if fault.after:
            await self._app(scope, receive, _nowhere)
        if fault.kind == "status":
            await _broken(fault.status)(scope, receive, answer)
        elif fault.kind == "token":
            refusal = invalid_client() if scope["path"] == "/oauth/token" else invalid_token()
            document = refusal.document() if isinstance(refusal, ApiError) else refusal.document
            await _json(401, document)(scope, receive, answer)
        else:
            if fault.kind == "hang":
                await _until_gone(receive, fault.seconds)
            _abort(send)

    def _too_many(self, verdict: Verdict) -> Response:
        switches = self._world.switches
        detail = "The request was not accepted because you hit one of the rate limits."
        if switches.rate_limited_body == "json":
            response = _json(429, ApiError(429, "RATE_LIMITED", "Too many requests", detail).document())
        else:
            response = Response("Too Many Requests\n", 429, media_type="text/plain")
        if switches.rate_limited_retry_after:
            response.headers["Retry-After"] = str(verdict.retry_after_s)
        return response

    def _with_headers(self, send: Send, verdict: Verdict) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._world.calls.answered(message["status"])
                MutableHeaders(scope=message).update(verdict.headers())
            await send(message)

        return sending


def _broken(status: int) -> Response:
    """Nothing is promised for the body of a 5xx; a 4xx has an error object."""
    if status >= 500:
        return Response(f"<html><body>{status}</body></html>", status, media_type="text/html")
    return _json(
        status, ApiError(status, "SIMULATED", "Simulated", "The sandbox was configured to answer so.").document()
    )


def _json(status: int, document: object) -> Response:
    return Response(json.dumps(document), status, media_type=MEDIA_TYPE)


async def _nowhere(message: Message) -> None:
    """Lose an answer."""


async def _until_gone(receive: Receive, seconds: float) -> None:
    """Say nothing until the time is over or the caller has hung up."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while (left := until - loop.time()) > 0:
        try:
            async with asyncio.timeout(left):
                message = await receive()
        except TimeoutError:
            return
        if message["type"] == "http.disconnect":
            return


def _abort(send: Send) -> None:
    """Reset the connection: ASGI has no word for it, so it is done to the server's own transport."""
    cycle = getattr(send, "__self__", None)
    if not isinstance(cycle, RequestResponseCycle):
        raise TypeError("connections can only be reset under uvicorn's h11 implementation, without wrappers")
    connection = cycle.transport.get_extra_info("socket")
    # Lingering for no time makes the kernel send RST instead of FIN.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    cycle.transport.abort()
    # The server is not to answer by itself that the application did not.
    cycle.disconnected = True
