"""Orders that no list shows: the use of their payments' own answers, and their ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.vocabulary import Reason, Status
from tests.support import samples
from tests.support.clock import START
from tests.support.commerce_layer import not_found
from tests.unit.use_cases.steps import swept

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey
    from tests.support.world import World

SHORT = samples.order(
    mismatched=True,
    authorizations=(samples.attempt("t", samples.key(), START, succeeded=True),),
    reversals_known=True,
)
"""Less was authorized than the order costs."""


def hidden(world: World, listed: Order, found: Order) -> list[PaymentKey]:
    """Let an order stand otherwise than was reported, where no list shows it; its payment's check has come."""
    keys = swept(world, listed)
    world.commerce_layer.put(found)
    world.commerce_layer.payments[keys[0]] = found.id
    world.commerce_layer.hidden.add(found.id)
    return keys


def check_at_the_end(world: World) -> None:
    """Let the age of giving up come."""
    world.clock.advance(world.policy.give_up)
    world.sweep()
    world.take_batch()


@pytest.mark.parametrize(
    ("listed", "found", "refreshes", "look_only"),
    [
        pytest.param(SHORT, SHORT, 0, True, id="still mismatched"),
        pytest.param(samples.order(), SHORT, 0, True, id="mismatched since"),
        pytest.param(
            SHORT, samples.without_source(samples.order()), 0, True, id="it does not show the payment source"
        ),
        pytest.param(
            SHORT, replace(SHORT, payment_status="partially_authorized"), 0, True, id="it shows by itself"
        ),
        pytest.param(SHORT, samples.order(), 1, False, id="mended"),
        pytest.param(
            samples.order(), replace(SHORT, source_id="pay-b"), 0, False, id="mismatched with another payment"
        ),
    ],
)
def test_where_it_takes_the_authorizations_to_decide_the_order_itself_is_asked(
    world: World, listed: Order, found: Order, refreshes: int, look_only: bool
) -> None:
    """No list shows the order, and the payment's answer does not include its authorizations."""
    (key,) = hidden(world, listed, found)

    world.take_batch()

    row = world.row(key)
    assert (row.status, row.refreshes) == (Status.WATCHING, refreshes)
    assert row.look_only is look_only


def test_so_one_that_no_list_shows_is_given_up_in_the_end(world: World) -> None:
    (key,) = hidden(world, SHORT, SHORT)
    world.take_batch()

    check_at_the_end(world)

    assert (world.row(key).reason, world.row(key).refreshes) == (Reason.STAYED_PENDING, 0)


def test_one_whose_order_is_not_found_either_is_looked_at_only_to_its_end(world: World) -> None:
    (key,) = hidden(world, SHORT, SHORT)
    world.commerce_layer.script("retrieve", "orders#order-a", *[not_found(samples.key())] * 2)

    report = world.take_batch()

    assert report.counts == {"ListCalls": 2, "RetrieveCalls": 2, "Pending": 1}
    assert (world.row(key).refreshes, world.row(key).first_absent_at) == (0, None)

    check_at_the_end(world)

    assert (world.row(key).reason, world.row(key).refreshes) == (Reason.STAYED_PENDING, 0)


def test_without_time_to_ask_the_order_itself_its_payment_is_snoozed(world: World) -> None:
    (key,) = hidden(world, SHORT, SHORT)
    left = iter([True, True, True])  # both lists, the payment
    world.has_time = lambda: next(left, False)

    assert world.take_batch().counts == {"ListCalls": 2, "RetrieveCalls": 1, "Pending": 1}

    assert (world.row(key).due_at, world.row(key).refreshes) == (START + 70, 0)
