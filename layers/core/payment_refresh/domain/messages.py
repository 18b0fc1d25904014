"""Queue messages: requests to check a payment, and dead letters of payments that stayed pending."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.errors import InvalidKey, UnreadableMessage

if TYPE_CHECKING:
    from payment_refresh.domain.deployment import Deployment
    from payment_refresh.domain.watch import Watch

LARGEST_ROUND = 10**6
LONGEST_NOTE = 200
LETTER_CHECKS = 5
"""Number of most recent checks in a dead letter; the row has up to 20."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A valid message of the pending queue.

    Attributes
    ----------
    key
        The payment to check, or the order whose payment is to be looked up.
    claim
        The sweep's claim token; None for a message sent manually and for a redriven dead letter.
    letter_round
        The round that a redriven dead letter ended; None for any other message.
    acknowledge
        The note of a person who has dealt with a dead-lettered payment; None for any other message.
    """

    key: PaymentKey
    claim: str | None = None
    letter_round: int | None = None
    acknowledge: str | None = None


def read_message(body: str) -> Request:
    """Parse a message of the pending queue.

    Raises
    ------
    UnreadableMessage
        It is not a JSON object, names no payment or order, or has a claim, round or note that cannot be right.
    """
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableMessage(f'the message is not JSON ({error}); send {{"type": …, "id": …}}') from None
    if not isinstance(message, dict):
        raise UnreadableMessage('the message is not a JSON object; send {"type": …, "id": …}')
    key = _read_key(message)
    claim, letter_round = message.get("claim"), message.get("round")
    if claim is not None and not isinstance(claim, str):
        raise UnreadableMessage("claim must be a string, or left out")
    if letter_round is not None and (type(letter_round) is not int or not 1 <= letter_round <= LARGEST_ROUND):
        raise UnreadableMessage("round must be a whole number from 1, not too large, or left out")
    return Request(key=key, claim=claim, letter_round=letter_round, acknowledge=_read_note(message))


def write_request(watch: Watch) -> str:
    """Serialise the message whose claim token lets its receiver act on the watch."""
    return json.dumps({"type": watch.key.type, "id": watch.key.id, "claim": watch.claim})


def write_letter(watch: Watch, deployment: Deployment) -> str:
    """Serialise a dead letter: the row's key and round, and what a person needs to find the payment."""
    from payment_refresh.times import to_iso

    return json.dumps(
        {
            "type": watch.key.type,
            "id": watch.key.id,
            "round": watch.round,
            "reason": watch.reason,
            "order_id": watch.order_id,
            "order_number": watch.order_number,
            "amount_cents": watch.amount_cents,
            "currency": watch.currency,
            "gateway_id": watch.gateway_id,
            "since": to_iso(watch.since),
            "ended_at": None if watch.ended_at is None else to_iso(watch.ended_at),
            **deployment.members,
            "refreshes": watch.refreshes,
            "last_error": watch.last_error,
            "checks": [
                {"at": to_iso(check.at), "by": check.by, "verdict": check.verdict, "code": check.code}
                for check in watch.checks[-LETTER_CHECKS:]
            ],
        }
    )


def _read_key(message: dict[str, object]) -> PaymentKey:
    by_order = "type" not in message and "order_id" in message
    kind, name = (ORDERS, "order_id") if by_order else (_string(message, "type"), "id")
    try:
        return PaymentKey(kind, _string(message, name))
    except InvalidKey as error:
        raise UnreadableMessage(str(error)) from None


def _read_note(message: dict[str, object]) -> str | None:
    note = message.get("acknowledge")
    if note is None:
        return None
    if isinstance(note, str) and note.strip() and len(note) <= LONGEST_NOTE and note.isprintable():
        return note.strip()
    raise UnreadableMessage(f"acknowledge must be a note of 1 to {LONGEST_NOTE} printable characters, or left out")


def _string(message: dict[str, object], name: str) -> str:
    value = message.get(name)
    if not isinstance(value, str):
        raise UnreadableMessage(f"the message has no {name}; send it as a string")
    return value
