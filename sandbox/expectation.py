"""Expected outcome of a watch, payment by payment: pure rules over what the organization knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.organization import EDITABLE
from sandbox.store import epoch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.config import Switches
    from sandbox.gateway import Intent
    from sandbox.news import Heard
    from sandbox.store import Record, Store

BEFORE_S = 0.25
"""A webhook that moved an order this shortly before a refresh arrived: from outside, the two look alike."""
AFTER_S = 0.5
"""The same while a refresh is served, and this shortly after."""
_PLACED_LATER_S = 1.0
"""An order placed this long after its money was, for a while, paid and not placed."""
_UNPLACED = ("draft", "pending", "placing")


@dataclass(slots=True)
class Expectation:
    """How the watch of one payment may end. Each list names what is right; of several entries, any one is.

    Attributes
    ----------
    status, settled_by, notice
        What the watch says; `notice` contains None where it says nothing.
    announce
        The kinds of outcome events that must have been sent.
    may_announce
        Kinds that may have been sent besides; which of them is unknown, or depends on who noticed first.
    optional
        There need be no watch: no event was sent, and nothing was left to find. If there is one, the rest holds.
    """

    status: list[str]
    settled_by: list[str]
    notice: list[str | None]
    announce: set[str]
    may_announce: set[str]
    optional: bool = False

    def show(self) -> dict[str, Any]:
        """Write it as JSON can hold it."""
        return {
            "status": self.status,
            "settled_by": self.settled_by,
            "notice": self.notice,
            "announce": sorted(self.announce),
            "may_announce": sorted(self.may_announce - self.announce),
            "optional": self.optional,
        }


@dataclass(frozen=True, slots=True)
class Scene:
    """One order with all its payments, what the watcher may do, and which events it received."""

    store: Store
    order: Record
    intents: Sequence[Intent]
    switches: Switches
    heard: Heard
    refreshing: bool

    def expect(self, intent: Intent) -> Expectation:
        """Say how the watch of one of the payments ends."""
        winners = self._winners()
        if intent in winners:
            expected = self._won(intent)
            if len(winners) > 1:
                expected.status.append("closed")
                expected.notice.append("superseded")
                expected.may_announce |= expected.announce | {"PaymentSuperseded"}
                expected.announce = set()
        elif winners:
            expected = Expectation(["closed"], [], ["superseded"], {"PaymentSuperseded"}, set())
        else:
            expected = self._unpaid(intent)
        self._with_attempts(intent, expected)
        payment = self.store.must(intent.payment)
        if payment.attributes.get("mismatched_amounts"):
            expected.may_announce.add("PaymentAmountMismatch")
            expected.notice.append("amount_mismatch")
        superseded = bool(winners) and intent not in winners
        expected.optional = not (
            intent.payment in self.heard.open
            or intent.moved_by == "refresh"
            or (self._can_be_found(intent) and not superseded)
        )
        return expected

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
        # A payment that is not the order's source is refreshed only by who knew of it before. A cancelled
        # order is only looked at.
        known = current or intent.payment in self.heard.open
        return self.refreshing and known and status != "cancelled"

    def _won(self, intent: Intent) -> Expectation:
        attributes = self.order.attributes
        heard_by_event = intent.payment in self.heard.ended and intent.moved_by != "refresh"
        settled = {"PaymentSettled"}
        if attributes["payment_status"] == "voided":
            # Authorized and later voided: which of both a watcher saw last is its own affair.
            return Expectation(["settled", "closed"], [], [None], set(), settled | {"PaymentClosed"})
        if attributes["status"] == "cancelled":
            if intent.moved_at is None or intent.moved_at > epoch(attributes["cancelled_at"]):
                kinds = {"PaymentOnCancelledOrder"}
                return Expectation(["closed"], [], ["on_cancelled_order"], kinds, set())
            both: list[str | None] = [None, "on_cancelled_order"]
            return Expectation(["settled", "closed"], [], both, set(), settled | {"PaymentOnCancelledOrder"})
        by = _settled_by(intent)
        method = self.store.must(self.order.one["payment_method"]).attributes
        places_itself = intent.moved_by is None and method["auto_place"] and attributes["status"] == "pending"
        if attributes["status"] in _UNPLACED and not places_itself:
            return Expectation(["settled"], by, ["not_placed"], {"OrderAuthorizedNotPlaced"}, settled)
        expected = Expectation(["settled"], by, [None], set(), set(settled))
        if not heard_by_event:
            expected.announce |= settled
        placed_at = attributes.get("placed_at")
        if placed_at and intent.moved_at is not None and epoch(placed_at) > intent.moved_at + _PLACED_LATER_S:
            expected.notice.append("not_placed")
            expected.may_announce.add("OrderAuthorizedNotPlaced")
        return expected

    def _unpaid(self, intent: Intent) -> Expectation:
        attributes = self.order.attributes
        if attributes["status"] == "cancelled" and attributes.get("placed_at") is None:
            expected = Expectation(["closed"], [], [None], set(), {"PaymentClosed"})
            if intent.payment not in self.heard.ended:
                expected.announce.add("PaymentClosed")
            return expected
        if attributes["status"] in ("draft", "pending"):
            return Expectation(["abandoned"], [], [None], {"PaymentAbandoned"}, set())
        return Expectation(["dead_lettered"], [], [None], {"PaymentStillPending"}, set())

    def _with_attempts(self, intent: Intent, expected: Expectation) -> None:
        """Add what a failed attempt leaves, if the watcher can see it."""
        if not (self._has_failed(intent) or self._will_fail(intent)):
            return
        expected.may_announce.add("PaymentAttemptFailed")
        # What settled meanwhile says nothing of earlier attempts, and what was superseded something else.
        if expected.status in (["dead_lettered"], ["abandoned"], ["closed"]) and None in expected.notice:
            expected.notice.append("attempt_failed")
        looked_at = expected.status in (["dead_lettered"], ["abandoned"])
        cancelled = self.order.attributes["status"] == "cancelled"
        if looked_at and not cancelled and "authorizations" not in self.switches.refused_includes:
            expected.notice.remove(None)
            expected.announce.add("PaymentAttemptFailed")

    def _has_failed(self, intent: Intent) -> bool:
        known = (self.store.must(ref) for ref in self.order.many.get("authorizations", ()))
        return any(
            each.one["payment_source"] == intent.payment and not each.attributes["succeeded"] for each in known
        )

    def _will_fail(self, intent: Intent) -> bool:
        unheard = intent.state == "declined" and not intent.decline_known
        return unheard and self.refreshing and self.switches.declined_leaves_authorization

    def _can_be_found(self, intent: Intent) -> bool:
        """Say whether a listing shows the payment even now: it is waited for, or its order was not placed."""
        attributes = self.order.attributes
        if not self._is_current(intent) or attributes["status"] in ("draft", "cancelled"):
            return False
        return attributes["payment_status"] == "unpaid" or attributes["status"] in _UNPLACED

    def _is_current(self, intent: Intent) -> bool:
        return self.order.one.get("payment_source") == intent.payment


def _settled_by(intent: Intent) -> list[str]:
    if intent.moved_at is None:
        return ["refresh"] if intent.webhook_lost else ["refresh", "webhook"]
    if intent.moved_by == "refresh":
        return ["refresh"]
    moved_at = intent.moved_at
    close = any(
        arrived_at - BEFORE_S <= moved_at <= answered_at + AFTER_S for arrived_at, answered_at in intent.refreshes
    )
    return ["refresh", "webhook"] if close else ["webhook"]
