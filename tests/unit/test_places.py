"""The free places of the queue go to the right ones, whatever is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain.places import Chosen, Places, Waiting, choose
from payment_refresh.domain.watch import Due
from tests.support import samples

if TYPE_CHECKING:
    from collections.abc import Sequence

numbers = st.integers(0, 30)


def line(name: str, count: int) -> list[Due]:
    return [Due(samples.key(f"{name}{number}"), number) for number in range(count)]


@st.composite
def lines(draw: st.DrawFn) -> Waiting:
    first, placed, confirm, carts = (line(name, draw(numbers)) for name in ("first", "placed", "confirm", "cart"))
    return Waiting(
        newest=first[::-1], elders=[*first, *placed, *carts], placed=placed, confirm=confirm, carts=carts
    )


@st.composite
def places(draw: st.DrawFn) -> Places:
    free = draw(numbers)
    placed = draw(st.integers(0, free))
    spared, confirms = draw(st.integers(0, placed)), draw(st.integers(0, 5))
    return Places(free=free, placed=placed, spared=spared, confirms=confirms)


def of(chosen: Chosen, among: Sequence[Due]) -> int:
    return len(set(chosen.watches) & set(among))


@given(lines(), places())
def test_no_more_than_there_are_places_for_and_nothing_twice(waiting: Waiting, places: Places) -> None:
    chosen = choose(waiting, places)

    assert len(set(chosen.watches)) == len(chosen.watches) <= places.free


@given(lines(), places())
def test_a_place_stays_free_only_where_no_placed_order_is_left(waiting: Waiting, places: Places) -> None:
    chosen = choose(waiting, places)

    placed = [*waiting.newest, *waiting.placed]
    assert chosen.is_short == (of(chosen, placed) < len(placed))
    if chosen.is_short:
        assert of(chosen, [*placed, *waiting.carts]) >= places.placed - places.confirms


@given(lines(), places())
def test_carts_and_confirmations_get_half_at_most(waiting: Waiting, places: Places) -> None:
    chosen = choose(waiting, places)

    confirmed, carts = of(chosen, waiting.confirm), of(chosen, waiting.carts)
    assert confirmed <= places.confirms
    assert confirmed + carts <= max(1, places.free // 2, places.spared + places.confirms)
    assert chosen.unserved == len(waiting.confirm) + len(waiting.carts) - confirmed - carts


@given(lines(), places())
def test_those_that_wait_longest_get_what_is_spared(waiting: Waiting, places: Places) -> None:
    oldest = sorted(waiting.elders, key=lambda due: due.due_at)
    most = min(places.placed, places.free - min(places.confirms, len(waiting.confirm), places.free // 2))

    assert set(oldest[: min(places.spared, most)]) <= set(choose(waiting, places).watches)


@given(lines(), places())
def test_first_checks_come_before_all_but_the_oldest(waiting: Waiting, places: Places) -> None:
    chosen = choose(waiting, places)

    if of(chosen, waiting.newest) < len(waiting.newest):
        others = [due for due in chosen.watches if due not in waiting.newest]
        assert len(others) <= places.spared + places.confirms
