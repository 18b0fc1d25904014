"""Rules of what becomes of a payment, over what the organization and the gateway know. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.attribution import ARRIVED_S, HANDLED_S, settled_by, tried
from sandbox.expectation import CALLED, Expectation
from sandbox.news import REVERSED, UNPLACED, is_kept
from sandbox.oddities import PARTLY_AUTHORIZED
from sandbox.organization import EDITABLE, OPEN
from sandbox.store import epoch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.config import Switches
    from sandbox.gateway import Intent
    from sandbox.news import Heard
    from sandbox.store import Record, Store
    from sandbox.watcher import Watcher

_ROUNDED_S = 1.5
"""Watches keep whole seconds, so a time so close to a limit may be on either side of it."""
_ENOUGH_S = 3.0
_PLACED_LATER_S = 1.0
"""An order placed this long after its money was, for a while, paid and not placed."""
_PLACED = ("placing", "placed", "editing", "approved")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One order with all its payments, who watches it, which events arrived, and when it was looked at.

    It may be deleted by now.
    """

    store: Store
    order: Record
    intents: Sequence[Intent]
    switches: Switches
    heard: Heard
    looks: Sequence[float]
    watcher: Watcher

    def expect(self, intent: Intent) -> Expectation:
        """Say how the watch of one of the payments ends."""
        expected = self._ending(intent)
        if not self._is_gone(intent):
            self._with_attempts(intent, expected)
            self._with_carts(intent, expected)
        winners = self._winners()
        is_waited_for = self._can_be_found(intent) and (not winners or intent in winners)
        expected.optional = not (
            intent.payment in self.heard.open or intent.moved_by == "refresh" or is_waited_for
        )
        return expected

    def _ending(self, intent: Intent) -> Expectation:
        attributes = self.order.attributes
        if self._is_gone(intent):
            return self._gone()
        if attributes["payment_status"] == "free":
            return self._free(intent)
        winners = self._winners()
        if intent in winners:
            expected = self._won(intent)
            if len(winners) > 1:
                expected.status.append("closed")
                expected.reason = expected.notice = []
                expected.may_announce |= expected.announce | {"PaymentClosed"}
                expected.announce, expected.person = set(), [True, False]
            return expected
        if winners or not self._is_current(intent):
            return self._replaced(intent)
        return self._unpaid(intent)

    def _is_gone(self, intent: Intent) -> bool:
        """Whether the order or the payment does not exist any more."""
        payment = self.store.get(intent.payment)
        return payment is None or "order" not in payment.one

    def _is_placed(self) -> bool:
        attributes = self.order.attributes
        return attributes.get("placed_at") is not None or attributes["status"] in _PLACED

    def _gone(self) -> Expectation:
        if not self._is_placed():
            return Expectation(status=["closed"], reason=["deleted"], announce={"PaymentClosed"})
        expected = Expectation(status=["missing"], announce={"PaymentMissing"}, person=list(CALLED))
        if not self.watcher.refreshing and self.store.get(self.order.ref) is not None:
            # Only a refresh shows that the payment of an order is gone that is there, and unpaid.
            expected.status.append("reported")
            expected.person = [True, False]
            expected.quietly_if(reported=True)
        return expected

    def _free(self, intent: Intent) -> Expectation:
        reported = intent.payment in self.heard.ended
        if self._is_placed():
            expected = Expectation(status=["settled"], announce={"PaymentSettled"}).quietly_if(reported)
            free_since, placed_at = (self.order.attributes.get(at) for at in ("payment_updated_at", "placed_at"))
            if placed_at is None or free_since < placed_at:
                # Seen before it was placed, it was a free cart, which nobody waits for.
                expected.status.append("closed")
                expected.may_announce |= {"PaymentSettled", "PaymentClosed"}
                expected.announce = set()
            return expected
        return Expectation(status=["closed"], reason=["free"], announce={"PaymentClosed"}).quietly_if(reported)

    def _winners(self) -> list[Intent]:
        """Give the payment that moved the order; before that, those that can."""
        moved = [each for each in self.intents if each.moved_by is not None]
        return moved or [each for each in self.intents if self._can_move(each)]

    def _can_move(self, intent: Intent) -> bool:
        status = self.order.attributes["status"]
        current = self._is_current(intent)
        if intent.state != "authorized" or not (current or (self.switches.force_payments and status in EDITABLE)):
            return False
        if not intent.webhook_lost:
            return True
        # A payment that is not the order's source is refreshed only by who knew of it before.
        known = current or intent.payment in self.heard.open
        return self.watcher.refreshing and known and not intent.is_refused and self._may_refresh()

    def _may_refresh(self) -> bool:
        """Whether a refresh is harmless: of a cancelled order only where nothing is captured or placed by it."""
        method = self.store.must(self.order.one["payment_method"]).attributes
        is_cancelled = self.order.attributes["status"] == "cancelled"
        return not is_cancelled or not (method["auto_capture"] or method["auto_place"])

    def _won(self, intent: Intent) -> Expectation:
        attributes = self.order.attributes
        both = {"PaymentSettled", "PaymentClosed"}
        if attributes["payment_status"] in REVERSED:
            # Paid and later given back: which of both a watcher saw last is its own affair.
            reasons = [None, "reversed"]
            return Expectation(status=["settled", "closed"], reason=reasons, may_announce=both)
        if attributes["status"] == "cancelled":
            if is_kept(self.order):
                reasons, notices = [None, "cancelled"], [None, "kept_after_cancellation"]
                return Expectation(status=["settled", "closed"], reason=reasons, notice=notices, may_announce=both)
            expected = Expectation(status=["closed"], reason=["cancelled"])
            expected.call_too("PaymentOnCancelledOrder", "on_cancelled_order")
            return expected
        if self._is_less(intent) and PARTLY_AUTHORIZED in self.order.oddities:
            return self._with_less(self._unpaid(intent))
        if attributes["status"] in UNPLACED and not self._places_itself(intent):
            expected = Expectation(status=["settled"], settled_by=self._settled_by(intent))
            expected.may_announce.add("PaymentSettled")
            expected.call_too("OrderAuthorizedNotPlaced", "not_placed")
            return expected
        return self._settled(intent)

    def _settled(self, intent: Intent) -> Expectation:
        reported = intent.payment in self.heard.ended and intent.moved_by != "refresh"
        expected = Expectation(
            status=["settled"],
            settled_by=self._settled_by(intent),
            notice=[None],
            announce={"PaymentSettled"},
        ).quietly_if(reported)
        if self._is_less(intent):
            self._with_less(expected)
        elif intent.authorized_cents is None and self._is_marked(intent):
            expected.may_announce.add("PaymentAmountMismatch")  # where the amounts themselves cannot be read
            expected.notice, expected.person = [], [True, False]
        placed_at = self.order.attributes.get("placed_at")
        if placed_at and intent.moved_at is not None and epoch(placed_at) > intent.moved_at + _PLACED_LATER_S:
            expected.quietly_if(reported=True)
            expected.may_announce.add("OrderPlacedAfterAll")
            expected.call_perhaps("OrderAuthorizedNotPlaced", "not_placed")
            if intent.payment in self.heard.ended:
                expected.follows["OrderAuthorizedNotPlaced"] = "OrderPlacedAfterAll"
        return expected

    def _is_marked(self, intent: Intent) -> bool:
        return self.store.must(intent.payment).attributes.get("mismatched_amounts") is True

    def _settled_by(self, intent: Intent) -> list[str]:
        reported_at = self.heard.paid_at.get(intent.payment)
        return settled_by(intent, self.looks, self.watcher.echo_s, reported_at=reported_at)

    def _is_less(self, intent: Intent) -> bool:
        total = self.order.attributes["total_amount_cents"]
        return intent.authorized_cents is not None and intent.authorized_cents < total

    def _with_less(self, expected: Expectation) -> Expectation:
        if "authorizations" in self.switches.refused_includes:
            expected.call_perhaps("PaymentAmountMismatch", "amount_mismatch")
        else:
            expected.call_too("PaymentAmountMismatch", "amount_mismatch")
        return expected

    def _places_itself(self, intent: Intent) -> bool:
        method = self.store.must(self.order.one["payment_method"]).attributes
        is_pending = self.order.attributes["status"] == "pending"
        return intent.moved_by is None and method["auto_place"] and is_pending

    def _replaced(self, intent: Intent) -> Expectation:
        """Give the end of a payment that another took the place of: quiet, unless both hold money."""
        expected = Expectation(status=["closed"], reason=["replaced"])
        if self._has_authorization(intent, succeeded=True):
            expected.call_too("PaymentSuperseded", "superseded")
        else:
            expected.announce.add("PaymentClosed")
        return expected

    def _unpaid(self, intent: Intent) -> Expectation:
        if self.order.attributes["status"] == "cancelled":
            expected = Expectation(status=["closed"], reason=["cancelled"], announce={"PaymentClosed"})
            return expected.quietly_if(intent.payment in self.heard.ended)
        if not self._is_placed():
            return Expectation(status=["abandoned"], notice=[None], announce={"PaymentAbandoned"})
        if not self.watcher.refreshing:
            return Expectation(status=["reported"], reason=["stayed_pending"], notice=[None])
        reason = "refresh_failing" if intent.is_refused else "stayed_pending"
        expected = Expectation(status=["dead_lettered"], reason=[reason], notice=[None])
        expected.call_too("PaymentStillPending")
        return expected

    def _with_attempts(self, intent: Intent, expected: Expectation) -> None:
        """Add what a failed attempt leaves, if the watcher can see it."""
        if not (self._has_authorization(intent, succeeded=False) or self._will_fail(intent)):
            return
        expected.may_announce.add("PaymentAttemptFailed")
        if expected.notice != [None]:
            return
        # What settled meanwhile says nothing of earlier attempts.
        if expected.status == ["settled"]:
            return
        expected.notice.append("attempt_failed")
        if "authorizations" not in self.switches.refused_includes:
            expected.notice = ["attempt_failed"]
            expected.announce.add("PaymentAttemptFailed")

    def _with_carts(self, intent: Intent, expected: Expectation) -> None:
        """Add what is announced of a cart that a refresh placed, or that its shopper returned to."""
        if not intent.placed and self._is_placed():
            return
        late_after, end_after = self.watcher.late_after_s, self.watcher.carts_end_after_s
        is_hidden = self._is_change_hidden(intent)
        if intent.placed and intent.moved_by == "refresh":
            waited = (intent.moved_at or 0.0) - (intent.changed_at or 0.0)
            if late_after is None or is_hidden or abs(waited - late_after) < _ROUNDED_S:
                expected.call_perhaps("OrderPlacedLate")
            elif waited > late_after:
                expected.call_too("OrderPlacedLate")
        elif intent.moved_by is None and intent in self._winners():
            expected.call_perhaps("OrderPlacedLate")
        age = (intent.authorized_at or 0.0) - epoch(self.order.attributes["created_at"])
        if end_after is not None and age >= end_after - _ENOUGH_S:
            expected.may_announce.add("PaymentAbandoned")
        if is_hidden and intent.moved_by is None:
            expected.status.append("abandoned")
            expected.quietly_if(reported=True)
            expected.notice, expected.person = [], [True, False]

    def _is_change_hidden(self, intent: Intent) -> bool:
        """Whether a watcher cannot know of the cart's last change, so that the cart is as old to it as before.

        No look showed it before the refresh that moved the order, or it came so soon after an earlier refresh that
        it is taken for the work of that.
        """
        if self.watcher.echo_s is None:
            return False
        changed_at = intent.changed_at or epoch(self.order.attributes["updated_at"])
        moved_at = intent.moved_at or float("inf")
        was_seen = any(changed_at < looked_at < moved_at for looked_at in self.looks)
        # Clocks may differ, so the watcher's echo begins a little before it sends its refresh.
        before, after = self.watcher.skew_s + ARRIVED_S, self.watcher.echo_s + HANDLED_S
        is_echo = any(
            arrived_at - before <= changed_at <= answered_at + after for arrived_at, answered_at in tried(intent)
        )
        return is_echo or not was_seen

    def _has_authorization(self, intent: Intent, *, succeeded: bool) -> bool:
        known = (self.store.must(ref) for ref in self.order.many.get("authorizations", ()))
        of_payment = (each for each in known if each.one["payment_source"] == intent.payment)
        return any(each.attributes["succeeded"] is succeeded for each in of_payment)

    def _will_fail(self, intent: Intent) -> bool:
        unheard = intent.state == "declined" and not intent.decline_known
        return unheard and self.watcher.refreshing and self.switches.declined_leaves_authorization

    def _can_be_found(self, intent: Intent) -> bool:
        """Say whether a listing shows the payment even now: waited for, or with money in the wrong place."""
        attributes = self.order.attributes
        if self._is_gone(intent) or not self._is_current(intent):
            return False
        if attributes["payment_status"] in OPEN:
            return attributes["status"] in ("pending", *_PLACED)
        has_money = attributes["payment_status"] in ("authorized", "paid")
        return has_money and attributes["status"] in (*UNPLACED, "cancelled")

    def _is_current(self, intent: Intent) -> bool:
        return self.order.one.get("payment_source") == intent.payment
