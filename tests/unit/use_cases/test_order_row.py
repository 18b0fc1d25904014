"""An order's own row, where its payment became known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import FoundBy, Status
from payment_refresh.use_cases.check_payments.order_row import resolve_order_row
from tests.support import samples
from tests.support.clock import START
from tests.support.state_table import FakeStateTable

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch

KEY, POLICY, NOW = samples.key(), Policy(), START + 100
ORDER = samples.order()
AT = samples.moment(NOW, POLICY)
MANUAL = samples.watch(samples.without_source(ORDER), POLICY, asked_manually=True, found_by=FoundBy.MANUAL)
BY_EVENT = replace(MANUAL, asked_manually=False, found_by=FoundBy.EVENT)


@pytest.fixture
def table() -> FakeStateTable:
    return FakeStateTable()


@pytest.mark.parametrize("status", [Status.CLOSED, Status.MISSING, Status.ABANDONED, Status.DEAD_LETTERED])
def test_who_asks_for_an_order_has_its_payment_checked_whatever_became_of_it(
    table: FakeStateTable, status: Status
) -> None:
    table.put(samples.watch(ORDER, POLICY, status=status, due_at=None))

    assert resolve_order_row(MANUAL, ORDER, table=table, at=AT)

    row = table.rows[KEY]
    assert (row.status, row.round, row.due_at, row.found_by) == (Status.WATCHING, 2, NOW, FoundBy.MANUAL)
    assert row.asked_manually


@pytest.mark.parametrize(
    ("row", "status"),
    [(MANUAL, Status.SETTLED), (BY_EVENT, Status.CLOSED), (BY_EVENT, Status.DEAD_LETTERED)],
    ids=["settled", "closed, and nobody asked", "with a person, and nobody asked"],
)
def test_else_what_ended_stays_ended(table: FakeStateTable, row: Watch, status: Status) -> None:
    ended = samples.watch(ORDER, POLICY, status=status, due_at=None)
    table.put(ended)

    assert resolve_order_row(row, ORDER, table=table, at=AT)

    assert table.rows[KEY] == ended


@pytest.mark.parametrize("payment_status", ["unpaid", "authorized"])
def test_abandoned_cart_that_a_read_shows_as_placed_is_watched_again_and_its_own_check_decides(
    table: FakeStateTable, payment_status: str
) -> None:
    table.put(samples.watch(samples.cart(), POLICY, status=Status.ABANDONED, due_at=None))
    found = replace(BY_EVENT, found_by=FoundBy.DISCOVER)

    assert resolve_order_row(found, replace(ORDER, payment_status=payment_status), table=table, at=AT)

    row = table.rows[KEY]
    assert (row.status, row.round, row.due_at, row.found_by) == (Status.WATCHING, 2, NOW, FoundBy.DISCOVER)


def test_abandoned_cart_that_a_read_shows_unchanged_stays_abandoned(table: FakeStateTable) -> None:
    ended = samples.watch(samples.cart(), POLICY, status=Status.ABANDONED, due_at=None)
    table.put(ended)

    assert resolve_order_row(BY_EVENT, samples.cart(), table=table, at=AT)

    assert table.rows[KEY] == ended


@pytest.mark.parametrize("asked", [(False, False), (True, False), (False, True)])
def test_an_open_watch_is_due_at_once_and_keeps_that_somebody_asked(
    table: FakeStateTable, asked: tuple[bool, bool]
) -> None:
    by_order, by_payment = asked
    table.put(samples.watch(ORDER, POLICY, asked_manually=by_payment))

    assert resolve_order_row(MANUAL if by_order else BY_EVENT, ORDER, table=table, at=AT)

    assert (table.rows[KEY].due_at, table.rows[KEY].asked_manually) == (NOW, any(asked))


def test_one_that_is_being_checked_only_notes_that_news_came(table: FakeStateTable) -> None:
    table.put(samples.claimed(ORDER, POLICY, until=NOW + 600))

    assert resolve_order_row(MANUAL, ORDER, table=table, at=AT)

    assert (table.rows[KEY].event_during_lease, table.rows[KEY].due_at) == (True, NOW + 600)


def test_a_payment_that_nobody_watched_is_watched(table: FakeStateTable) -> None:
    assert resolve_order_row(BY_EVENT, ORDER, table=table, at=AT)

    assert (table.rows[KEY].is_open, table.rows[KEY].due_at) == (True, NOW)
