"""Kinds in which the shopper pays, or means to pay, otherwise than at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.kinds.kind import Kind
from tests.simulation.shop import MERCHANT, SHOPPER, WEBHOOK
from tests.simulation.truth import SUPERSEDED, truth
from tests.simulation.weather import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from tests.simulation.case import Case
    from tests.simulation.kernel import Script


def _left(case: Case) -> Script:
    """The first payment is known, for its cart changed or was placed, when the shopper leaves it."""
    yield from case.opens()
    if case.likely(0.5):
        case.change(SHOPPER)
    else:
        case.places()
    yield case.dice.choice((20, 10 * MINUTE)) * case.dice.random()


def transferred(case: Case) -> Script:
    """Then it is a bank transfer, which does not come in for weeks, if ever."""
    yield from _left(case)
    case.chooses_another_kind("wire_transfers")
    yield case.soon()
    case.places()
    if case.likely(0.4):
        yield case.some_day()
        case.change(MERCHANT, payment_status="paid")


def transferred_and_paid_by_card(case: Case) -> Script:
    """The same, but the card's payment did succeed, and wins where Commerce Layer forces it."""
    yield from _left(case)
    case.chooses_another_kind("wire_transfers")
    yield case.soon()
    case.places()
    yield case.dice.uniform(1, HOUR)
    yield from case.confirms("a")


def paid_otherwise(case: Case) -> Script:
    """Then it is PayPal, paid at once."""
    yield from _left(case)
    case.chooses_another_kind("paypal_payments")
    yield case.soon()
    case.places()
    yield case.soon()
    case.change(WEBHOOK, payment_status="authorized")


def other_payment(case: Case) -> Script:
    """The shopper pays with another payment of the same type; some pay with both."""
    yield from _left(case)
    case.chooses("b")
    yield case.soon()
    case.places()
    yield from case.confirms("b")
    if case.likely(0.3):
        case.truth = truth("closed", "settled", calls=SUPERSEDED, closes="replaced")
        yield case.dice.uniform(0, DAY)
        yield from case.confirms("a")


def charged_twice(case: Case) -> Script:
    """Both payments succeed, and Commerce Layer has heard of both."""
    yield from _left(case)
    case.chooses("b")
    case.places()
    for letter in case.dice.sample("ab", 2):
        yield case.dice.uniform(0.1, 10)
        yield from case.confirms(letter, lost=False)


def charged_and_voided(case: Case) -> Script:
    """The same, but what was authorized by the first payment was voided at once."""
    yield from _left(case)
    case.chooses("b")
    case.shop.intents[case.key("a")].is_voided = True
    case.places()
    yield case.soon()
    case.shop.intents[case.key("b")].money = case.order.amount_cents if case.order else None
    case.shop.hear(case.key("b"), WEBHOOK)
    yield case.soon()
    yield from case.confirms("a")


def seen_twice(case: Case) -> Script:
    """One intent at the gateway stands behind both payments."""
    yield from _left(case)
    case.chooses("b", transaction=case.shop.intents[case.key("a")].transaction)
    case.places()
    yield case.soon()
    yield from case.confirms("b", lost=False)
    yield from case.confirms("a", lost=False)


QUIETLY = truth("closed", closes="replaced")

KINDS = (
    Kind(script=transferred, weight=9, truth=QUIETLY, on_purpose=True),
    Kind(script=transferred_and_paid_by_card, weight=4, truth=truth("closed", "settled", closes="replaced")),
    Kind(script=paid_otherwise, weight=7, truth=QUIETLY, on_purpose=True),
    Kind(script=other_payment, weight=10, truth=QUIETLY),
    Kind(
        script=charged_twice,
        weight=6,
        truth=truth("closed", "settled", calls=SUPERSEDED, closes="replaced"),
    ),
    Kind(script=charged_and_voided, weight=4, truth=QUIETLY, on_purpose=True),
    Kind(script=seen_twice, weight=4, truth=truth("closed", "settled", closes="replaced"), on_purpose=True),
)
