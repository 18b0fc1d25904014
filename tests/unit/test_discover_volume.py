"""Calls that 50,000 carts a day cost, held against the share of the rate they may have (``docs/adr/0007``)."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from payment_refresh.domain.cursor import WHOLE_EVERY, Pass
from payment_refresh.domain.deployment import ApiMode
from payment_refresh.domain.policy import DAY, HOUR, MINUTE, Policy
from payment_refresh.domain.vocabulary import Status
from payment_refresh.rate_limit.budget import DEFAULT_CALLS, PAGE_SIZE, RUN_EVERY, carts_share, share
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.support.world import WINDOW, World
from tests.unit.discover_steps import RUN_EVERY_S

CARTS_A_DAY = 50_000
A_MINUTE = DEFAULT_CALLS[ApiMode.LIVE]
A_DAY = A_MINUTE * DAY // MINUTE
RUNS_A_DAY = DAY // MINUTE // RUN_EVERY
CART_WINDOW = WINDOW.carts or 0


def listing_calls(carts_a_day: int, runs: int = RUNS_A_DAY, page: int = PAGE_SIZE) -> int:
    """Pages of carts a day: the whole window once, and each cart once more when it was quiet for a while.

    Every pass ends on a page that is not full.
    """
    whole = carts_a_day * CART_WINDOW // DAY * DAY // WHOLE_EVERY
    return whole // page + carts_a_day // page + runs


def look_calls(carts_a_day: int) -> int:
    """A look at each age, and one more before giving up; 25 carts a call."""
    looks = len(Policy().cart_ages) + 1
    return carts_a_day * looks // PAGE_SIZE


def test_calls_of_50_000_carts_a_day_are_as_the_decision_record_says() -> None:
    assert (A_DAY, A_DAY // 2) == (144_000, 72_000)
    assert share(A_MINUTE) == 375
    assert carts_share(share(A_MINUTE)) * RUNS_A_DAY == 17_952
    assert listing_calls(CARTS_A_DAY) == 6_096
    assert look_calls(CARTS_A_DAY) == 8_000


def test_listing_50_000_carts_a_day_fits_the_carts_share_of_discover() -> None:
    assert listing_calls(CARTS_A_DAY) < carts_share(share(A_MINUTE)) * RUNS_A_DAY


def test_one_refresh_of_each_cart_fits_the_carts_half_of_the_rate() -> None:
    calls = listing_calls(CARTS_A_DAY) + look_calls(CARTS_A_DAY) + CARTS_A_DAY

    assert calls == 64_096 < A_DAY // 2


def test_refreshes_at_the_later_ages_of_each_cart_fit_the_rate_but_not_the_carts_half_of_it() -> None:
    """So a cart is refreshed at its first age only while the rate is less than half used."""
    later = CARTS_A_DAY * (len(Policy().cart_ages) - 1)
    calls = listing_calls(CARTS_A_DAY) + look_calls(CARTS_A_DAY) + later

    assert A_DAY // 2 < calls == 114_096 < A_DAY < calls + CARTS_A_DAY


def test_whole_pass_over_100_000_carts_takes_less_than_six_hours() -> None:
    pages = CARTS_A_DAY * CART_WINDOW // DAY // PAGE_SIZE
    runs = math.ceil(pages / (carts_share(share(A_MINUTE))))

    assert (pages, runs) == (4_000, 22)
    assert runs * RUN_EVERY * MINUTE < 6 * HOUR


@pytest.mark.parametrize("page", [1, 5])
def test_simulated_cart_listing_makes_as_many_calls_as_the_formula_counts(page: int) -> None:
    """A hundredth of the carts over three days, on smaller pages: the third day costs what the formula says."""
    carts_a_day = 100 * page
    world = World(calls=1000)
    world.listing.page = page
    world.window = replace(world.window, placed=DAY)
    calls = 0
    for run in range(3 * RUNS_A_DAY):
        world.clock.advance(RUN_EVERY_S)
        new = range(carts_a_day * run // RUNS_A_DAY, carts_a_day * (run + 1) // RUNS_A_DAY)
        # Not right at a run: both bounds of a pass are in it, so such a cart is listed by two.
        ats = {number: world.clock.now - 1 - number % (RUN_EVERY_S - 1) for number in new}
        world.commerce_layer.put(*(samples.cart(f"{number:05}", at=at) for number, at in ats.items()))
        before = len(world.listing.calls)
        report = world.discover()
        assert report.complete
        if run >= 2 * RUNS_A_DAY:
            calls += sum(name == "carts" for name, _ in world.listing.calls[before:])

    assert 0.9 * listing_calls(carts_a_day, page=page) < calls <= 1.05 * listing_calls(carts_a_day, page=page)
    quiet = [order for order in world.commerce_layer.orders.values() if (order.updated_at or "") <= horizon(world)]
    assert len(world.table.rows) == len(quiet)


def horizon(world: World) -> str:
    return to_iso(world.clock.now - WINDOW.after)


def test_carts_beyond_the_share_lengthen_their_pass_and_delay_no_placed_order() -> None:
    world = World(calls=5)
    world.commerce_layer.put(*(samples.cart(f"{number:04}", at=START - HOUR) for number in range(500)))
    for number in range(8):
        world.commerce_layer.put(samples.order(f"p{number}", at=world.clock.now - 35 * MINUTE))
        report = world.discover()
        assert report.ages[Pass.ORDERS] == 0
        assert samples.key(f"p{number}") in world.table.rows
        world.clock.advance(RUN_EVERY_S)

    assert report.ages[Pass.CARTS] == 7 * RUN_EVERY_S
    assert sum(row.status is Status.WATCHING for row in world.table.rows.values()) == 8 + 8 * 2 * PAGE_SIZE
