"""Lists of a batch, and what they show of its watches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payment_refresh.domain.check_results import Failed, Snoozed
from payment_refresh.errors import NoBudget, PermissionMissing, TimedOut
from payment_refresh.metrics import Metric
from payment_refresh.rate_limit.budget import PAGE_SIZE
from payment_refresh.use_cases.check_payments.looks import Listed
from tests.support import samples
from tests.support.clock import START
from tests.unit.use_cases.check_steps import POLICY, Parts

A, B = samples.order("a"), samples.order("b")
WATCH, OTHER = samples.watch(A, POLICY), samples.watch(B, POLICY)
UNKNOWN = replace(WATCH, order_id=None)


@pytest.fixture
def parts() -> Parts:
    return Parts()


def test_orders_that_are_known_are_asked_for_in_one_call(parts: Parts) -> None:
    parts.commerce_layer.put(A, B)

    assert parts.looks().look([WATCH, OTHER]) == {WATCH.key: Listed(order=A), OTHER.key: Listed(order=B)}
    assert (parts.calls, parts.counts) == (1, {"ListCalls": 1})
    assert parts.memory.witnesses == {"stripe_payments": "pay-b"}


def test_an_order_that_is_not_known_is_found_by_its_payment_first(parts: Parts) -> None:
    parts.commerce_layer.put(A)

    assert parts.looks().look([UNKNOWN]) == {WATCH.key: Listed(order=A)}
    assert parts.commerce_layer.count == {"find_orders": 1, "look": 1}


def test_a_payment_whose_order_no_list_shows_is_asked_for_by_its_own_id(parts: Parts) -> None:
    parts.commerce_layer.put(A)
    parts.commerce_layer.orders.clear()

    assert parts.looks().look([WATCH]) == {WATCH.key: Listed()}


def test_one_that_has_no_order_is_an_orphan(parts: Parts) -> None:
    parts.commerce_layer.payments[WATCH.key] = None

    assert parts.looks().look([WATCH]) == {WATCH.key: Listed(is_orphan=True)}


def test_one_that_no_list_shows_is_absent(parts: Parts) -> None:
    assert parts.looks().look([WATCH]) == {WATCH.key: Listed(is_absent=True)}


def test_another_payment_of_its_type_in_the_same_list_is_a_witness(parts: Parts) -> None:
    parts.commerce_layer.put(B)

    found = parts.looks().look([WATCH, replace(OTHER, order_id=None)])

    assert found[WATCH.key] == Listed(is_absent=True, is_witnessed=True)


def test_one_seen_before_is_asked_for_along_with_it(parts: Parts) -> None:
    parts.commerce_layer.put(B)
    parts.memory.saw(OTHER.key)

    assert parts.looks().look([WATCH])[WATCH.key].is_witnessed
    assert parts.commerce_layer.asked("find_orders") == [("stripe_payments", "pay-a", "pay-b")]


def test_a_witness_does_not_make_a_second_page(parts: Parts) -> None:
    parts.memory.saw(samples.key("z"))
    many = [samples.watch(samples.order(f"{number:02}"), POLICY) for number in range(PAGE_SIZE)]

    parts.looks().look(many)

    (asked,) = parts.commerce_layer.asked("find_orders")
    assert len(asked) == 1 + PAGE_SIZE


def test_the_orders_own_row_is_absent_where_no_list_shows_the_order(parts: Parts) -> None:
    row = samples.watch(samples.without_source(A), POLICY)

    assert parts.looks().look([row]) == {row.key: Listed(is_absent=True)}
    assert parts.commerce_layer.count == {"look": 1}


@pytest.mark.parametrize(
    ("first_absent_at", "names_it", "is_absent"),
    [(None, False, False), (START, True, False), (START, False, True)],
    ids=["never absent", "its order names it", "its order does not name it"],
)
def test_one_that_a_refresh_did_not_find_is_absent_unless_its_order_names_it(
    parts: Parts, first_absent_at: int | None, names_it: bool, is_absent: bool
) -> None:
    order = A if names_it else replace(A, source_id="pay-b")
    parts.commerce_layer.orders[order.id] = order

    watch = replace(WATCH, first_absent_at=first_absent_at)

    assert parts.looks().look([watch]) == {watch.key: Listed(order=order, is_absent=is_absent)}


def test_a_look_that_is_not_answered_fails_those_that_were_asked_about(parts: Parts) -> None:
    parts.commerce_layer.script("look", "*", TimedOut("slow"))

    assert parts.looks().look([WATCH]) == {WATCH.key: Listed(failure=Failed(reason="TimedOut"))}
    assert parts.breaker.is_open


@pytest.mark.parametrize("error", [NoBudget("none"), None])
def test_what_was_not_asked_about_is_snoozed(parts: Parts, error: NoBudget | None) -> None:
    parts.has_time = error is not None
    if error is not None:
        parts.commerce_layer.script("look", "*", error)

    assert parts.looks().look([WATCH]) == {WATCH.key: Listed(failure=Snoozed())}


def test_a_type_whose_list_is_refused_is_read_one_by_one(parts: Parts) -> None:
    other = samples.order("c", kind="satispay_payments")
    parts.commerce_layer.put(A, other)
    parts.commerce_layer.fail("find_orders", "satispay_payments", PermissionMissing("no right"))
    satispay = replace(samples.watch(other, POLICY), order_id=None)

    found = parts.looks().look([UNKNOWN, satispay])

    assert found[WATCH.key] == Listed(order=A)
    assert found[satispay.key] == Listed()
    assert parts.counts[Metric.PERMISSION_MISSING] == 1


def test_a_list_of_payments_that_is_not_answered_fails_its_type_alone(parts: Parts) -> None:
    other = samples.order("c", kind="satispay_payments")
    parts.commerce_layer.put(A, other)
    parts.commerce_layer.script("find_orders", "satispay_payments", TimedOut("slow"))
    satispay = replace(samples.watch(other, POLICY), order_id=None)

    found = parts.looks().look([UNKNOWN, satispay])

    assert found == {WATCH.key: Listed(order=A), satispay.key: Listed(failure=Failed(reason="TimedOut"))}


def test_without_time_no_payment_is_asked_for(parts: Parts) -> None:
    parts.has_time = False

    assert parts.looks().look([UNKNOWN]) == {WATCH.key: Listed(failure=Snoozed())}
    assert parts.calls == 0
