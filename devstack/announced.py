"""Compares the outcome events with what had to be announced, payment by payment. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from devstack.records import Event, Row
    from devstack.truth import Truth


DIGEST, DAILY = "StuckOrdersReported", "DailyDigest"
"""The kinds of the events that are about many payments, and so about no watch."""


def count_kinds(events: Iterable[Event]) -> dict[str, int]:
    """Count the events of each kind; one that was sent again counts once."""
    kinds = {event.id: event.kind for event in events}
    return dict(sorted(Counter(kinds.values()).items()))


def sent_again(events: Sequence[Event]) -> int:
    """Count how often an event was sent that had been sent before."""
    return len(events) - len({event.id for event in events})


@dataclass(slots=True)
class WrongEvents:
    """What is wrong with the events, in words: by the key of the payment, and what no payment is the cause of."""

    by_key: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    causeless: list[str] = field(default_factory=list)

    def sentences(self) -> tuple[str, ...]:
        """Give one sentence for each payment, and those without a cause."""
        return (*("; ".join(wrong) for wrong in self.by_key.values()), *self.causeless)


def wrong_events(truths: Mapping[str, Truth], rows: Mapping[str, Row], events: Sequence[Event]) -> WrongEvents:
    """Say what is wrong with the events.

    A payment that nobody watches announces nothing: that it should have been watched is said elsewhere.

    Parameters
    ----------
    truths, rows
        By the key of the watch.
    """
    announced: dict[str, list[Event]] = defaultdict(list)
    digests = [event for event in events if event.kind in (DIGEST, DAILY)]
    for event in events:
        if event.kind not in (DIGEST, DAILY):
            announced[str(event.key)].append(event)
    wrong = WrongEvents(causeless=[*_wrong_ids(events), *_wrong_digests(digests, rows)])
    for key, sent in announced.items():
        kinds = _listed({event.kind for event in sent})
        if key not in rows:
            wrong.causeless.append(f"{key} announced {kinds}, but has no watch")
        elif key not in truths:
            wrong.causeless.append(f"{key} announced {kinds}, but the organization has no such payment")
    for key, truth in truths.items():
        if key in rows and (said := _wrong_of(truth, announced[key])):
            wrong.by_key[key] = [f"order {truth.order}, {truth.story}: {key} {each}" for each in said]
    return wrong


def _wrong_of(truth: Truth, events: Sequence[Event]) -> list[str]:
    """Say what is wrong with the events of one payment."""
    kinds = {event.kind for event in events}
    missing = truth.announce - kinds
    missing |= {then for kind, then in truth.follows.items() if kind in kinds and then not in kinds}
    surplus = kinds - truth.announce - truth.may_announce
    rounds = Counter(kind for kind, _ in {(event.kind, event.id) for event in events})
    again = {kind for kind, times in rounds.items() if times > 1}
    wrong = [f"did not announce {_listed(missing)}"] if missing else []
    wrong += [f"announced {_listed(surplus)} wrongly"] if surplus else []
    wrong += [f"announced {_listed(again)} in more than one round"] if again else []
    calling = {event.kind for event in events if event.needs_a_person}
    if bool(calling) not in truth.person:
        wrong.append(f"called a person for {_listed(calling)}" if calling else "called no person")
    return wrong


def _wrong_ids(events: Iterable[Event]) -> list[str]:
    """An id names watch, round and kind, and two events of one id are the same event sent again."""
    wrong: list[str] = []
    known: dict[str, Event] = {}
    for event in events:
        expected = f"{event.key}#{event.detail.get('round')}#{event.kind}"
        if event.id != expected and event.kind not in (DIGEST, DAILY):
            wrong.append(f"{event.key} announced {event.kind} with the id {event.id}, not {expected}")
        if event.detail.get("kind") != event.kind:
            wrong.append(f"{event.key} announced {event.detail.get('kind')} with the detail type {event.kind}")
        if known.setdefault(event.id, event) != event:
            wrong.append(f"{event.key} announced two different events of {event.kind} with the same id")
    return wrong


def _wrong_digests(digests: Sequence[Event], rows: Mapping[str, Row]) -> list[str]:
    """The last digests, made when all is over, count the rows that ended as reported or dead-lettered."""
    waiting = Counter(row.status for row in rows.values() if not row.outbox)
    summary, daily = (_last(event for event in digests if event.kind == kind) for kind in (DIGEST, DAILY))
    counted = {"reported": (DIGEST, 0 if summary is None else summary.get("count"))}
    if daily is not None:
        counted["dead_lettered"] = (DAILY, daily.get("dead_lettered", {}).get("count"))
    return [
        f"{waiting[status]} payments are {status}, and the last {kind} counts {count}"
        for status, (kind, count) in counted.items()
        if count != waiting[status]
    ]


def _last(digests: Iterable[Event]) -> Mapping[str, Any] | None:
    """The detail of the digest with the highest number."""
    last = max(digests, key=lambda event: int(event.id.split("#")[1]), default=None)
    return None if last is None else last.detail


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
