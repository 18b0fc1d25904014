"""Announcements of what only order events reported: those that need a person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.use_cases.steps import KEY, LATER, MISMATCHES, check_next, failing

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from tests.support.world import World


class TestOrderEventsAlone:
    """What they ended needs no event, unless somebody must act."""

    @pytest.mark.parametrize(
        ("before", "after", "kinds"),
        [
            (samples.order(), samples.authorized(samples.order(), START + 5), {}),
            (samples.order(), samples.order(payment_status="free", updated_at=LATER), {}),
            (samples.order(), samples.order(payment_status="voided", updated_at=LATER), {}),
            (samples.cart(), samples.cart(status="cancelled", updated_at=LATER), {}),
            (samples.order(), failing("first"), {}),
            (
                samples.order(),
                samples.authorized(samples.order(status="cancelled"), START + 5),
                {"PaymentOnCancelledOrder": 1},
            ),
            (samples.order(), MISMATCHES[0], {"PaymentAmountMismatch": 1}),
        ],
        ids=["settled", "free", "voided", "cancelled cart", "failed attempt", "late money", "mismatch"],
    )
    def test_of_one_payment(self, world: World, before: Order, after: Order, kinds: dict[str, int]) -> None:
        world.event(before)
        world.clock.advance(10)
        world.event(after)

        world.sweep()
        world.take_batch()

        assert world.events.kinds == kinds
        assert not world.row(KEY).outbox

    def test_paid_through_another_one(self, world: World) -> None:
        """The event is about the other payment: the first one's row learns of it from a look."""
        world.event(samples.order())
        paid = samples.authorized(samples.order(source_id="pay-b"), START + 5)
        world.commerce_layer.put(paid)
        world.event(paid)
        assert list(world.table.rows) == [KEY]

        check_next(world, KEY)

        assert world.events.kinds == {"PaymentClosed": 1}

    def test_money_on_an_order_not_placed(self, world: World) -> None:
        paid = samples.authorized(samples.cart(), START)
        world.event(paid)
        world.clock.advance(world.policy.unplaced_after)
        world.event(replace(paid, updated_at=to_iso(world.clock.now)))

        world.sweep()
        world.take_batch()

        (detail,) = world.events.details
        assert (detail["kind"], detail["reported_by"]) == ("OrderAuthorizedNotPlaced", "event")
        assert not world.commerce_layer.calls

    def test_an_order_whose_payment_is_not_known(self, world: World) -> None:
        late = samples.without_source(samples.authorized(samples.order(status="cancelled"), START + 5))
        world.event(samples.without_source(samples.order()))
        world.event(late)

        check_next(world, PaymentKey("orders", "order-a"))

        (detail,) = world.events.details
        assert (detail["kind"], detail["payment"]) == ("PaymentOnCancelledOrder", None)
