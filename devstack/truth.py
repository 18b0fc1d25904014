"""Compares what the stack says with what really happened, order by order. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
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
    statuses, reasons, notices
        The ends that are right, and what the row may say of them; empty where that does not matter.
    settled_by
        Who may have settled it; empty where nobody could know, or where it is not settled.
    authorized_at
        When the gateway had the money, or None if it never had.
    optional
        Whether nobody could see the payment pending, so that it needs no watch.
    announce, may_announce
        The kinds of outcome events that it must have announced if it was watched, and those it may have besides.
    follows
        Kinds that it must have announced if it announced another one, by that other's name.
    person
        Whether an event of it may say that it needs a person: yes, no, or both.
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
    reasons: frozenset[str | None] = frozenset()
    notices: frozenset[str | None] = frozenset()
    follows: Mapping[str, str] = field(default_factory=dict)
    person: frozenset[bool] = frozenset({True, False})


@dataclass(slots=True)
class KindCount:
    """How many orders had a story of one kind, and how many of their payments ended or were announced wrongly."""

    orders: int = 0
    ended_wrong: int = 0
    announced_wrong: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the comparison came out: a sentence for each payment that was lost, and for each mismatch.

    Attributes
    ----------
    wrongly_announced
        A sentence for each payment whose outcome events are wrong, and for what was announced without cause.
    unwatched
        Payments that ended before they were seen pending: there was nothing to watch.
    kinds
        The same counted by kind of story.
    """

    lost: tuple[str, ...]
    mismatched: tuple[str, ...]
    unwatched: int = 0
    wrongly_announced: tuple[str, ...] = ()
    kinds: Mapping[str, KindCount] = field(default_factory=dict)


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
        reasons=frozenset(entry["expect"]["reason"]),
        notices=frozenset(entry["expect"]["notice"]),
        follows=entry["expect"]["follows"],
        person=frozenset(entry["expect"]["person"]),
    )


def refused(truths: Iterable[Truth]) -> set[str]:
    """Return the keys of payments whose every refresh is bound to fail: they are refused, or deleted."""
    return {
        truth.key
        for truth in truths
        if truth.key is not None and (truth.reasons == {"refresh_failing"} or "missing" in truth.statuses)
    }


def compare(
    truths: Iterable[Truth], rows: Iterable[Row], letters: Sequence[Letter], events: Sequence[Event] = ()
) -> Verdict:
    """Compare the table, the dead letters and the outcome events with the truth, once everything has ended."""
    by_key = {row.key: row for row in rows}
    letters_of: dict[str | None, list[Letter]] = defaultdict(list)
    for letter in letters:
        letters_of[letter.key].append(letter)
    expected = {truth.key: truth for truth in truths if truth.key is not None}
    announced = wrong_events(expected, by_key, events)
    kinds = _count_orders(expected.values())

    lost, mismatched, unwatched = [], [], 0
    for key, truth in expected.items():
        kinds[truth.story].announced_wrong += key in announced.by_key
        row = by_key.get(key)
        if row is None and key not in letters_of:
            if truth.optional:
                unwatched += 1
            else:
                kinds[truth.story].ended_wrong += 1
                lost.append(f"order {truth.order}, {truth.story}: no watch and no dead letter for {key}")
        elif row is not None and (wrong := _what_is_wrong(truth, row)):
            kinds[truth.story].ended_wrong += 1
            mismatched.append(f"order {truth.order}, {truth.story}: {key} {wrong}")
    mismatched += [_unknown(row) for key, row in by_key.items() if key not in expected and _counts(row)]
    mismatched += _letters_without_row(by_key, letters)
    mismatched += _rows_without_letter(by_key, letters_of)
    return Verdict(tuple(lost), tuple(mismatched), unwatched, announced.sentences(), kinds)


def _count_orders(truths: Iterable[Truth]) -> dict[str, KindCount]:
    orders: dict[str, set[str]] = defaultdict(set)
    for truth in truths:
        orders[truth.story].add(truth.order)
    return {story: KindCount(orders=len(orders[story])) for story in sorted(orders)}


def _what_is_wrong(truth: Truth, row: Row) -> str | None:
    if row.outbox:
        return f"is {row.status} and still has its dead letter or events to send"
    if row.status not in truth.statuses:
        return f"is {row.status}, not {_either(truth.statuses)}"
    if row.status == "settled" and truth.settled_by and row.settled_by not in truth.settled_by:
        return f"was settled by {row.settled_by}, not by {_either(truth.settled_by)}"
    if truth.reasons and row.reason not in truth.reasons:
        return f"is {row.status} for the reason {row.reason}, not {_either(map(str, truth.reasons))}"
    if truth.notices and row.notice not in truth.notices:
        return f"is {row.status} with the notice {row.notice}, not {_either(map(str, truth.notices))}"
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
