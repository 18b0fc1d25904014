"""Compares what the stack says with what really happened, order by order. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devstack.announced import wrong_events

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from devstack.records import Event, Letter, Row

REFRESHABLE = frozenset({"stripe_payments", "checkout_com_payments", "satispay_payments"})


@dataclass(frozen=True, slots=True)
class Truth:
    """What the organization and the gateway behind it know of one order. Times are seconds since the epoch.

    Attributes
    ----------
    key
        The key its watch must have, or None if its payment cannot be refreshed.
    story
        What the scenario let happen, in a word or two.
    statuses
        The ends that are right.
    settled_by
        Who may have settled it; empty where nobody could know, or where it is not settled.
    authorized_at
        When the gateway had the money, or None if it never had.
    optional
        Whether nobody could see the payment pending, so that it needs no watch.
    announce, may_announce
        The kinds of outcome events that it must have announced if it was watched, and those it may have besides.
    """

    order: str
    key: str | None
    story: str
    statuses: frozenset[str]
    settled_by: frozenset[str]
    authorized_at: float | None = None
    optional: bool = False
    announce: frozenset[str] = frozenset()
    may_announce: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the comparison came out: a sentence for each order that was lost, and for each mismatch.

    `unwatched` counts the orders that ended before their payment was seen pending: there was nothing to watch.
    """

    lost: tuple[str, ...]
    mismatched: tuple[str, ...]
    unwatched: int = 0


def truth_from_sandbox(entry: Mapping[str, Any]) -> Truth:
    """Return one entry of the sandbox's truth."""
    refreshable = entry["payment_type"] in REFRESHABLE and entry["payment_id"] is not None
    return Truth(
        order=f"{entry['order_number']} ({entry['order_id']})",
        key=f"{entry['payment_type']}#{entry['payment_id']}" if refreshable else None,
        story=entry["story"],
        statuses=frozenset(entry["expect"]["status"]),
        settled_by=frozenset(entry["expect"]["settled_by"]),
        authorized_at=entry["authorized_at"],
        optional=entry["expect"]["optional"],
        announce=frozenset(entry["expect"]["announce"]),
        may_announce=frozenset(entry["expect"]["may_announce"]),
    )


def compare(
    truths: Iterable[Truth], rows: Iterable[Row], letters: Sequence[Letter], events: Sequence[Event] = ()
) -> Verdict:
    """Compare the table, the dead letters and the outcome events with the truth, once everything has ended."""
    by_key = {row.key: row for row in rows}
    letters_of: dict[str | None, list[Letter]] = defaultdict(list)
    for letter in letters:
        letters_of[letter.key].append(letter)
    expected = {truth.key: truth for truth in truths if truth.key is not None}

    lost, mismatched, unwatched = [], [], 0
    for key, truth in expected.items():
        row = by_key.get(key)
        if row is None and key not in letters_of:
            if truth.optional:
                unwatched += 1
            else:
                lost.append(f"order {truth.order}, {truth.story}: no watch and no dead letter for {key}")
        elif row is not None and (wrong := _what_is_wrong(truth, row)):
            mismatched.append(f"order {truth.order}, {truth.story}: {key} {wrong}")
    mismatched += [_unknown(row) for key, row in by_key.items() if key not in expected and _counts(row)]
    mismatched += _letters_without_row(by_key, letters)
    mismatched += _rows_without_letter(by_key, letters_of)
    mismatched += wrong_events(expected, by_key, events)
    return Verdict(tuple(lost), tuple(mismatched), unwatched)


def _what_is_wrong(truth: Truth, row: Row) -> str | None:
    if row.outbox:
        return f"is {row.status} and still has its dead letter or events to send"
    if row.status not in truth.statuses:
        return f"is {row.status}, not {_either(truth.statuses)}"
    if row.status == "settled" and truth.settled_by and row.settled_by not in truth.settled_by:
        return f"was settled by {row.settled_by}, not by {_either(truth.settled_by)}"
    return None


def _counts(row: Row) -> bool:
    """Whether a row is a payment's, or an order's still open: the others record that the payment was found."""
    return row.open or not row.is_order


def _unknown(row: Row) -> str:
    if row.is_order:
        return f"{row.key} is {row.status}: the order's payment was not found yet"
    return f"{row.key} is {row.status}, but the organization has no such payment to be watched"


def _letters_without_row(by_key: Mapping[str, Row], letters: Iterable[Letter]) -> list[str]:
    wrong = []
    for letter in letters:
        row = by_key.get(letter.key) if letter.key is not None else None
        if row is None:
            wrong.append(f"a dead letter that no watch sent: {letter.body[:200]}")
        elif row.status != "dead_lettered" or row.round != letter.round:
            state = f"{row.status} in round {row.round}"
            wrong.append(f"{row.key} is {state}, but has a dead letter of round {letter.round}")
    return wrong


def _rows_without_letter(
    by_key: Mapping[str, Row], letters_of: Mapping[str | None, Sequence[Letter]]
) -> list[str]:
    wrong = []
    for key, row in by_key.items():
        count = len(letters_of.get(key, ()))
        if row.status == "dead_lettered" and not row.outbox and count != 1:
            wrong.append(f"{key} is dead_lettered, but has {count} dead letters instead of one")
    return wrong


def _either(words: Iterable[str]) -> str:
    return " or ".join(sorted(words))
