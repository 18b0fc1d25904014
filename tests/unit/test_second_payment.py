"""Evidence that the shopper paid an order twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from payment_refresh.domain.second_payment import SecondPayment, find_second_payment
from payment_refresh.domain.vocabulary import Evidence
from tests.support import samples
from tests.unit import payloads
from tests.unit.payloads import OTHER_ID, PAYMENT, Json, reversal, through
from tests.unit.strategies import orders

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order

OURS, OTHERS = through("a"), through("b", of=OTHER_ID)
BOTH = [OURS, OTHERS]


def find(attempts: list[Json] | None, back: list[Json] | None = None, **changes: Any) -> SecondPayment | None:
    """Look for a second payment of an order that is paid through the other one."""
    source = payloads.payment(id_=OTHER_ID)
    return find_second_payment(
        payloads.order(source=source, attempts=attempts, back=back, payment_status="paid", **changes), PAYMENT
    )


def test_two_payments_that_hold_the_whole_cost_are_certain() -> None:
    assert find(BOTH, []) == SecondPayment(payment_id=OTHER_ID, held_cents=9900, evidence=Evidence.MONEY)


@pytest.mark.parametrize(
    ("attempts", "back"),
    [
        (None, []),
        ([OTHERS], []),
        ([OURS], []),
        (BOTH, [reversal("voids", "v")]),
        (BOTH, [reversal("refunds", "r", of=OTHER_ID)]),
        (BOTH, [reversal("refunds", "r", 100, of=OTHER_ID)]),
        ([through("a", 4900), through("b", 5000, of=OTHER_ID)], []),
        ([through("a", gateway_transaction_id="t"), through("b", of=OTHER_ID, gateway_transaction_id="t")], []),
        ([payloads.attempt("a"), OTHERS], []),
        ([OURS, through("b", 0, of=OTHER_ID)], []),
    ],
    ids=[
        "transactions not shown",
        "ours holds nothing",
        "no other",
        "ours was voided",
        "the other was refunded",
        "the other holds less than the cost",
        "a split payment",
        "one intent seen twice",
        "ours failed",
        "the other holds nothing",
    ],
)
def test_anything_less_is_no_evidence(attempts: list[Json] | None, back: list[Json]) -> None:
    assert find(attempts, back) is None


def test_part_of_the_cost_held_by_ours_is_evidence_where_the_other_holds_all() -> None:
    assert find([through("a", 100), OTHERS], []) is not None


@pytest.mark.parametrize(
    ("attempts", "back", "changes"),
    [
        (BOTH, None, {}),
        (BOTH, [reversal("voids", "v", of=None, gateway_transaction_id="of another order")], {}),
        ([through("a", None), OTHERS], [], {}),
        ([OURS, through("b", None, of=OTHER_ID)], [], {}),
        (BOTH, [], {"total_amount_with_taxes_cents": None}),
        ([through("a", gateway_transaction_id=None), OTHERS], [], {}),
        ([OURS, through("b", of=OTHER_ID, gateway_transaction_id=None)], [], {}),
    ],
    ids=[
        "voids and refunds not shown",
        "a void of nobody knows which",
        "our amount unknown",
        "the other's amount unknown",
        "the order's cost unknown",
        "our transaction unnamed",
        "the other's transaction unnamed",
    ],
)
def test_what_cannot_be_read_leaves_only_the_authorizations(
    attempts: list[Json], back: list[Json] | None, changes: dict[str, Any]
) -> None:
    second = find(attempts, back, **changes)

    assert second is not None
    assert (second.payment_id, second.evidence) == (OTHER_ID, Evidence.AUTHORIZATION_ONLY)


def test_of_several_others_one_that_covers_the_cost_is_named() -> None:
    second = find([OURS, through("b", 100, of="aSmallGift"), OTHERS], [])

    assert second is not None
    assert second.payment_id == OTHER_ID


@given(orders)
def test_the_second_payment_is_another_one_and_holds_money(order: Order) -> None:
    second = find_second_payment(order, samples.key())

    assert second is None or (second.payment_id != "pay-a" and second.held_cents != 0)
