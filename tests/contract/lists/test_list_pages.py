"""Lists come by id, 25 records at a time, and an answer without a list is no empty list."""

from __future__ import annotations

import httpx
import pytest

from payment_refresh.adapters.commerce_layer.listings import CommerceLayerLists
from payment_refresh.domain.policy import HOUR
from payment_refresh.errors import ServerError
from tests.contract.api import wire_answering
from tests.contract.lists.bench import LISTINGS, Bench, order_document, pages


class TestPages:
    """By id, 25 at a time."""

    def test_order_list_without_orders_is_one_empty_page(self, bench: Bench) -> None:
        assert [list(page) for page in pages(bench.api, LISTINGS["placed"])] == [[]]

    @pytest.mark.parametrize(("count", "sizes"), [(24, [24]), (25, [25, 0]), (60, [25, 25, 10])])
    def test_order_list_gives_every_order_once_in_the_order_of_ids(
        self, bench: Bench, count: int, sizes: list[int]
    ) -> None:
        made = {bench.order(ago=HOUR) for _ in range(count)}

        found = pages(bench.api, LISTINGS["placed"])

        assert [len(page) for page in found] == sizes
        assert [order.id for page in found for order in page] == sorted(made)

    def test_order_page_begins_behind_the_given_id_wherever_that_came_from(self, bench: Bench) -> None:
        made = sorted(bench.order(ago=HOUR) for _ in range(30))

        page = bench.api.list_orders(LISTINGS["placed"], made[9])

        assert [order.id for order in page.orders] == made[10:]
        assert page.after is None

    def test_orders_made_between_two_pages_shift_no_order_across_their_edge(self, bench: Bench) -> None:
        made = {bench.order(ago=HOUR) for _ in range(40)}
        first = bench.api.list_orders(LISTINGS["placed"], None)
        for _ in range(10):
            bench.order(ago=HOUR)

        second = bench.api.list_orders(LISTINGS["placed"], first.after)

        found = [order.id for page in (first, second) for order in page.orders]
        assert len(set(found)) == len(found)
        assert made <= {*found, *(order.id for page in pages(bench.api, LISTINGS["placed"]) for order in page)}


def test_order_list_ends_where_the_server_ignores_the_beginning_of_a_page() -> None:
    document = {"data": [order_document(f"oRd{number:03}") for number in range(25)]}
    with wire_answering(lambda _: httpx.Response(200, json=document)) as wire:
        api = CommerceLayerLists(transport=wire.api.transport, log=wire.log)

        assert [len(page) for page in pages(api, LISTINGS["placed"])] == [25, 25]


@pytest.mark.parametrize("document", [{}, {"data": None}, {"data": {"type": "orders"}}])
def test_answer_without_a_list_is_an_error_and_no_empty_list(document: dict[str, object]) -> None:
    """It would end a pass, or make all webhooks look fine."""
    with wire_answering(lambda _: httpx.Response(200, json=document)) as wire:
        lists = CommerceLayerLists(transport=wire.api.transport, log=wire.log)

        with pytest.raises(ServerError, match="without a list"):
            lists.list_orders(LISTINGS["placed"], None)
        with pytest.raises(ServerError, match="without a list"):
            lists.list_webhooks()
