"""Single records, and what they show of a payment that lists do not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.check_results import Absent, Answered, Failed, Gone, Snoozed
from payment_refresh.errors import PermissionMissing, RateLimited, TimedOut
from payment_refresh.metrics import Metric
from payment_refresh.use_cases.check_payments.looks import Listed
from tests.support import samples
from tests.support.clock import START
from tests.support.commerce_layer import bare, not_found
from tests.unit.use_cases.check_steps import POLICY, Parts

if TYPE_CHECKING:
    from payment_refresh.domain.check_results import CheckResult
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch

ORDER = samples.order()
WATCH = samples.watch(ORDER, POLICY, first_absent_at=START, absent_twice=True)
UNKNOWN = replace(WATCH, order_id=None)
ABSENT, WITNESSED = Listed(is_absent=True), Listed(is_absent=True, is_witnessed=True)
DOWN = TimedOut("slow")


@pytest.fixture
def parts() -> Parts:
    return Parts()


def test_without_time_nothing_is_asked(parts: Parts) -> None:
    parts.has_time = False

    assert parts.single_reads().read(WATCH, Listed()) == Snoozed()
    assert parts.calls == 0


def test_an_order_that_comes_with_its_payment_decides(parts: Parts) -> None:
    parts.commerce_layer.put(ORDER)

    assert parts.single_reads().read(WATCH, Listed()) == bare(ORDER)
    assert (parts.calls, parts.counts) == (1, {"RetrieveCalls": 1})


class TestWithoutItsOrder:
    """A payment whose answer shows no order: the order that is known of it is asked, else it is an orphan."""

    @pytest.fixture(autouse=True)
    def _alone(self, parts: Parts) -> None:
        parts.commerce_layer.payments[WATCH.key] = None

    @pytest.mark.parametrize("watch", [WATCH, UNKNOWN], ids=["the order is gone", "it is not known"])
    def test_without_one_the_payment_is_an_orphan(self, parts: Parts, watch: Watch) -> None:
        assert parts.single_reads().read(watch, Listed()) == Answered(is_orphan=True)
        assert parts.calls == (2 if watch.order_id else 1)

    def test_an_order_that_is_there_decides(self, parts: Parts) -> None:
        parts.commerce_layer.orders[ORDER.id] = ORDER

        assert parts.single_reads().read(WATCH, Listed()) is ORDER

    def test_one_that_is_not_answered_fails(self, parts: Parts) -> None:
        parts.commerce_layer.script("retrieve", "orders#order-a", DOWN)

        assert parts.single_reads().read(WATCH, Listed()) == Failed(reason="TimedOut")

    def test_without_time_to_ask_for_it_the_payment_is_snoozed(self, parts: Parts) -> None:
        def out_of_time() -> None:
            parts.has_time = False

        parts.commerce_layer.script("retrieve", str(WATCH.key), out_of_time)

        assert parts.single_reads().read(WATCH, Listed()) == Snoozed()


class TestNoAnswer:
    """A single call that is never answered ends what lists left out twice, a while past the policy's end."""

    @pytest.mark.parametrize(
        ("watch", "late", "is_over"),
        [
            (WATCH, -1, False),
            (WATCH, 0, True),
            (replace(WATCH, absent_twice=False), 0, False),
        ],
        ids=["within the grace", "past it", "not left out twice"],
    )
    def test_it_ends_after_the_grace(self, parts: Parts, watch: Watch, late: int, is_over: bool) -> None:
        parts.commerce_layer.script("retrieve", "*", DOWN)
        parts.clock.now = POLICY.ends_at(WATCH) + POLICY.give_up_grace + late

        expected = Gone(is_confirmed=False) if is_over else Failed(reason="TimedOut")
        assert parts.single_reads().read(watch, Listed()) == expected

    def test_what_every_other_would_meet_ends_nothing(self, parts: Parts) -> None:
        parts.commerce_layer.script("retrieve", "*", RateLimited("429"))
        parts.clock.now = POLICY.ends_at(WATCH) + POLICY.give_up_grace

        assert isinstance(parts.single_reads().read(WATCH, Listed()), Failed)


def test_a_call_that_is_not_answered_fails(parts: Parts) -> None:
    parts.commerce_layer.script("retrieve", "*", DOWN)

    assert parts.single_reads().read(WATCH, Listed()) == Failed(reason="TimedOut")
    assert not parts.breaker.is_open


class TestGone:
    """A payment that is not found is gone where its order confirms it."""

    @pytest.mark.parametrize(
        "order",
        [None, replace(ORDER, source_id="pay-b"), replace(ORDER, source_type=None, source_id=None)],
        ids=["the order is gone too", "it names another", "it names none"],
    )
    @pytest.mark.parametrize("listed", [ABSENT, WITNESSED])
    def test_the_order_confirms_that_it_is_gone(self, parts: Parts, order: Order | None, listed: Listed) -> None:
        if order is not None:
            parts.commerce_layer.orders[order.id] = order

        assert parts.single_reads().read(WATCH, listed) == Gone(is_confirmed=True)

    def test_of_one_that_lists_did_not_leave_out_twice_it_is_absent(self, parts: Parts) -> None:
        """A type whose list is refused is asked one by one, from the first check on."""
        once = replace(WATCH, absent_twice=False)

        assert parts.single_reads().read(once, Listed()) == Absent()
        assert parts.calls == 1

    @pytest.mark.parametrize("order", [ORDER, samples.without_source(ORDER)], ids=["names it", "does not say"])
    def test_an_order_that_names_it_means_a_missing_right(self, parts: Parts, order: Order) -> None:
        parts.commerce_layer.orders[order.id] = order

        assert parts.single_reads().read(WATCH, WITNESSED) == Failed(reason="404 RECORD_NOT_FOUND", is_own=True)
        assert parts.counts[Metric.MAY_NOT_READ] == 1

    @pytest.mark.parametrize("listed", [ABSENT, WITNESSED])
    def test_where_the_order_is_not_known_or_may_not_be_read_a_witness_decides(
        self, parts: Parts, listed: Listed
    ) -> None:
        parts.commerce_layer.script("retrieve", "orders#order-a", PermissionMissing("no right"))

        for watch in (UNKNOWN, WATCH):
            assert parts.single_reads().read(watch, listed) == Gone(is_confirmed=listed.is_witnessed)

    @pytest.mark.parametrize("listed", [ABSENT, WITNESSED])
    def test_where_the_order_does_not_answer_for_a_day_a_witness_decides_too(
        self, parts: Parts, listed: Listed
    ) -> None:
        long_absent = replace(WATCH, first_absent_at=int(parts.clock()) - POLICY.give_up_grace)
        for watch, result in (
            (WATCH, Failed(reason="TimedOut")),
            (long_absent, Gone(is_confirmed=listed.is_witnessed)),
        ):
            parts.commerce_layer.script("retrieve", "orders#order-a", DOWN)

            assert parts.single_reads().read(watch, listed) == result

    def test_an_order_read_that_every_other_would_meet_decides_nothing(self, parts: Parts) -> None:
        parts.commerce_layer.script("retrieve", "orders#order-a", RateLimited("429"))

        assert isinstance(parts.single_reads().read(WATCH, WITNESSED), Failed)
        assert parts.breaker.is_open

    def test_without_time_to_ask_the_order_it_is_snoozed(self, parts: Parts) -> None:
        def out_of_time() -> None:
            parts.has_time = False

        parts.commerce_layer.script("retrieve", str(WATCH.key), out_of_time)

        assert parts.single_reads().read(WATCH, ABSENT) == Snoozed()

    def test_an_order_that_a_list_showed_without_it_needs_no_second_call(self, parts: Parts) -> None:
        listed = Listed(order=replace(ORDER, source_id="pay-b"), is_absent=True)

        assert parts.single_reads().read(WATCH, listed) == Gone(is_confirmed=True)
        assert parts.calls == 1

    def test_the_row_of_an_order_that_is_gone_is_gone(self, parts: Parts) -> None:
        row = replace(samples.watch(samples.without_source(ORDER), POLICY), absent_twice=True)

        assert parts.single_reads().read(row, ABSENT) == Gone(is_confirmed=True)


class TestInconclusive:
    """Where only the order's own answer shows whether to refresh, it is asked for as well."""

    flagged = replace(ORDER, mismatched=True)

    def read(self, parts: Parts, order: Order, *, look_only: bool = False) -> CheckResult | Order:
        parts.commerce_layer.put(order)
        return parts.single_reads().read(replace(WATCH, look_only=look_only), Listed())

    def test_an_order_that_leaves_it_open_is_asked_for_itself(self, parts: Parts) -> None:
        assert self.read(parts, self.flagged) is self.flagged
        assert parts.commerce_layer.count == {"retrieve": 2}

    def test_one_that_is_settled_is_not(self, parts: Parts) -> None:
        self.read(parts, samples.authorized(ORDER, 0))

        assert parts.commerce_layer.count == {"retrieve": 1}

    def test_nor_one_that_is_only_looked_at_anyway(self, parts: Parts) -> None:
        self.read(parts, samples.order(status="cancelled", payment_status="new"))

        assert parts.commerce_layer.count == {"retrieve": 1}

    @pytest.mark.parametrize("is_over", [False, True])
    def test_one_that_is_not_found_then_only_serves_to_give_it_up(self, parts: Parts, is_over: bool) -> None:
        parts.commerce_layer.put(self.flagged)
        parts.commerce_layer.script("retrieve", "orders#order-a", not_found(samples.order_key()))
        if is_over:
            parts.clock.now = POLICY.ends_at(WATCH)

        result = parts.single_reads().read(WATCH, Listed())

        expected = Answered(order=bare(self.flagged), looked=True, can_refresh=False) if is_over else Answered()
        assert result == expected

    def test_one_that_is_not_answered_fails(self, parts: Parts) -> None:
        parts.commerce_layer.script("retrieve", "orders#order-a", DOWN)

        assert self.read(parts, self.flagged) == Failed(reason="TimedOut")

    def test_without_time_for_it_the_payment_is_snoozed(self, parts: Parts) -> None:
        def out_of_time() -> None:
            parts.has_time = False

        parts.commerce_layer.script("retrieve", str(WATCH.key), out_of_time)

        assert self.read(parts, self.flagged) == Snoozed()

    def test_of_one_only_looked_at_an_order_without_its_source_decides_nothing(self, parts: Parts) -> None:
        parts.commerce_layer.put(ORDER)
        parts.commerce_layer.orders[ORDER.id] = samples.without_source(ORDER)

        assert parts.single_reads().read(replace(WATCH, look_only=True), Listed()) == Answered()
