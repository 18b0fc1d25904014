"""How far discover has come: passes begin, go on, and end."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain.cursor import WHOLE_EVERY, Cursor, Pass
from tests.support.clock import START

NEVER = Cursor(of=Pass.ORDERS)
DONE = Cursor(
    of=Pass.ORDERS, revision=4, first_at=START, complete_to=START, complete_at=START + 60, whole_at=START
)


def test_the_first_pass_is_whole() -> None:
    begun = NEVER.begun(START)

    assert (begun.begun_at, begun.whole, begun.first_at) == (START, True, START)
    assert (begun.listing, begun.after) == (None, None)


def test_a_pass_under_way_goes_on() -> None:
    under_way = NEVER.begun(START).moved("placed", "id-9")

    assert under_way.begun(START + 900) == under_way


def test_a_pass_soon_after_a_whole_one_is_not_whole() -> None:
    assert not DONE.begun(START + WHOLE_EVERY - 1).whole


def test_a_day_after_a_whole_pass_began_the_next_is_whole() -> None:
    assert DONE.begun(START + WHOLE_EVERY).whole


def test_the_first_pass_ever_is_remembered() -> None:
    assert DONE.begun(START + 900).first_at == START


def test_the_cursor_moves_within_a_listing_and_to_the_next() -> None:
    moved = NEVER.begun(START).moved("placed", "id-9")

    assert (moved.listing, moved.after) == ("placed", "id-9")
    assert moved.moved("unplaced", None).after is None


def test_the_end_of_a_whole_pass() -> None:
    ended = NEVER.begun(START).moved("unplaced", "id-9").ended(START + 40)

    assert ended == replace(
        NEVER, first_at=START, whole=True, complete_to=START, complete_at=START + 40, whole_at=START
    )


def test_the_end_of_another_pass_leaves_the_last_whole_one() -> None:
    ended = DONE.begun(START + 900).ended(START + 940)

    assert (ended.complete_to, ended.complete_at, ended.whole_at) == (START + 900, START + 940, START)


def test_before_discover_ran_there_is_no_age() -> None:
    assert NEVER.age(START) == 0


def test_until_a_pass_is_complete_the_age_counts_from_the_first_begin() -> None:
    assert NEVER.begun(START).begun(START + 900).age(START + 1800) == 1800


def test_the_age_counts_from_the_end_of_the_last_complete_pass() -> None:
    assert DONE.begun(START + 900).age(START + 960) == 900


def test_a_clock_that_is_behind_makes_no_negative_age() -> None:
    assert DONE.age(START) == 0


@given(st.lists(st.tuples(st.integers(1, 2 * WHOLE_EVERY), st.booleans()), max_size=30))
def test_passes_follow_each_other_without_a_gap_and_one_a_day_is_whole(steps: list[tuple[int, bool]]) -> None:
    """Each step lets time pass, goes on with the pass, and ends it or not."""
    cursor, now = NEVER, START
    for seconds, ends in steps:
        now += seconds
        seen_to = cursor.complete_to
        cursor = cursor.begun(now)
        assert cursor.begun_at is not None
        assert cursor.whole or cursor.complete_to == seen_to is not None
        assert cursor.whole or cursor.begun_at - (cursor.whole_at or 0) < WHOLE_EVERY
        if ends:
            begun_at = cursor.begun_at
            cursor = cursor.ended(now)
            assert cursor.complete_to == begun_at
