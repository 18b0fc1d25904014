"""The order in which a sweep claims what is due of each class, and what each may have of the room."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from payment_refresh.use_cases.dispatch_due import CARTS_COUNTED, PEEK
from tests.support.clock import START
from tests.unit.use_cases.dispatch_steps import checked, names
from tests.unit.use_cases.steps import due, sent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payment_refresh.domain.payment import PaymentKey
    from tests.support.world import World


def absent(world: World, named: Iterable[str]) -> list[PaymentKey]:
    """Store watches that two lists left out, due for the calls that confirm it."""
    keys = due(world, named)
    world.table.put(*(replace(world.row(key), absent_twice=True) for key in keys))
    return keys


def test_of_those_checked_before_the_oldest_come_first(world: World) -> None:
    world.size = 2
    checked(world, ["a", "b", "c"])

    world.sweep()

    assert sent(world) == ["pay-a", "pay-b"]


def test_of_first_checks_the_newest_come_first(world: World) -> None:
    world.size = 2
    due(world, ["a", "b", "c"])

    world.sweep()

    assert sent(world) == ["pay-c", "pay-b"]


def test_first_checks_come_before_a_backlog_however_old(world: World) -> None:
    world.size = 3
    checked(world, names("p", 2 * PEEK), at=START - 9999)
    due(world, ["a", "b"])

    world.sweep()

    assert sent(world) == ["pay-b", "pay-a", "pay-p000"]


def test_a_backlog_of_first_checks_leaves_a_tenth_to_those_that_wait_longest(world: World) -> None:
    world.size = 3 * PEEK
    checked(world, ["old"], at=START - 9999)
    due(world, ["cart"], cart=True, at=START - 999)
    due(world, names("f", 4 * PEEK))

    world.sweep()

    tenth = world.size // 10
    newest = names("pay-f", 4 * PEEK)[::-1][: world.size - tenth]
    assert sent(world) == [*newest, "pay-old", "pay-cart", *names("pay-f", tenth - 2)]


def test_what_is_to_be_confirmed_has_a_share_of_its_own_and_no_more(world: World) -> None:
    world.size, world.confirms = 10, 3
    checked(world, names("p", 20))
    absent(world, names("a", 5))

    report = world.sweep()

    assert sent(world) == [*names("pay-p", 7), *names("pay-a", 3)]
    assert report.carts_unserved == 2


def test_a_single_place_goes_to_a_placed_order_before_a_confirmation(world: World) -> None:
    world.size = 1
    checked(world, ["p"])
    absent(world, ["a"])

    world.sweep()
    assert sent(world) == ["pay-p"]
    world.queue.waiting.clear()

    world.sweep()
    assert sent(world) == ["pay-a"]


def test_confirmations_leave_carts_the_rest_of_their_half(world: World) -> None:
    world.size, world.confirms = 10, 2
    absent(world, names("a", 9))
    due(world, names("c", CARTS_COUNTED + 9), cart=True)

    report = world.sweep()

    assert sent(world) == [*names("pay-c", 1), *names("pay-a", 2), *names("pay-c", 3)[1:]]
    assert report.carts_unserved == CARTS_COUNTED


def test_placed_orders_come_before_carts_however_old(world: World) -> None:
    world.size = 4
    due(world, names("c", 5), cart=True, at=START - 9999)
    checked(world, names("p", 4))

    world.sweep()

    assert sent(world) == [f"pay-p{number:03}" for number in range(4)]


def test_carts_get_what_placed_orders_leave(world: World) -> None:
    world.size = 4
    due(world, names("c", 5), cart=True)
    checked(world, names("p", 3))

    world.sweep()

    assert sent(world) == ["pay-p000", "pay-p001", "pay-p002", "pay-c000"]


def test_carts_are_at_most_half(world: World) -> None:
    world.size = 10
    due(world, names("c", 20), cart=True)

    assert world.sweep().claimed == 5


def test_a_single_place_is_not_denied_to_carts(world: World) -> None:
    world.size = 1
    due(world, ["c"], cart=True)

    assert world.sweep().claimed == 1
