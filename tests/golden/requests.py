"""The HTTP request that the real adapter makes of a call of a port: method, path, query and body."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from payment_refresh.adapters.commerce_layer.listings import CommerceLayerLists
from payment_refresh.adapters.commerce_layer.payments import CommerceLayerApi
from tests.support.log import FakeLog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.adapters.commerce_layer.http import ApiRequest, Transport


class _Captured(Exception):
    """The request is known; nothing is sent."""


@dataclass(slots=True)
class _Capture:
    """Stands in for the transport of the adapters and keeps what they would send."""

    request: list[object] = field(default_factory=list)

    def ask(self, request: ApiRequest, params: Callable[[], Mapping[str, str]], _fallbacks: object) -> Any:
        """Keep a request whose query may be simplified later."""
        return self.call(request, params())

    def call(self, request: ApiRequest, params: Mapping[str, str]) -> Any:
        """Keep a request."""
        self.request = [request.method, request.path, dict(params), request.body]
        raise _Captured


def request_of(method: str, *values: Any) -> list[object]:
    """Give method, path, query and body of the first request that a call of a port leads to."""
    capture = _Capture()
    transport = cast("Transport", capture)
    adapters = (
        CommerceLayerApi(transport=transport, log=FakeLog()),
        CommerceLayerLists(transport=transport, log=FakeLog()),
    )
    adapter = next(each for each in adapters if hasattr(each, method))
    with suppress(_Captured):
        getattr(adapter, method)(*values)
    return capture.request
