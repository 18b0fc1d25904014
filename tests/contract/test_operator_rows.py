"""Contract of the `Rows` port, by which a person finds watches, held against the fake and against DynamoDB."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.adapters.dynamodb.rows import to_item
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import Status, WatchClass
from payment_refresh.domain.watch import Watch
from payrefresh.adapters.rows import DynamoRows
from tests.support import samples
from tests.support.clock import START
from tests.support.world import World
from tests.unit.operating.manual_steps import FakeRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from payrefresh.ports import Rows

PAYMENT, OTHER = (samples.watch(samples.order(name), Policy()) for name in "ab")
OPEN = Watch(
    key=samples.order_key("a"), watch_class=WatchClass.PLACED, since=START, started_at=START, due_at=START
)
CLOSED = replace(OPEN, status=Status.CLOSED, due_at=None, ended_at=START, expires_at=START + 9_000)


class Scanned(Exception):
    """The whole table would be read now."""


@pytest.fixture(params=["fake", "DynamoDB"])
def table(request: pytest.FixtureRequest) -> Callable[..., Rows]:
    """Makes a table of some rows: the fake one, then the real one."""

    def make(*watches: Watch) -> Rows:
        if request.param == "fake":
            world = World()
            for watch in watches:
                world.table.put(watch)
            return FakeRows(world)
        aws, name = request.getfixturevalue("aws"), request.getfixturevalue("table_name")
        for watch in watches:
            aws.clients.dynamodb.put_item(TableName=name, Item=to_item(watch))
        return DynamoRows(name)

    return make


def found(rows: Rows, name: str) -> set[str]:
    return {str(watch.key) for watch in rows.find(name)}


def refuse() -> None:
    raise Scanned


@pytest.mark.parametrize("name", ["pay-a", "stripe_payments#pay-a"])
def test_a_watched_payment_is_found_by_its_id_and_its_key_without_a_scan(
    table: Callable[..., Rows], name: str
) -> None:
    rows = table(PAYMENT, OTHER, CLOSED)

    assert [watch.key for watch in rows.find(name, before_scan=refuse)] == [PAYMENT.key]


@pytest.mark.parametrize("row", [OPEN, CLOSED], ids=["open", "closed"])
def test_the_row_of_an_order_is_found_by_its_key_alone_without_a_scan(
    table: Callable[..., Rows], row: Watch
) -> None:
    rows = table(PAYMENT, OTHER, row)

    assert [watch.key for watch in rows.find("orders#order-a", before_scan=refuse)] == [row.key]


def test_payments_of_an_order_are_found_by_its_id_and_its_number(table: Callable[..., Rows]) -> None:
    rows = table(PAYMENT, OTHER)

    assert found(rows, "order-a") == found(rows, "10a") == {"stripe_payments#pay-a"}


@pytest.mark.parametrize("row", [OPEN, CLOSED], ids=["open", "closed"])
def test_the_payment_of_an_order_is_found_beside_the_row_of_that_order_open_or_closed(
    table: Callable[..., Rows], row: Watch
) -> None:
    rows = table(PAYMENT, OTHER, row)

    assert found(rows, "order-a") == {"stripe_payments#pay-a", "orders#order-a"}


@pytest.mark.parametrize("name", ["order-a", "10a", "unheard-of"])
def test_a_scan_that_is_prevented_reads_nothing_through(table: Callable[..., Rows], name: str) -> None:
    rows = table(PAYMENT, OTHER, OPEN)

    with pytest.raises(Scanned):
        rows.find(name, before_scan=refuse)


def test_what_nobody_watches_is_not_found(table: Callable[..., Rows]) -> None:
    rows = table(PAYMENT, OTHER, OPEN)

    assert found(rows, "unheard-of") == found(rows, "stripe_payments#order-a") == set()
