"""Orders that each listing gives, with all that a verdict needs."""

from __future__ import annotations

import httpx
import pytest

from payment_refresh.adapters.commerce_layer.listings import CommerceLayerLists
from payment_refresh.domain.payment import REFRESHABLE
from payment_refresh.domain.policy import HOUR
from payment_refresh.times import to_iso
from tests.contract.api import wire_answering
from tests.contract.lists.bench import LISTINGS, Bench, Population, SandboxBench, order_document, pages, wanted
from tests.support import samples
from tests.support.clock import START


class TestListings:
    """Each class of orders, with all that a verdict needs."""

    @pytest.mark.parametrize("name", LISTINGS)
    def test_listing_gives_exactly_the_orders_that_it_wants(self, bench: Bench, name: str) -> None:
        population = Population(bench)

        listed = [order for page in pages(bench.api, LISTINGS[name]) for order in page]

        assert {order.id for order in listed if LISTINGS[name].wants(order)} == population.expected[name]
        # The filters leave hardly anything to sort out: a cart whose payment method has no payment source yet, and
        # the placed order that is too young, since its quiet time counts from a time that is no filter.
        left = [(order.status, order.source_type) for order in listed if not LISTINGS[name].wants(order)]
        assert left in ([], [("pending", None)], [("placed", samples.STRIPE)])

    @pytest.mark.parametrize("kind", REFRESHABLE)
    @pytest.mark.parametrize("auto_place", [True, False])
    def test_listed_order_carries_its_payment_status_times_and_amount(
        self, bench: Bench, kind: str, auto_place: bool
    ) -> None:
        order_id = bench.cart(kind, ago=HOUR, auto_place=auto_place)

        (order,) = wanted(bench.api, LISTINGS["carts"])

        assert (order.id, order.payment, order.source_known) == (order_id, bench.payment_of(order_id), True)
        assert (order.status, order.payment_status) == ("pending", "unpaid")
        assert [str(time)[:19] for time in (order.updated_at, order.created_at)] == [to_iso(START - HOUR)[:19]] * 2
        assert order.placed_at is None
        assert order.auto_place is auto_place
        assert (order.gateway_id is None) == (kind == "checkout_com_payments")
        assert order.number
        assert order.amount_cents

    def test_placed_order_that_others_touch_all_the_time_is_listed(self, real: SandboxBench) -> None:
        order_id = real.order(ago=2 * HOUR)
        real.driver.act(real.made[order_id], "approve")

        (order,) = wanted(real.api, LISTINGS["placed"])

        assert order.id == order_id
        assert str(order.updated_at)[:19] == to_iso(START)[:19]

    def test_listed_placed_order_carries_the_time_of_its_placement(self, bench: Bench) -> None:
        bench.order(ago=HOUR)

        (order,) = wanted(bench.api, LISTINGS["placed"])

        assert str(order.placed_at)[:19] == to_iso(START - HOUR)[:19]


def test_unreadable_order_in_a_list_is_skipped_and_logged() -> None:
    document = {"data": [order_document("oRd1", status=None), order_document("oRd2"), "no record"]}
    with wire_answering(lambda _: httpx.Response(200, json=document)) as wire:
        lists = CommerceLayerLists(transport=wire.api.transport, log=wire.log)
        page = lists.list_orders(LISTINGS["placed"], None)

    assert [order.id for order in page.orders] == ["oRd2"]
    assert len(wire.log.of("order_unreadable")) == 1
