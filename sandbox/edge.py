"""The edge in front of the API: counts calls, holds the rate limits and injects faults."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import RequestResponseCycle

from sandbox.calls import route_of
from sandbox.edge_answers import is_made_here, is_page, page_not_found, too_many
from sandbox.errors import ApiError, invalid_token, unauthorized
from sandbox.store import Ref
from sandbox.tokens import invalid_client
from sandbox.versions import read_path

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from sandbox.faults import Fault
    from sandbox.limits import Verdict
    from sandbox.world import World

MEDIA_TYPE = "application/vnd.api+json"


class Edge:
    """ASGI middleware; the control API passes it untouched.

    It takes the API's version out of the path, so that all behind it sees one path; it stands in the scope then.
    """

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or fail it."""
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox/"):
            await self._app(scope, receive, send)
            return
        method, (path, version) = scope["method"], read_path(scope["path"])
        scope["path_as_sent"], scope["path"] = scope["path"], path
        scope["version"] = version or self._world.switches.default_version
        scope["arrived_at"] = self._world.config.clock()
        self._world.calls.arrived(method, path, version)
        verdict = self._world.limiter.call(scope["client"][0], method, route_of(path))
        answer = self._with_headers(send, verdict)
        if not verdict.allowed:
            self._note_unserved(scope)
            await self._too_many(verdict.retry_after_s)(scope, receive, answer)
            return
        if version is not None and version not in self._world.switches.versions:
            await page_not_found()(scope, receive, answer)
            return
        fault = self._world.faults.take(method, path)
        if fault is None:
            await self._app(scope, receive, answer)
        else:
            if fault.kind != "slow":
                self._note_unserved(scope)
            await self._fail(fault, scope, receive, send, answer)

    async def _fail(self, fault: Fault, scope: Scope, receive: Receive, send: Send, answer: Send) -> None:
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            await self._app(scope, receive, answer)
            return
        if fault.after:
            await self._app(scope, receive, _nowhere)
        if fault.kind == "status":
            await self._broken(fault.status)(scope, receive, answer)
        elif fault.kind == "token":
            refusal = invalid_client() if scope["path"] == "/oauth/token" else invalid_token()
            document = refusal.document() if isinstance(refusal, ApiError) else refusal.document
            await _json(401, document)(scope, receive, answer)
        else:
            if fault.kind == "hang":
                await _until_gone(receive, fault.seconds)
            _abort(send)

    def _note_unserved(self, scope: Scope) -> None:
        """Let the truth know of a refresh that comes to nothing: it may be taken for what moved an order."""
        kind, _, record_id = scope["path"].removeprefix("/api/").partition("/")
        intent = self._world.gateway.intents.get(Ref(kind, record_id))
        if scope["method"] == "PATCH" and intent is not None:
            intent.unserved.append(scope["arrived_at"])

    def _too_many(self, retry_after_s: int) -> Response:
        switches = self._world.switches
        shown = retry_after_s if switches.rate_limited_retry_after else 0
        return too_many(shown, text=switches.rate_limited_body == "text")

    def _broken(self, status: int) -> Response:
        """Nothing is promised for the body of a 5xx; a 4xx is the edge's own answer, or has an error object."""
        if status >= 500:
            return Response(f"<html><body>{status}</body></html>", status, media_type="text/html")
        if status == 429:
            return self._too_many(1)
        if status == 404:
            return page_not_found()
        detail = "The sandbox was configured to answer so."
        error = unauthorized() if status == 401 else ApiError(status, "SIMULATED", "Simulated", detail)
        return _json(status, error.document())

    def _with_headers(self, send: Send, verdict: Verdict) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                status, headers = message["status"], MutableHeaders(scope=message)
                content_type = headers.get("content-type", "")
                self._world.calls.answered(status)
                if self._world.switches.rate_limit_headers and not is_page(status, content_type):
                    headers.update(verdict.headers())
                if not is_made_here(status, content_type):
                    headers["x-request-id"] = str(uuid4())
            await send(message)

        return sending


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
