"""The gateways in use, and whether Commerce Layer's webhook is registered there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from payment_refresh.adapters.commerce_layer.listings import MOST_PAGES, CommerceLayerLists
from tests.contract.api import wire_answering

if TYPE_CHECKING:
    from tests.contract.lists.bench import Bench


class TestGateways:
    """The gateways in use, and whether Commerce Layer's webhook is registered there."""

    @pytest.mark.parametrize("kind", ["stripe_gateways", "checkout_com_gateways"])
    def test_gateway_list_says_whether_the_gateways_webhook_is_registered(self, bench: Bench, kind: str) -> None:
        gateways = bench.api.list_gateways(kind)
        assert {(gateway.type, gateway.has_webhook) for gateway in gateways} == {(kind, True)}
        assert all(gateway.id and gateway.name for gateway in gateways)

        bench.unregister(kind)

        assert list(bench.api.list_gateways(kind)) == [replace(gateway, has_webhook=False) for gateway in gateways]

    def test_gateway_list_has_both_gateways_of_a_type_that_has_two(self, bench: Bench) -> None:
        assert len({(gateway.id, gateway.name) for gateway in bench.api.list_gateways("stripe_gateways")}) == 2

    @pytest.mark.parametrize("attributes", [None, [], {"webhook_endpoint_id": ""}])
    def test_gateway_without_a_webhook_endpoint_id_has_no_webhook(self, attributes: object) -> None:
        document = {"data": [{"type": "stripe_gateways", "id": "gAtEwAy", "attributes": attributes}]}
        with wire_answering(lambda _: httpx.Response(200, json=document)) as wire:
            (gateway,) = CommerceLayerLists(transport=wire.api.transport, log=wire.log).list_gateways(
                "stripe_gateways"
            )

        assert not gateway.has_webhook

    def test_disabled_gateway_without_a_webhook_is_left_out_of_the_list(self) -> None:
        attributes = {"name": "old", "disabled_at": "2026-01-01T00:00:00.000Z", "webhook_endpoint_id": None}
        document = {"data": [{"type": "stripe_gateways", "id": "gAtEwAy", "attributes": attributes}]}
        with wire_answering(lambda _: httpx.Response(200, json=document)) as wire:
            lists = CommerceLayerLists(transport=wire.api.transport, log=wire.log)

            assert lists.list_gateways("stripe_gateways") == []

    def test_gateway_list_stops_at_the_most_pages_where_every_page_is_full(self) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            behind = int(request.url.params.get("filter[q][id_gt]", "0"))
            records = [{"type": "stripe_gateways", "id": f"{behind + n:09}"} for n in range(1, 26)]
            return httpx.Response(200, json={"data": records})

        with wire_answering(answer) as wire:
            found = CommerceLayerLists(transport=wire.api.transport, log=wire.log).list_gateways("stripe_gateways")

        assert len(found) == MOST_PAGES * 25
