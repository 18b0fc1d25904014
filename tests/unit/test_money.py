"""Money that the payments of an order hold, as its transactions show it."""

from __future__ import annotations

import pytest
from hypothesis import given

from payment_refresh.domain.money import (
    NOTHING,
    Holding,
    are_reversals_attributed,
    holdings,
    owner,
    total_held,
)
from payment_refresh.domain.order import Order
from tests.unit import payloads
from tests.unit.payloads import OTHER_ID, PAYMENT_ID, Json, attempt, reversal, through
from tests.unit.strategies import orders


def order(attempts: list[Json] | None, back: list[Json] | None = None) -> Order:
    return payloads.order(attempts=attempts, back=back)


class TestHoldings:
    """Succeeded authorizations less their voids and refunds, each transaction once."""

    @pytest.mark.parametrize(
        ("attempts", "back", "cents"),
        [
            ([through("a", 5000)], [], 5000),
            ([through("a", 5000), through("b", 4900)], [], 9900),
            ([through("a", 5000, gateway_transaction_id="t"), through("b", gateway_transaction_id="t")], [], 5000),
            (
                [through("a", 50, gateway_transaction_id=None), through("b", 60, gateway_transaction_id=None)],
                [],
                110,
            ),
            ([through("a", 5000), attempt("b", amount_cents=9900)], [], 5000),
            ([through("a", 5000)], [reversal("voids", "v", 5000)], 0),
            ([through("a", 5000)], [reversal("refunds", "r", 1500)], 3500),
            ([through("a", 5000)], [reversal("voids", "v", 5000), reversal("refunds", "r", 5000)], 0),
            ([through("a", 5000)], [reversal("voids", "v", None)], 0),
            ([through("a", 5000)], [reversal("voids", "v", 5000, succeeded=False)], 5000),
            ([through("a", None)], [], None),
            ([through("a", None)], [reversal("refunds", "r", 100)], None),
            ([through("a", None)], [reversal("voids", "v", None)], 0),
        ],
        ids=[
            "one",
            "two",
            "one transaction twice",
            "two without a transaction's id",
            "a failed one",
            "voided",
            "refunded in part",
            "given back twice over",
            "void of an unknown amount",
            "void that failed",
            "unknown amount",
            "part of an unknown amount given back",
            "unknown amount, void of an unknown amount",
        ],
    )
    def test_what_one_payment_holds_of_it(self, attempts: list[Json], back: list[Json], cents: int | None) -> None:
        assert holdings(order(attempts, back))[PAYMENT_ID].cents == cents

    def test_of_two_payments_each_holds_its_own(self) -> None:
        held = holdings(order([through("a", 5000), through("b", 4900, of=OTHER_ID)]))

        assert {name: each.cents for name, each in held.items()} == {PAYMENT_ID: 5000, OTHER_ID: 4900}

    def test_a_payment_without_a_succeeded_authorization_holds_nothing_at_all(self) -> None:
        assert holdings(order([attempt("a")])) == {}

    def test_a_holding_names_the_gateways_transactions(self) -> None:
        held = holdings(order([through("a"), through("b", gateway_transaction_id=None)]))[PAYMENT_ID]

        assert (held.transactions, held.are_all_named) == (frozenset({"transaction-a", "b"}), False)
        assert holdings(order([through("a")]))[PAYMENT_ID].are_all_named

    @pytest.mark.parametrize(("cents", "is_money"), [(None, True), (1, True), (0, False)])
    def test_an_amount_nobody_can_read_is_money(self, cents: int | None, is_money: bool) -> None:
        assert Holding(cents=cents, transactions=frozenset(), are_all_named=True).is_money is is_money
        assert not NOTHING.is_money


class TestOwners:
    """Whose an authorization or a reversal is, where it does not say so itself."""

    def test_an_authorization_without_a_payment_is_the_current_sources(self) -> None:
        (mine, unnamed, others) = order(
            [through("a"), through("b", of=None), through("c", of=OTHER_ID)]
        ).authorizations

        found = [owner(each, order([])) for each in (mine, unnamed, others)]
        assert found == [PAYMENT_ID, PAYMENT_ID, OTHER_ID]

    def test_of_an_order_that_shows_no_source_it_is_nobodys(self) -> None:
        unknown = Order(id="order-a", status="placed", payment_status="paid")

        assert owner(order([through("b", of=None)]).authorizations[0], unknown) == ""

    @pytest.mark.parametrize(
        ("attempts", "void", "left"),
        [
            (
                [through("a"), through("b", of=OTHER_ID)],
                reversal("voids", "v", of=None, gateway_transaction_id="transaction-b"),
                {PAYMENT_ID: 9900, OTHER_ID: 0},
            ),
            (
                [through("a"), through("b", of=OTHER_ID)],
                reversal("voids", "v", of=OTHER_ID, gateway_transaction_id="transaction-a"),
                {PAYMENT_ID: 9900, OTHER_ID: 0},
            ),
            ([through("a")], reversal("voids", "v", of=None), {PAYMENT_ID: 0}),
            (
                [through("a"), through("b", of=OTHER_ID)],
                reversal("voids", "v", of=None, gateway_transaction_id=None),
                {PAYMENT_ID: 9900, OTHER_ID: 9900},
            ),
        ],
        ids=["by its transaction", "as it says", "of the only one", "nobody knows whose"],
    )
    def test_a_reversal_lessens_what_its_payment_holds(
        self, attempts: list[Json], void: Json, left: dict[str, int]
    ) -> None:
        found = order(attempts, [void])

        assert {name: each.cents for name, each in holdings(found).items()} == left
        assert are_reversals_attributed(found) is (sum(left.values()) < 9900 * len(left))

    def test_reversals_that_were_not_shown_are_not_attributed(self) -> None:
        assert not are_reversals_attributed(order([through("a")]))
        assert are_reversals_attributed(order([through("a"), attempt("b")], []))


class TestTotal:
    """What an order's payments hold together."""

    @pytest.mark.parametrize(
        ("attempts", "total"),
        [
            (None, None),
            ([], None),
            ([attempt("a", amount_cents=9900)], None),
            ([through("a", 5000), through("b", 4900, of=OTHER_ID)], 9900),
            (
                [
                    through("a", 5000, gateway_transaction_id="t"),
                    through("b", 5000, of=OTHER_ID, gateway_transaction_id="t"),
                ],
                5000,
            ),
            ([through("a", 5000), through("b", None, of=OTHER_ID)], None),
        ],
        ids=["not shown", "none", "none succeeded", "two payments", "one intent seen twice", "an unknown amount"],
    )
    def test_it_counts_each_transaction_once(self, attempts: list[Json] | None, total: int | None) -> None:
        assert total_held(order(attempts)) == total

    @given(orders)
    def test_it_is_never_more_than_the_payments_hold_each(self, found: Order) -> None:
        total = total_held(found)

        if total is not None:
            assert 0 <= total <= sum(each.cents or 0 for each in holdings(found).values())
