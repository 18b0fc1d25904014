"""The filters by which discover lists orders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.cursor import Cursor, Pass
from payment_refresh.domain.discovery import Listing, listings
from payment_refresh.domain.payment import REFRESHABLE
from payment_refresh.domain.policy import DAY, HOUR, MINUTE, Policy
from payment_refresh.domain.window import Window
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order

WINDOW = Window(after=30 * MINUTE, placed=20 * DAY, carts=48 * HOUR)
POLICY = Policy(unplaced_after=15 * MINUTE)
OLD = START - 2 * HOUR


def listing(name: str, **changes: Any) -> Listing:
    """A listing of a whole pass that began at the start; or of the cursor given."""
    of = Pass.CARTS if name == "carts" else Pass.ORDERS
    cursor = replace(Cursor(of=of).begun(START), **changes)
    (found,) = [each for each in listings(cursor, WINDOW, POLICY) if each.name == name]
    return found


def steady(name: str, *, seen_to: float) -> Listing:
    """A listing of a pass that began at the start and follows one that began earlier."""
    return listing(name, whole=False, complete_to=int(seen_to))


def bounds(each: Listing) -> tuple[str, str]:
    return each.updated_from, each.quiet_since


class TestPasses:
    """Carts have a pass of their own, after the orders'."""

    def test_orders_then_carts(self) -> None:
        assert WINDOW.passes == (Pass.ORDERS, Pass.CARTS)

    def test_carts_may_be_left_alone(self) -> None:
        assert replace(WINDOW, carts=None).passes == (Pass.ORDERS,)

    @pytest.mark.parametrize(
        ("of", "names"), [(Pass.ORDERS, ["placed", "unplaced", "cancelled"]), (Pass.CARTS, ["carts"])]
    )
    def test_each_pass_has_its_listings(self, of: Pass, names: list[str]) -> None:
        assert [each.name for each in listings(Cursor(of=of).begun(START), WINDOW, POLICY)] == names


class TestBounds:
    """Each class has its window, and its quiet time."""

    @pytest.mark.parametrize(
        ("name", "oldest", "youngest"),
        [
            ("placed", 20 * DAY, 30 * MINUTE),
            ("unplaced", 20 * DAY, 15 * MINUTE),
            ("cancelled", 20 * DAY, 15 * MINUTE),
            ("carts", 48 * HOUR, 30 * MINUTE),
        ],
    )
    def test_a_whole_pass_lists_the_window(self, name: str, oldest: int, youngest: int) -> None:
        assert bounds(listing(name)) == (to_iso(START - oldest), to_iso(START - youngest))

    @pytest.mark.parametrize(
        ("name", "quiet"), [("placed", 30 * MINUTE), ("unplaced", 15 * MINUTE), ("carts", 30 * MINUTE)]
    )
    def test_any_other_goes_on_where_the_last_one_ended(self, name: str, quiet: int) -> None:
        before = START - 15 * MINUTE
        assert bounds(steady(name, seen_to=before)) == (to_iso(before - quiet), to_iso(START - quiet))

    def test_both_bounds_are_in_it(self) -> None:
        found = listing("placed")
        assert found.wants(samples.order(at=START - 30 * MINUTE))
        assert found.wants(samples.order(at=START - 20 * DAY))

    def test_beyond_them_nothing_is(self) -> None:
        found = listing("placed")
        assert not found.wants(samples.order(at=START - 30 * MINUTE + 0.001))
        assert not found.wants(samples.order(at=START - 20 * DAY - 0.001))

    @pytest.mark.parametrize(
        ("name", "asked"), [("placed", False), ("unplaced", True), ("cancelled", True), ("carts", True)]
    )
    def test_the_latest_change_is_asked_for_but_of_placed_orders(self, name: str, asked: bool) -> None:
        found = listing(name)

        assert found.updated_until == (found.quiet_since if asked else None)

    def test_a_placed_order_that_others_touch_all_the_time_is_quiet_since_its_placement(self) -> None:
        touched = samples.order(at=OLD, updated_at=to_iso(START - 1))

        assert listing("placed").wants(touched)
        assert not listing("placed").wants(replace(touched, placed_at=to_iso(START - 60)))
        assert not listing("placed").wants(replace(touched, placed_at=None))

    def test_any_other_is_quiet_since_its_last_change(self) -> None:
        touched = samples.cart(at=OLD, payment_status="paid", updated_at=to_iso(START - 1))

        assert not listing("unplaced").wants(touched)

    def test_an_order_that_does_not_show_when_it_changed_is_not_wanted(self) -> None:
        assert not listing("placed").wants(samples.order(at=OLD, updated_at=None))


class TestPlaced:
    """Unpaid orders that a shopper believes to have placed."""

    @pytest.mark.parametrize("status", ["placed", "placing", "editing", "approved"])
    @pytest.mark.parametrize("payment_status", ["unpaid", "partially_authorized", "partially_paid"])
    @pytest.mark.parametrize("kind", REFRESHABLE)
    def test_an_order_that_is_wanted(self, status: str, kind: str, payment_status: str) -> None:
        order = samples.order(at=OLD, status=status, kind=kind, payment_status=payment_status)

        assert listing("placed").wants(order)

    @pytest.mark.parametrize(
        "order",
        [
            samples.order(at=OLD, status="draft"),
            samples.order(at=OLD, status="cancelled"),
            samples.cart(at=OLD),
            samples.order(at=OLD, kind="adyen_payments"),
            samples.order(at=OLD, source_type=None, source_id=None),
            samples.order(at=OLD, payment_status="authorized"),
            samples.order(at=OLD, payment_status="paid"),
            samples.order(at=OLD, payment_status="free"),
        ],
    )
    def test_an_order_that_is_not_wanted(self, order: Order) -> None:
        assert not listing("placed").wants(order)

    def test_where_the_payment_source_is_not_reported_the_order_is_wanted(self) -> None:
        assert listing("placed").wants(samples.without_source(samples.order(at=OLD)))


class TestUnplaced:
    """Orders that were paid and never placed, whatever pays for them."""

    @pytest.mark.parametrize("payment_status", ["authorized", "paid", "partially_paid"])
    @pytest.mark.parametrize("kind", [*REFRESHABLE, "adyen_payments", "wire_transfers"])
    def test_an_order_that_is_wanted(self, payment_status: str, kind: str) -> None:
        assert listing("unplaced").wants(samples.cart(at=OLD, payment_status=payment_status, kind=kind))

    @pytest.mark.parametrize(
        "order",
        [
            samples.cart(at=OLD),
            samples.cart(at=OLD, payment_status="voided"),
            samples.order(at=OLD, payment_status="authorized"),
            samples.order(at=OLD, status="cancelled", payment_status="authorized"),
        ],
    )
    def test_an_order_that_is_not_wanted(self, order: Order) -> None:
        assert not listing("unplaced").wants(order)

    @pytest.mark.parametrize("placed_at", [None, to_iso(OLD)])
    @pytest.mark.parametrize("status", ["draft", "pending", "placing"])
    def test_any_status_that_is_not_placed_yet(self, status: str, placed_at: str | None) -> None:
        order = samples.cart(at=OLD, status=status, payment_status="authorized", placed_at=placed_at)

        assert listing("unplaced").wants(order)


class TestCancelled:
    """Orders that were cancelled and have money."""

    @pytest.mark.parametrize("payment_status", ["authorized", "paid", "partially_paid"])
    @pytest.mark.parametrize("kind", REFRESHABLE)
    def test_an_order_that_is_wanted(self, payment_status: str, kind: str) -> None:
        order = samples.order(at=OLD, status="cancelled", payment_status=payment_status, kind=kind)

        assert listing("cancelled").wants(order)

    @pytest.mark.parametrize(
        "order",
        [
            samples.order(at=OLD, status="cancelled"),
            samples.order(at=OLD, status="cancelled", payment_status="voided"),
            samples.order(at=OLD, status="cancelled", payment_status="paid", kind="paypal_payments"),
            samples.order(at=OLD, payment_status="paid"),
        ],
    )
    def test_an_order_that_is_not_wanted(self, order: Order) -> None:
        assert not listing("cancelled").wants(order)


class TestCarts:
    """Orders with a payment that were neither paid nor placed."""

    @pytest.mark.parametrize("kind", REFRESHABLE)
    def test_an_order_that_is_wanted(self, kind: str) -> None:
        assert listing("carts").wants(samples.cart(at=OLD, kind=kind))

    @pytest.mark.parametrize(
        "order",
        [
            samples.order(at=OLD),
            samples.cart(at=OLD, status="draft"),
            samples.cart(at=OLD, payment_status="authorized"),
            samples.cart(at=OLD, kind="paypal_payments"),
            samples.cart(at=OLD, source_type=None, source_id=None),
            samples.cart(at=START - 49 * HOUR),
        ],
    )
    def test_an_order_that_is_not_wanted(self, order: Order) -> None:
        assert not listing("carts").wants(order)
