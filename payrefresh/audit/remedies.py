"""The remedies: what this product would do about a problem, deployed right now with its defaults. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from payment_refresh.domain.policy import DAY, Policy
from payment_refresh.domain.verdict import PLACED, UNPLACED
from payment_refresh.times import to_iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payment_refresh.domain.order import Order

ACT_ON_THE_LAST = DAY
"""Seconds before its first deployment from which on it acts on orders, unless ``ActOnOrdersAfter`` is set."""

LISTED = PLACED | UNPLACED | {"cancelled"}
"""Statuses of orders that discover lists."""


class Remedy(StrEnum):
    """What would be done."""

    REFRESH = "refresh"
    REPORT = "report"
    CHECK_IF_ASKED = "check_if_asked"
    ANNOUNCE_NOT_PLACED = "announce_not_placed"
    ANNOUNCE_CANCELLED = "announce_cancelled"
    REPORT_KEPT = "report_kept"
    ANNOUNCE_SECOND = "announce_second"
    ANNOUNCE_AMOUNT = "announce_amount"
    TELL_AMOUNT = "tell_amount"
    NOTHING = "nothing"


WORDS: Mapping[Remedy, str] = {
    Remedy.REFRESH: (
        "ask the gateway for this payment now, then less and less often, until it settles; if it is still unpaid "
        "24 days after the order was placed, hand it to a person"
    ),
    Remedy.REPORT: (
        "look once a day and count it in the daily digest, as it is older than a day when all this begins; ask "
        "the gateway when you say so (payrefresh check ORDER, or an earlier ActOnOrdersAfter)"
    ),
    Remedy.CHECK_IF_ASKED: (
        "do nothing by itself, as it does not look for orders that nobody touched for 24 days (DiscoverWindow), "
        "or of a status that it does not know; check it when you say so (payrefresh check ORDER)"
    ),
    Remedy.ANNOUNCE_NOT_PLACED: "call a person (OrderAuthorizedNotPlaced); it never places an order itself",
    Remedy.ANNOUNCE_CANCELLED: "call a person at once (PaymentOnCancelledOrder); it gives no money back itself",
    Remedy.REPORT_KEPT: (
        "look again a day after the cancellation, for the void, and call nobody, as the money came before the "
        "cancellation; if it is still held, the payment's row says so (kept_after_cancellation)"
    ),
    Remedy.ANNOUNCE_SECOND: (
        "call a person at once when it sees this happen (PaymentSuperseded); of one that stands already, when you "
        "have it checked (payrefresh check PAYMENT)"
    ),
    Remedy.ANNOUNCE_AMOUNT: (
        "call a person when it sees this happen (PaymentAmountMismatch), as no refresh cures it; of an order "
        "that is placed and paid already, when you have it checked (payrefresh check ORDER)"
    ),
    Remedy.TELL_AMOUNT: "say how much is held in the event PaymentSettled, and call nobody",
    Remedy.NOTHING: "do nothing: the order has no payment that can be refreshed",
}
"""Each in plain words, after "it would"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The times from which on this product acts, and looks (ISO 8601 UTC)."""

    acts_from: str
    looks_from: str

    @classmethod
    def at(cls, now: float) -> Times:
        """Give them for a deployment at this moment, with the default settings."""
        return cls(acts_from=to_iso(now - ACT_ON_THE_LAST), looks_from=to_iso(now - Policy().give_up))

    def of_unpaid(self, order: Order) -> Remedy:
        """Say what is done about a placed order that is not paid."""
        placed_at = order.placed_at or order.updated_at or ""
        return self.if_found(order, Remedy.REFRESH if placed_at >= self.acts_from else Remedy.REPORT)

    def if_found(self, order: Order, remedy: Remedy) -> Remedy:
        """Give the remedy for an order that discover finds; it does not look as far as an audit can."""
        is_recent = order.updated_at is None or order.updated_at >= self.looks_from
        return remedy if is_recent and order.status in LISTED else Remedy.CHECK_IF_ASKED
