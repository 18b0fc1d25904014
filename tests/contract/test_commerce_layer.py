"""Contract of the `CommerceLayer` port, held against the fake and against the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from payment_refresh.domain.payment import ORDERS, REFRESHABLE, PaymentKey
from payment_refresh.errors import Declined, NotFound
from tests.contract.api import wire_to
from tests.support import samples
from tests.support.clock import START
from tests.support.commerce_layer import FakeCommerceLayer, unheard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payment_refresh.ports import CommerceLayer
    from tests.integration.sandbox.driver import Driver

type Made = tuple[str, PaymentKey]


class Bench(Protocol):
    """An organization, with what the tests need to do in it."""

    api: CommerceLayer

    def order(self, kind: str = ..., *, paid: bool = ...) -> Made:
        """Place an order; if paid, the gateway's webhook was lost. Gives its id and payment."""
        ...

    def cart(self) -> str:
        """Make a cart without a payment source; gives its id."""
        ...

    def lag(self) -> None:
        """Let refreshes be answered with the order as it was before."""
        ...

    def decline(self) -> None:
        """Let refreshes of unpaid payments be declined."""
        ...


class FakeBench:
    """The fake."""

    def __init__(self) -> None:
        self.fake = FakeCommerceLayer()
        self.api: CommerceLayer = self.fake

    def order(self, kind: str = samples.STRIPE, *, paid: bool = False) -> Made:
        order = samples.order(f"{len(self.fake.orders)}", kind=kind)
        assert order.payment is not None
        self.fake.put(order)
        if paid:
            self.fake.on_refresh(order.payment, lambda: self.fake.put(samples.authorized(order, START + 9)))
        return order.id, order.payment

    def cart(self) -> str:
        order = samples.without_source(samples.cart(f"{len(self.fake.orders)}", source_known=True))
        self.fake.put(order)
        return order.id

    def lag(self) -> None:
        self.fake.lagging = True

    def decline(self) -> None:
        self.fake.script("refresh", "*", Declined("no", status=422, code="VALIDATION_ERROR"))


class SandboxBench:
    """The sandbox, through the adapter."""

    def __init__(self, driver: Driver, api: CommerceLayer) -> None:
        self.driver = driver
        self.api = api

    def order(self, kind: str = samples.STRIPE, *, paid: bool = False) -> Made:
        made = self.driver.order(payment_type=kind, intent="authorized" if paid else "open")
        return made["order_id"], PaymentKey(kind, made["payment_id"])

    def cart(self) -> str:
        return self.driver.order(status="pending", payment=False)["order_id"]

    def lag(self) -> None:
        self.driver.switch(refresh_order_lags=True)

    def decline(self) -> None:
        self.driver.switch(unconfirmed_refresh_status=422)


@pytest.fixture(params=["fake", "sandbox"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "fake":
        yield FakeBench()
        return
    driver: Driver = request.getfixturevalue("driver")
    with wire_to(driver.sandbox) as wire:
        yield SandboxBench(driver, wire.api)


class TestLook:
    """A list of orders, with all that a verdict needs."""

    @pytest.mark.parametrize("kind", REFRESHABLE)
    def test_an_order_is_reported_with_its_payment(self, bench: Bench, kind: str) -> None:
        order_id, payment = bench.order(kind)

        order = bench.api.look([order_id], unheard)[order_id]

        assert (order.status, order.payment_status, order.payment) == ("placed", "unpaid", payment)
        assert order.source_known
        assert order.amount_cents is not None
        assert None not in (order.number, order.currency, order.placed_at, order.created_at, order.updated_at)

    def test_an_order_without_a_payment_says_so(self, bench: Bench) -> None:
        order_id = bench.cart()

        order = bench.api.look([order_id], unheard)[order_id]

        assert (order.status, order.payment, order.source_type) == ("pending", None, None)

    def test_unknown_orders_are_left_out(self, bench: Bench) -> None:
        order_id, _ = bench.order()

        assert list(bench.api.look(["UnknownAbC", order_id], unheard)) == [order_id]

    def test_nothing_asked_is_nothing_reported(self, bench: Bench) -> None:
        assert bench.api.look([], unheard) == {}

    def test_more_than_a_page(self, bench: Bench) -> None:
        made = [bench.order()[0] for _ in range(27)]

        assert sorted(bench.api.look(made, unheard)) == sorted(made)


class TestFindOrders:
    """The orders of payments."""

    @pytest.mark.parametrize("kind", REFRESHABLE)
    def test_each_payment_leads_to_its_order(self, bench: Bench, kind: str) -> None:
        made = [bench.order(kind) for _ in range(3)]

        found = bench.api.find_orders(kind, [payment.id for _, payment in made], unheard)

        assert found == {payment.id: order_id for order_id, payment in made}

    def test_unknown_payments_and_those_of_other_types_are_left_out(self, bench: Bench) -> None:
        _, other = bench.order("satispay_payments")

        assert bench.api.find_orders(samples.STRIPE, [other.id, "UnknownAbC"], unheard) == {}


class TestRetrieve:
    """One record, when a list did not show it."""

    @pytest.mark.parametrize("kind", REFRESHABLE)
    def test_a_payment_shows_its_order_and_which_payment_that_has(self, bench: Bench, kind: str) -> None:
        order_id, payment = bench.order(kind)

        order = bench.api.retrieve(payment, unheard)

        assert order is not None
        assert (order.id, order.payment_status, order.payment) == (order_id, "unpaid", payment)

    def test_an_order_is_reported_with_its_payment(self, bench: Bench) -> None:
        order_id, payment = bench.order()

        order = bench.api.retrieve(PaymentKey(ORDERS, order_id), unheard)

        assert order is not None
        assert (order.id, order.payment) == (order_id, payment)

    @pytest.mark.parametrize("kind", [*REFRESHABLE, ORDERS])
    def test_what_does_not_exist_is_not_found(self, bench: Bench, kind: str) -> None:
        with pytest.raises(NotFound) as missing:
            bench.api.retrieve(PaymentKey(kind, "UnknownAbC"), unheard)

        assert (missing.value.status, missing.value.code) == (404, "RECORD_NOT_FOUND")

    def test_reading_moves_nothing(self, bench: Bench) -> None:
        order_id, payment = bench.order(paid=True)
        bench.api.retrieve(payment, unheard)
        bench.api.find_orders(payment.type, [payment.id], unheard)

        assert bench.api.look([order_id], unheard)[order_id].payment_status == "unpaid"


class TestRefresh:
    """The one thing that moves an order."""

    @pytest.mark.parametrize("kind", REFRESHABLE)
    def test_a_paid_payment_is_authorized(self, bench: Bench, kind: str) -> None:
        order_id, payment = bench.order(kind, paid=True)

        order = bench.api.refresh(payment, unheard)

        assert order is not None
        assert (order.id, order.payment_status, order.payment) == (order_id, "authorized", payment)
        assert order.payment_updated_at is not None
        assert bench.api.look([order_id], unheard)[order_id].payment_status == "authorized"

    def test_an_unpaid_payment_stays_unpaid(self, bench: Bench) -> None:
        _, payment = bench.order()

        order = bench.api.refresh(payment, unheard)

        assert order is not None
        assert order.payment_status == "unpaid"

    def test_the_answer_may_lag_behind(self, bench: Bench) -> None:
        order_id, payment = bench.order(paid=True)
        bench.lag()

        order = bench.api.refresh(payment, unheard)

        assert order is not None
        assert order.payment_status == "unpaid"
        assert bench.api.look([order_id], unheard)[order_id].payment_status == "authorized"

    def test_it_may_be_declined(self, bench: Bench) -> None:
        _, payment = bench.order()
        bench.decline()

        with pytest.raises(Declined) as declined:
            bench.api.refresh(payment, unheard)

        assert declined.value.status == 422

    @pytest.mark.parametrize("kind", REFRESHABLE)
    def test_what_does_not_exist_is_not_found(self, bench: Bench, kind: str) -> None:
        with pytest.raises(NotFound):
            bench.api.refresh(PaymentKey(kind, "UnknownAbC"), unheard)

    def test_it_shows_when_it_goes_out(self, bench: Bench) -> None:
        _, payment = bench.order()
        sent: list[str] = []

        bench.api.refresh(payment, lambda: sent.append("sent"))

        assert sent == ["sent"]
