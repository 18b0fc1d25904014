"""The version of the API in the path: every call names it, and the token endpoint has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from payment_refresh.adapters.commerce_layer.listings import CommerceLayerLists
from payment_refresh.domain.payment import PaymentKey
from payment_refresh.errors import PermissionMissing
from tests.contract.api import wire_answering
from tests.hostile.calls import LISTING
from tests.support.commerce_layer import unheard

if TYPE_CHECKING:
    from tests.contract.api import Wire

KEY = PaymentKey("stripe_payments", "eqRZMSaNqM")
LISTS = ("orders", "stripe_payments", "webhooks", "stripe_gateways")


def respond(request: httpx.Request) -> httpx.Response:
    record = {"type": KEY.type, "id": KEY.id}
    return httpx.Response(200, json={"data": [] if request.url.path.endswith(LISTS) else record})


def call_all(wire: Wire) -> list[tuple[str, str]]:
    """Make a call of each kind; give the methods and paths that went out."""
    lists = CommerceLayerLists(transport=wire.api.transport, log=wire.log)
    wire.api.look(["oRdErAbCdE"], unheard)
    wire.api.find_orders(KEY.type, [KEY.id], unheard)
    wire.api.retrieve(KEY, unheard)
    wire.api.refresh(KEY, unheard)
    lists.list_orders(LISTING, None)
    lists.list_webhooks()
    lists.list_gateways("stripe_gateways")
    return [(request.method, request.url.path) for request in wire.requests]


@pytest.mark.parametrize(("version", "root"), [("2017-08", "/api/2017-08"), ("", "/api")])
def test_every_api_call_names_the_version_in_its_path_and_the_token_call_does_not(version: str, root: str) -> None:
    with wire_answering(respond, api_version=version) as wire:
        called = call_all(wire)

    assert called == [
        ("POST", "/oauth/token"),
        ("GET", f"{root}/orders"),
        ("GET", f"{root}/stripe_payments"),
        ("GET", f"{root}/stripe_payments/{KEY.id}"),
        ("PATCH", f"{root}/stripe_payments/{KEY.id}"),
        ("GET", f"{root}/orders"),
        ("GET", f"{root}/webhooks"),
        ("GET", f"{root}/stripe_gateways"),
    ]


def test_missing_permission_is_named_by_its_resource_whatever_the_version() -> None:
    with (
        wire_answering(lambda _: httpx.Response(401), api_version="2017-08") as wire,
        pytest.raises(PermissionMissing, match="may not read orders"),
    ):
        wire.api.look(["oRdErAbCdE"], unheard)
