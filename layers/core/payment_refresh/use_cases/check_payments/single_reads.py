"""Asks for single records: payments whose order no list shows, and what lists left out twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.check_results import Absent, Answered, Failed, Gone, Snoozed
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.verdict import Kind, judge
from payment_refresh.errors import CommerceLayerError, MayNotRead, NotFound, Unavailable
from payment_refresh.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.domain.check_results import CheckResult
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Clock, CommerceLayer
    from payment_refresh.use_cases.check_payments.breaker import BatchBreaker
    from payment_refresh.use_cases.check_payments.looks import Listed


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleReads:
    """Reads single records.

    They are outside the circuit of reads: that a single record is not answered says nothing of the others.

    Attributes
    ----------
    on_call
        Called right before each request is sent.
    """

    commerce_layer: CommerceLayer
    breaker: BatchBreaker
    policy: Policy
    clock: Clock
    on_call: Callable[[], None]

    def read(self, watch: Watch, listed: Listed) -> CheckResult | Order:
        """Ask for what lists did not show; gives the order where it decides, else what the watch gets."""
        if not self.breaker.allows():
            return Snoozed()
        try:
            order = self._retrieve(watch.key)
        except NotFound:
            return self._confirm(watch, listed) if watch.absent_twice else Absent()
        except CommerceLayerError as error:
            return self._no_answer(watch, error)
        if order is None:
            return self._order_itself(watch)
        return self._whole(watch, order) if _is_inconclusive(watch, order) else order

    def _retrieve(self, key: PaymentKey) -> Order | None:
        self.breaker.counts[Metric.RETRIEVE_CALLS] += 1
        return self.commerce_layer.retrieve(key, self.on_call)

    def _order_itself(self, watch: Watch) -> CheckResult | Order:
        """Ask for the order that is known of a payment whose answer does not show it."""
        if watch.order_id is None:
            return Answered(is_orphan=True)
        if not self.breaker.allows():
            return Snoozed()
        try:
            order = self._retrieve(PaymentKey(ORDERS, watch.order_id))
        except NotFound:
            return Answered(is_orphan=True)
        except CommerceLayerError as error:
            return self.breaker.record_failure(error)
        return order or Answered()

    def _confirm(self, watch: Watch, listed: Listed) -> CheckResult:
        """Ask what the order says of a payment that is not found."""
        if watch.key.is_order or (listed.order is not None and listed.is_absent):
            return Gone(is_confirmed=True)
        if watch.order_id is None:
            return Gone(is_confirmed=listed.is_witnessed)
        return self._confirm_by_order(watch, watch.order_id, listed) if self.breaker.allows() else Snoozed()

    def _confirm_by_order(self, watch: Watch, order_id: str, listed: Listed) -> CheckResult:
        try:
            order = self._retrieve(PaymentKey(ORDERS, order_id))
        except NotFound:
            return Gone(is_confirmed=True)
        except CommerceLayerError as error:
            failure = self.breaker.record_failure(error)
            may_pass = isinstance(error, Unavailable) and not self._is_absent_for_long(watch)
            return failure if self.breaker.is_open or may_pass else Gone(is_confirmed=listed.is_witnessed)
        names_payment = order is None or order.payment == watch.key or not order.source_known
        return self._contradicted(watch) if names_payment else Gone(is_confirmed=True)

    def _is_absent_for_long(self, watch: Watch) -> bool:
        """Whether an order that does not answer had long enough to do so."""
        since = watch.first_absent_at
        return since is None or int(self.clock()) >= since + self.policy.give_up_grace

    def _no_answer(self, watch: Watch, error: CommerceLayerError) -> CheckResult:
        """Back off; what lists left out twice and a single call never answers ends like what nothing confirms."""
        failure = self.breaker.record_failure(error)
        end = self.policy.ends_at(watch) + self.policy.give_up_grace
        is_over = watch.absent_twice and not self.breaker.is_open and int(self.clock()) >= end
        return Gone(is_confirmed=False) if is_over else failure

    def _contradicted(self, watch: Watch) -> Failed:
        """The order names a payment that cannot be read: a right is missing, or the API's version is another."""
        error = MayNotRead(
            f"GET {watch.key.type}/{watch.key.id} answered 404 although its order names it: the role "
            "may not read it, or CommerceLayerApiVersion is not the version that has it",
        )
        self.breaker.log_failure(error)
        return Failed(reason="404 RECORD_NOT_FOUND", is_own=True)

    def _whole(self, watch: Watch, order: Order) -> CheckResult | Order:
        """Ask for the order that a payment's answer named: only its own answer shows whether to refresh.

        Where it is not there, that decides nothing: the payment is not refreshed, and what its answer showed only
        serves to give it up in the end.
        """
        if not self.breaker.allows():
            return Snoozed()
        try:
            whole = self._retrieve(PaymentKey(ORDERS, order.id))
        except NotFound:  # it is there, as its payment's answer shows
            whole = None
        except CommerceLayerError as error:
            return self.breaker.record_failure(error)
        if whole is not None and not (watch.look_only and not whole.source_known):
            return whole
        is_over = int(self.clock()) >= self.policy.ends_at(watch)
        return Answered(order=order, looked=is_over, can_refresh=False) if is_over else Answered()


def _is_inconclusive(watch: Watch, order: Order) -> bool:
    """Whether an order that came with its payment leaves open if that may be refreshed.

    Only the order's own answer has authorizations, which show whether less was authorized than the order costs.
    """
    verdict = judge(order, watch.key)
    if watch.key.is_order or verdict.look_only:
        return False
    if verdict.kind is not Kind.PENDING:
        return verdict.needs_look
    is_ours = order.payment == watch.key
    return verdict.needs_look or (order.mismatched and is_ours) or (watch.look_only and not order.source_known)
