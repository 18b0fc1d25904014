"""Names of the rare situations that the simulation must reach."""

from __future__ import annotations

from enum import StrEnum


class Probe(StrEnum):
    """A situation that must be reached at least once."""

    LOST_CLAIM = "lost claim write"
    """A sweep's claim found the row changed since the sweep listed it."""

    ECHO_WHILE_CLAIMED = "echo while claimed"
    """The event that our own refresh caused came while its watch was still claimed by that refresh's message."""

    EVENT_WHILE_CLAIMED = "event while claimed"
    """An event that no refresh caused came while its watch was claimed."""

    STALE_DUPLICATE = "stale duplicate"
    """A message was dropped whose token is not, or no longer, the row's."""

    LETTER_OF_ANOTHER_ROUND = "letter of another round"
    """A dead letter that was moved back was dropped, since its round is not the row's."""

    LATER_REDRIVE = "redrive of a later round"
    """A dead letter of the second round, or of a later one, was moved back and began the next."""

    ABSENCE_CONFIRMED = "absence confirmed"
    """A payment ended as missing, which lists had left out twice and a single call did not find."""

    CART_ABSENCE_CONFIRMED = "cart's absence confirmed"
    """Likewise one of a deleted cart, which ended quietly."""

    ABSENCE_CONTRADICTED = "absence contradicted"
    """A single call did not find what lists had left out twice, and nothing confirmed that it is gone."""

    WITNESS = "absence believed by a witness"
    """A payment of which no order was known was gone, since another one of its type was still there."""

    ABSENCE_REFUTED = "absence refuted by an event"
    """A single call was about to confirm an absence, when an order event had come meanwhile."""

    FORCED_SOURCE = "forced-over source"
    """A refresh put its payment back onto an order that had another payment source by then."""

    SUSPECT_ISOLATED = "poison suspect isolated"
    """A watch whose claims had come to nothing was processed in isolation."""

    SUSPECT_DEAD_LETTERED = "poison suspect dead-lettered"
    """A watch was dead-lettered as one that cannot be processed."""

    OUTBOX_TAKEN = "outbox taken by another"
    """Of two copies of a message that came at once, one found that the other sends the outbox already."""

    OUTBOX_RELAYED = "outbox relayed by another"
    """A refresh invocation wrote an outbox and did not send it; another invocation did."""

    RELEASED = "release after a refused send"
    """A sweep released a claim whose message the queue had refused."""

    RELEASE_LOST = "release lost"
    """A sweep could not release such a claim, since the row had changed meanwhile."""

    SLOT_VOIDED = "slot voided by a 429"
    """A 429 voided a slot of the rate limiter that was booked and not used yet."""

    SNOOZED_FOR_TIME = "snooze for time"
    """A watch was rescheduled untried, since its invocation had no time left."""

    HALF_OPEN = "half-open circuit"
    """A call was let through an open circuit, to find out whether that may close."""

    REFRESH_FAILING = "refresh failing"
    """A payment was given up whose own refresh failed to the end, while looks were answered."""

    CANCELLED = "cancelled"
    """The payment of a cancelled order was closed, which nobody had paid."""

    REPLACED = "replaced"
    """A payment was closed, for its order was to be paid otherwise."""

    KEPT = "kept after the cancellation"
    """Money that had come before the cancellation was still held long after it."""

    SUPERSEDED = "superseded, with evidence"
    """Two payments were found to hold an order's money."""

    PLACED_LATE = "placed late"
    """Our refresh placed a cart long after its last change."""

    PLACED_AFTER_ALL = "placed after all"
    """An order was placed after a person had been told that it was not."""

    REPORTED = "reported"
    """A payment stayed pending that may not be acted on."""

    CART_RESTARTED = "cart restarted"
    """A cart began its life anew, since somebody changed it."""
