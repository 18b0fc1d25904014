"""Refreshes of a batch: each payment is a bulkhead of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.check_results import Absent, Answered, Crashed, Failed, Snoozed
from payment_refresh.errors import (
    CommerceLayerError,
    CredentialsRefused,
    Declined,
    MayNotUpdate,
    NoBudget,
    RateLimited,
    ServerError,
    TimedOut,
)
from payment_refresh.metrics import Metric
from tests.support import samples
from tests.support.clock import START
from tests.support.commerce_layer import not_found
from tests.unit.use_cases.check_steps import POLICY, Parts

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch

DOWN = ServerError("no", status=500)


@pytest.fixture
def parts() -> Parts:
    return Parts()


def several(parts: Parts, names: str, **changes: int) -> list[tuple[Watch, Order]]:
    orders = [samples.order(name) for name in names]
    parts.commerce_layer.put(*orders)
    return [(samples.watch(order, POLICY, **changes), order) for order in orders]


def fail(parts: Parts, name: str, error: CommerceLayerError) -> None:
    parts.commerce_layer.script("refresh", str(samples.key(name)), error)


def asked(parts: Parts) -> list[str]:
    return [about.removeprefix("stripe_payments#pay-") for (about,) in parts.commerce_layer.asked("refresh")]


def test_a_refresh_that_is_answered_brings_the_newest_order(parts: Parts) -> None:
    (recorded,) = parts.refresh(*several(parts, "a"))

    assert isinstance(recorded.result, Answered)
    assert recorded.result.sent_refresh is not None
    assert (parts.calls, parts.counts[Metric.REFRESH_CALLS]) == (1, 1)


def test_one_that_fails_stops_no_other(parts: Parts) -> None:
    pending = several(parts, "abcdef")
    for name in "abcd":
        fail(parts, name, DOWN)

    results = [recorded.result for recorded in parts.refresh(*pending)]

    assert [isinstance(result, Answered) for result in results] == [False] * 4 + [True] * 2
    assert all(isinstance(result, Failed) and result.is_own for result in results[:4])


def test_those_that_were_never_checked_go_first_and_those_that_failed_last(parts: Parts) -> None:
    failing, seen, new = (
        several(parts, "a", refresh_failing_since=START),
        several(parts, "b", consecutive_failures=1),
        several(parts, "c"),
    )

    parts.refresh(*failing, *seen, *new)

    assert asked(parts) == ["c", "b", "a"]


def test_of_those_that_failed_last_a_few_are_tried_and_the_others_held_back(parts: Parts) -> None:
    pending = several(parts, "abcde", refresh_failing_since=START)
    for name in "abcde":
        fail(parts, name, DOWN)

    results = [recorded.result for recorded in parts.refresh(*pending)]

    assert asked(parts) == ["a", "b", "c"]
    assert results[3:] == [Snoozed(after=POLICY.first)] * 2


def test_while_one_of_them_is_answered_the_next_few_are_tried(parts: Parts) -> None:
    pending = several(parts, "abcde", refresh_failing_since=START)
    for name in "ab":
        fail(parts, name, DOWN)

    parts.refresh(*pending)

    assert asked(parts) == ["a", "b", "c", "d", "e"]


def test_what_is_declined_is_an_answer_with_its_code(parts: Parts) -> None:
    fail(parts, "a", Declined("no", status=422, code="VALIDATION_ERROR"))

    (recorded,) = parts.refresh(*several(parts, "a"))

    assert isinstance(recorded.result, Answered)
    assert recorded.result.code == "422 VALIDATION_ERROR"
    assert parts.counts[Metric.DECLINED] == 1


@pytest.mark.parametrize("error", [RateLimited("429"), CredentialsRefused("no")])
def test_what_every_other_would_meet_stops_the_batch(parts: Parts, error: CommerceLayerError) -> None:
    fail(parts, "a", error)

    first, second = (recorded.result for recorded in parts.refresh(*several(parts, "ab")))

    assert isinstance(first, Failed)
    assert (first.is_own, second) == (False, Snoozed())
    assert parts.breaker.is_open


def test_what_was_not_sent_is_snoozed(parts: Parts) -> None:
    parts.commerce_layer.unsent = NoBudget("none")

    assert [recorded.result for recorded in parts.refresh(*several(parts, "ab"))] == [Snoozed(), Snoozed()]
    assert parts.counts[Metric.REFRESH_CALLS] == 0


@pytest.mark.parametrize("source", ["pay-a", "pay-b"])
def test_a_404_is_absence_only_where_the_order_does_not_name_the_payment(parts: Parts, source: str) -> None:
    ((watch, order),) = several(parts, "a")
    fail(parts, "a", not_found(watch.key))

    (recorded,) = parts.refresh((watch, replace(order, source_id=source)))

    assert isinstance(recorded.result, Absent if source == "pay-b" else Failed)


def test_a_second_one_is_the_refreshs_failure(parts: Parts) -> None:
    """From the first on lists are asked for the payment, and they show it."""
    ((watch, order),) = several(parts, "a", first_absent_at=START)
    fail(parts, "a", not_found(watch.key))

    (recorded,) = parts.refresh((watch, replace(order, source_id="pay-b")))

    assert isinstance(recorded.result, Failed)
    assert recorded.result.is_own


def test_what_breaks_our_own_code_crashes_alone(parts: Parts) -> None:
    error = ValueError("broken")
    parts.commerce_layer.script("refresh", "stripe_payments#pay-a", error)

    first, second = (recorded.result for recorded in parts.refresh(*several(parts, "ab")))

    assert first == Crashed(error)
    assert isinstance(second, Answered)


class TestWhoseFailure:
    """One payment's failure is its own; where several fail and none is answered, it is an outage or a right."""

    def test_a_few_are_distinguished_from_an_outage(self, parts: Parts) -> None:
        for name in "ab":
            fail(parts, name, DOWN)

        parts.refresh(*several(parts, "ab"))

        assert (parts.counts[Metric.REFRESH_FAILING], parts.counts[Metric.NO_ANSWER]) == (2, 0)

    @pytest.mark.parametrize(
        ("error", "metric", "no_answer"),
        [(TimedOut("slow"), Metric.TIMED_OUT, 1), (MayNotUpdate("no", status=401), Metric.MAY_NOT_UPDATE, 0)],
    )
    def test_many_are_no_single_payments(
        self, parts: Parts, error: CommerceLayerError, metric: Metric, no_answer: int
    ) -> None:
        for name in "abc":
            fail(parts, name, error)

        parts.refresh(*several(parts, "abc"))

        assert (parts.counts[Metric.REFRESH_FAILING], parts.counts[metric], parts.counts[Metric.NO_ANSWER]) == (
            2,
            1,
            no_answer,
        )
        lines = [entry.level for entry in parts.log.entries if entry.message == "commerce_layer_did_not_answer"]
        assert lines == ["warning", "warning", "warning" if no_answer else "error"]

    def test_a_404_that_the_order_contradicts_is_a_right_from_the_first_on(self, parts: Parts) -> None:
        fail(parts, "a", not_found(samples.key()))

        parts.refresh(*several(parts, "a"))

        assert (parts.counts[Metric.REFRESH_FAILING], parts.counts[Metric.MAY_NOT_READ]) == (0, 1)
        assert [entry.level for entry in parts.log.entries] == ["error"]
