"""Kinds in which a record is gone: deleted carts, orders and payments, and payments left without an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.kinds.kind import Kind
from tests.simulation.truth import MISSING, truth
from tests.simulation.weather import HOUR

if TYPE_CHECKING:
    from tests.simulation.case import Case
    from tests.simulation.kernel import Script


def cleaned_up(case: Case) -> Script:
    """A clean-up script deletes many carts at once."""
    yield from case.opens()
    yield from case.comes()
    case.shop.delete(case.order_id)


def order_deleted(case: Case) -> Script:
    """A placed order is deleted, with its payment."""
    yield from case.opens()
    case.places()
    yield case.dice.uniform(HOUR, 0.8 * case.patience)
    case.shop.delete(case.order_id)


def orphaned(case: Case) -> Script:
    """A placed order is deleted; its payment still answers, without an order."""
    yield from case.opens()
    case.places()
    yield case.dice.uniform(1, 0.8 * case.patience)
    case.shop.delete(case.order_id, orphans=True)


def cart_orphaned(case: Case) -> Script:
    """Likewise a cart."""
    yield from case.opens()
    yield case.dice.uniform(1, 0.8 * case.policy.cart_ages[-1])
    case.shop.delete(case.order_id, orphans=True)


DELETED_CART = truth("closed", "abandoned", closes="deleted")
DELETED_ORDER = truth("missing", must=MISSING)

KINDS = (
    Kind(script=cleaned_up, weight=2, truth=DELETED_CART, on_purpose=True, group=(5, 30), within=(0.01, 0.3)),
    Kind(script=order_deleted, weight=5, truth=DELETED_ORDER),
    Kind(script=orphaned, weight=5, truth=DELETED_ORDER),
    Kind(script=cart_orphaned, weight=4, truth=DELETED_CART, on_purpose=True),
)
