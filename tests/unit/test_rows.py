"""Conversion of watches to rows of the state table, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from payment_refresh.adapters.dynamodb.rows import from_item, to_item
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import (
    CheckSource,
    DueClass,
    Evidence,
    OutboxItem,
    Reason,
    SettledBy,
    Status,
    WatchClass,
)
from payment_refresh.domain.watch import Check, Watch
from payment_refresh.errors import UnreadableRow
from tests.support import samples
from tests.support.clock import START
from tests.unit.strategies import watches

if TYPE_CHECKING:
    from collections.abc import Callable

POLICY = Policy()
WATCH = samples.claimed(
    samples.order(),
    POLICY,
    until=START + 600,
    checks=(Check(at=START, by=CheckSource.LOOK, verdict="pending", payment_status="unpaid"),),
)


@given(watches())
def test_a_row_reads_back_as_the_watch_it_was(watch: Watch) -> None:
    assert from_item(to_item(watch)) == watch


@given(watches())
def test_a_row_is_in_the_due_index_exactly_while_it_is_due(watch: Watch) -> None:
    item = to_item(watch)

    indexed = {name for name in ("due_at", "due_class") if name in item}
    assert indexed == ({"due_at", "due_class"} if watch.due_at is not None else set())
    assert {"NULL": True} not in item.values()


def test_the_attributes_others_read_stand_under_their_names() -> None:
    item = to_item(WATCH)

    assert item["pk"] == {"S": "stripe_payments#pay-a"}
    assert item["status"] == {"S": "watching"}
    assert item["due_class"] == {"S": "placed"}
    assert item["due_at"] == {"N": str(START + 600)}
    assert (item["order_id"], item["order_number"]) == ({"S": "order-a"}, {"S": "10a"})
    assert (item["round"], item["claims"], item["refreshes"]) == ({"N": "1"}, {"N": "1"}, {"N": "0"})
    assert item["claim"] == {"S": "token"}
    assert {"settled_by", "reason", "expires_at", "outbox", "announced"}.isdisjoint(item)


def test_an_ended_row_shows_how_it_ended_and_when_it_expires() -> None:
    unrelayed = samples.unrelayed(samples.order(), POLICY, at=START)
    item = to_item(replace(unrelayed, settled_by=SettledBy.REFRESH))

    assert (item["status"], item["reason"]) == ({"S": "dead_lettered"}, {"S": "stayed_pending"})
    assert item["settled_by"] == {"S": "refresh"}
    assert item["outbox"] == {"L": [{"S": OutboxItem.DEAD_LETTER}]}
    assert "expires_at" not in item, "a person must act on it first"
    abandoned = replace(unrelayed, status=Status.ABANDONED, expires_at=START + POLICY.retention)
    assert to_item(abandoned)["expires_at"] == {"N": str(START + POLICY.retention)}


@pytest.mark.parametrize("due_class", DueClass)
def test_a_row_stands_in_the_partition_of_its_due_class(due_class: DueClass) -> None:
    changes: dict[DueClass, dict[str, Any]] = {
        DueClass.FIRST: {"checks": ()},
        DueClass.PLACED: {},
        DueClass.CART: {"watch_class": WatchClass.CART},
        DueClass.CONFIRM: {"absent_twice": True},
        DueClass.STUCK: {"status": Status.REPORTED},
    }

    assert to_item(replace(WATCH, **changes[due_class]))["due_class"] == {"S": due_class}


def test_what_comes_back_has_the_types_it_had() -> None:
    ended = samples.unrelayed(
        samples.order(), POLICY, at=START, settled_by=SettledBy.WEBHOOK, evidence=Evidence.MONEY, auto_place=False
    )
    watch = from_item(to_item(ended))

    assert (type(watch.status), type(watch.watch_class), type(watch.reason)) == (Status, WatchClass, Reason)
    assert (type(watch.settled_by), type(watch.due_at), type(watch.event_during_lease)) == (SettledBy, int, bool)
    assert (type(watch.evidence), type(watch.auto_place), watch.auto_capture) == (Evidence, bool, None)


def test_a_row_of_an_older_version_lacks_what_was_added_since() -> None:
    bare = {"pk", "status", "class", "since", "started_at"}
    item = {name: value for name, value in to_item(WATCH).items() if name in bare}

    assert from_item(item) == Watch(
        key=samples.key(), watch_class=WatchClass.PLACED, since=START, started_at=START, due_at=None
    )


def lacks(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda item: item.pop(name)


def with_attributes(**attributes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda item: item.update(attributes)


@pytest.mark.parametrize(
    "broken",
    [
        lacks("pk"),
        lacks("status"),
        lacks("class"),
        lacks("since"),
        with_attributes(pk={"S": "mark#first_deployment"}),
        with_attributes(pk={"S": "stripe_payments"}),
        with_attributes(status={"N": "7"}),
        with_attributes(reason={"BOOL": True}),
        with_attributes(due_class={"N": "7"}),
        with_attributes(schema_version={"S": "2"}),
        with_attributes(since={"B": b"now"}),
        with_attributes(checks={"L": [{"M": {"of the future": {"S": "x"}}}]}),
        with_attributes(checks={"L": [{"S": "look"}]}),
        with_attributes(checks={"N": "7"}),
        with_attributes(outbox={"N": "7"}),
        with_attributes(due_at={"X": "7"}),
    ],
)
def test_what_this_version_cannot_read_is_reported_with_its_key(
    broken: Callable[[dict[str, Any]], object],
) -> None:
    item = to_item(WATCH)
    broken(item)

    with pytest.raises(UnreadableRow, match="cannot be read"):
        from_item(item)
