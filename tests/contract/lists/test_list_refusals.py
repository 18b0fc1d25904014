"""Lists where filters, includes or the whole of it are refused."""

from __future__ import annotations

import httpx
import pytest

from payment_refresh.adapters.commerce_layer.listings import CommerceLayerLists
from payment_refresh.domain.policy import HOUR
from payment_refresh.errors import MayNotRead, RequestRefused
from tests.contract.api import wire_answering
from tests.contract.lists.bench import LISTINGS, Population, SandboxBench, pages, wanted

REFUSALS: dict[str, tuple[list[str], int]] = {
    "the payment type": (["payment_method_payment_source_type_in"], 1),
    "the upper bound": (["updated_at_lteq"], 2),
    "the lower bound": (["updated_at_gteq"], 2),
    "the payment status": (["payment_status_in"], 3),
    "all but the status": (
        ["payment_method_payment_source_type_in", "updated_at_lteq", "updated_at_gteq", "payment_status_in"],
        3,
    ),
}
"""Filters that the API refuses, and how many levels down that leads."""


class TestRefusedFilters:
    """Their combination is composed of documented parts and was never seen together."""

    @pytest.mark.parametrize(("refused", "levels"), REFUSALS.values(), ids=REFUSALS)
    def test_listing_with_refused_filters_gives_the_same_orders_and_remembers_the_refusal(
        self, real: SandboxBench, refused: list[str], levels: int
    ) -> None:
        population = Population(real)
        real.driver.switch(refused_filters=refused)

        for name, listing in LISTINGS.items():
            assert {order.id for order in wanted(real.api, listing)} == population.expected[name]

        # The refusal is remembered: it is met once, and then no more.
        lines = real.wire.log.of("request_simplified")
        assert [line["code"] for line in lines] == ["FILTER_NOT_ALLOWED"] * levels
        assert lines[-1]["left"] == ",".join(("status", "payment_status", "updated_at")[: 4 - levels])
        assert real.driver.calls()["by_status"].get("400", 0) == levels

    @pytest.mark.parametrize("refused", ["status_in", "id_gt"])
    def test_listing_without_the_status_or_the_id_filter_is_refused(
        self, real: SandboxBench, refused: str
    ) -> None:
        for _ in range(26):
            real.order(ago=HOUR)
        real.driver.switch(refused_filters=[refused])

        with pytest.raises(RequestRefused) as refusal:
            pages(real.api, LISTINGS["placed"])

        assert refusal.value.reason == "400 FILTER_NOT_ALLOWED"


class TestRefusedIncludes:
    """A role may not read all that is included."""

    @pytest.mark.parametrize(
        ("refused", "levels"),
        [
            ("payment_method.payment_gateway", 1),
            ("refunds.payment_source", 2),
            ("voids", 3),
            ("authorizations.payment_source", 5),
            ("payment_method", 6),
            ("authorizations", 7),
        ],
    )
    def test_listing_with_refused_includes_still_gives_the_order_with_its_payment(
        self, real: SandboxBench, refused: str, levels: int
    ) -> None:
        order_id = real.cart(ago=HOUR)
        real.driver.switch(refused_includes=[refused])

        for _ in range(2):
            (order,) = wanted(real.api, LISTINGS["carts"])
            assert order.payment == real.payment_of(order_id)
            assert order.gateway_id is not None

        lines = real.wire.log.of("request_simplified")
        assert [line["code"] for line in lines] == ["INVALID_INCLUDE"] * levels

    def test_listing_without_the_payment_source_include_is_refused(self, real: SandboxBench) -> None:
        real.driver.switch(refused_includes=["payment_source"])

        with pytest.raises(RequestRefused):
            real.api.list_orders(LISTINGS["carts"], None)

    def test_listing_with_a_refused_filter_and_include_gives_the_same_orders(self, real: SandboxBench) -> None:
        population = Population(real)
        real.driver.switch(
            refused_includes=["payment_method"], refused_filters=["payment_method_payment_source_type_in"]
        )

        found = wanted(real.api, LISTINGS["placed"])

        assert {order.id for order in found} == population.expected["placed"]
        assert len(real.wire.log.of("request_simplified")) == 7


def test_list_that_the_role_may_not_read_is_refused_with_its_name() -> None:
    answer = httpx.Response(403, json={"errors": [{"code": "UNAUTHORIZED", "status": "403"}]})
    with wire_answering(lambda _: answer) as wire:
        lists = CommerceLayerLists(transport=wire.api.transport, log=wire.log)

        with pytest.raises(MayNotRead, match="may not read webhooks"):
            lists.list_webhooks()
        with pytest.raises(MayNotRead, match="may not read orders"):
            lists.list_orders(LISTINGS["placed"], None)
