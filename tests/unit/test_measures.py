"""Measures of a watch: its age band while it is open, and its settlement once our refresh has settled it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.measures import Measures, Settlement, settlement_counts
from payment_refresh.domain.policy import DAY, HOUR, Policy
from payment_refresh.domain.vocabulary import SettledBy, Status
from payment_refresh.metrics import Counts, Metric
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch

WATCH = samples.watch(samples.order(), Policy())


def settled(**changes: Any) -> Watch:
    """A watch that our refresh settled."""
    return replace(WATCH, **{"status": Status.SETTLED, "settled_by": SettledBy.REFRESH} | changes)


def measured(watch: Watch, now: int) -> Measures:
    """What is measured of a watch."""
    measures = Measures()
    measures.add(watch, now)
    return measures


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (0, "PendingUnderHour"),
        (HOUR - 1, "PendingUnderHour"),
        (HOUR, "PendingUnderDay"),
        (DAY - 1, "PendingUnderDay"),
        (DAY, "PendingUnderWeek"),
        (7 * DAY - 1, "PendingUnderWeek"),
        (7 * DAY, "PendingOverWeek"),
    ],
)
def test_open_watch_counts_in_the_band_of_its_age(age: int, band: str) -> None:
    assert measured(WATCH, START + age) == Measures(bands=Counts({Metric(band): 1}))


def test_age_of_a_later_round_counts_from_when_the_payment_began_to_be_pending() -> None:
    later = replace(WATCH, started_at=START + DAY)

    assert measured(later, START + DAY).bands == {"PendingUnderWeek": 1}


def test_settlement_by_refresh_has_its_delay_and_the_total_of_its_order() -> None:
    assert measured(settled(), START + 90) == Measures(settlements=[Settlement(90, "EUR", 9900)])


@pytest.mark.parametrize(
    "changes",
    [{"settled_by": SettledBy.WEBHOOK}, {"settled_by": None}, {"status": Status.CLOSED}],
    ids=["settled by the webhook", "settled by nobody", "given back since"],
)
def test_any_other_end_is_no_settlement_of_ours(changes: dict[str, Any]) -> None:
    assert measured(settled(**changes), START + 90) == Measures()


def test_money_on_an_order_that_is_not_placed_was_found_when_it_was_first_seen() -> None:
    (found,) = measured(settled(unplaced_since=START + 60), START + 960).settlements

    assert found.delay == 60


def test_settlement_before_the_payment_was_pending_has_no_negative_delay() -> None:
    assert measured(settled(), START - 1).settlements == [Settlement(0, "EUR", 9900)]


@pytest.mark.parametrize("currency", [None, "", "eur", "EURO", "somebody@example.com"])
def test_what_is_no_currency_code_becomes_no_dimension(currency: str | None) -> None:
    (found,) = measured(settled(currency=currency), START).settlements

    assert found.currency is None


def test_amount_that_is_not_known_adds_nothing_to_the_sum() -> None:
    assert measured(settled(amount_cents=None), START).settlements == [Settlement(0, "EUR", 0)]


def test_order_that_is_placed_after_all_does_not_count_its_settlement_again() -> None:
    announced = samples.outbox_of("OrderAuthorizedNotPlaced", "OrderPlacedAfterAll")
    watch = settled(announced=announced)

    assert (settlement_counts(watch, START, Policy()), measured(watch, START)) == ([], Measures())


def test_measures_of_several_watches_are_added_up() -> None:
    measures = measured(WATCH, START)

    for watch in (WATCH, settled()):
        measures.update(measured(watch, START))

    assert measures == Measures(Counts({Metric.PENDING_UNDER_HOUR: 2}), [Settlement(0, "EUR", 9900)])
