"""Merging of a look's order with that of the refresh that followed it."""

from __future__ import annotations

from typing import Any

import pytest

from payment_refresh.domain.order import Order, merge_refresh_answer
from payment_refresh.domain.order_document import read_order
from tests.unit import payloads


class TestCombiningALookWithARefresh:
    """The answer to a refresh contains the bare order; the look gave the rest."""

    looked = payloads.order(attempts=[payloads.failed("a")], auto_place=True)

    @staticmethod
    def refreshed(**changes: Any) -> Order:
        return read_order(payloads.document(**changes))

    def test_the_refreshed_order_counts_with_the_payment_the_look_reported(self) -> None:
        after = "2026-01-31T12:05:00.000Z"

        order = merge_refresh_answer(
            self.looked, self.refreshed(payment_status="authorized", updated_at=after), payloads.PAYMENT
        )

        assert (order.payment_status, order.updated_at) == ("authorized", after)
        assert (order.payment, order.gateway_id, order.auto_place) == (payloads.PAYMENT, "pi_3SampleMadeUp", True)
        assert order.authorizations == self.looked.authorizations

    def test_a_refresh_that_did_not_touch_updated_at_counts_too(self) -> None:
        assert (
            merge_refresh_answer(
                self.looked, self.refreshed(payment_status="paid"), payloads.PAYMENT
            ).payment_status
            == "paid"
        )

    @pytest.mark.parametrize("updated_at", [None, payloads.UPDATED])
    def test_an_order_that_does_not_show_its_age_counts(self, updated_at: str | None) -> None:
        order = merge_refresh_answer(
            payloads.order(updated_at=updated_at),
            self.refreshed(payment_status="paid", updated_at=None),
            payloads.PAYMENT,
        )

        assert order.payment_status == "paid"

    def test_an_order_that_lags_behind_the_look_says_nothing(self) -> None:
        lagging = self.refreshed(payment_status="authorized", updated_at="2026-01-31T12:00:00.999Z")

        assert merge_refresh_answer(self.looked, lagging, payloads.PAYMENT) is self.looked

    def test_an_answer_without_the_order_says_nothing(self) -> None:
        assert merge_refresh_answer(self.looked, None, payloads.PAYMENT) is self.looked

    def test_another_order_says_nothing_of_this_one(self) -> None:
        document = payloads.document()
        document["data"]["id"] = "another"

        assert merge_refresh_answer(self.looked, read_order(document), payloads.PAYMENT) is self.looked

    def test_an_answer_that_shows_its_payment_source_is_believed(self) -> None:
        refreshed = payloads.order(source=payloads.payment(id_=payloads.OTHER_ID), payment_status="paid")

        order = merge_refresh_answer(self.looked, refreshed, payloads.PAYMENT)

        assert (order.source_id, order.payment_status) == (payloads.OTHER_ID, "paid")
        assert (order.auto_place, order.authorizations) == (True, self.looked.authorizations)

    def test_transactions_of_the_answer_count_where_it_shows_them(self) -> None:
        refreshed = payloads.order(attempts=[payloads.through("b")], payment_status="authorized")

        order = merge_refresh_answer(self.looked, refreshed, payloads.PAYMENT)

        assert [each.id for each in order.authorizations] == ["b"]
        assert (order.authorizations_known, order.reversals_known) == (True, False)

    def test_those_of_the_look_do_not_show_what_is_held_after_the_refresh(self) -> None:
        refreshed = self.refreshed(payment_status="authorized")

        order = merge_refresh_answer(self.looked, refreshed, payloads.PAYMENT)

        assert (order.authorizations, order.authorizations_known) == (self.looked.authorizations, False)

    def test_where_another_source_may_have_been_replaced_only_the_next_look_can_show_it(self) -> None:
        looked = payloads.order(source=payloads.payment(id_=payloads.OTHER_ID))

        assert (
            merge_refresh_answer(looked, self.refreshed(payment_status="authorized"), payloads.PAYMENT) is looked
        )

    def test_whose_money_it_is_stays_known_where_the_answer_does_not_say_it(self) -> None:
        looked = payloads.order(attempts=[payloads.through("a", of=payloads.OTHER_ID)])
        refreshed = payloads.order(attempts=[payloads.through(each, of=None) for each in ("a", "b")])

        order = merge_refresh_answer(looked, refreshed, payloads.PAYMENT)

        assert [each.payment_id for each in order.authorizations] == [payloads.OTHER_ID, None]
