"""Compares the outcome events with what had to be announced, payment by payment. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from devstack.records import Event, Row
    from devstack.truth import Truth


def count_kinds(events: Iterable[Event]) -> dict[str, int]:
    """Count the events of each kind; one that was sent again counts once."""
    kinds = {event.id: event.kind for event in events}
    return dict(sorted(Counter(kinds.values()).items()))


def sent_again(events: Sequence[Event]) -> int:
    """Count how often an event was sent that had been sent before."""
    return len(events) - len({event.id for event in events})


def wrong_events(truths: Mapping[str, Truth], rows: Mapping[str, Row], events: Sequence[Event]) -> list[str]:
    """Say what is wrong with the events, one sentence each.

    A payment that nobody watches announces nothing: that it should have been watched is said elsewhere.

    Parameters
    ----------
    truths, rows
        By the key of the watch.
    """
    announced: dict[str, set[str]] = defaultdict(set)
    for event in events:
        announced[str(event.key)].add(event.kind)
    wrong = _wrong_ids(events)
    for key, kinds in announced.items():
        if key not in rows:
            wrong.append(f"{key} announced {_listed(kinds)}, but has no watch")
        elif key not in truths:
            wrong.append(f"{key} announced {_listed(kinds)}, but the organization has no such payment")
    for key, truth in truths.items():
        if key in rows:
            subject = f"order {truth.order}, {truth.story}: {key}"
            missing = truth.announce - announced[key]
            surplus = announced[key] - truth.announce - truth.may_announce
            wrong += [f"{subject} did not announce {_listed(missing)}"] if missing else []
            wrong += [f"{subject} announced {_listed(surplus)} wrongly"] if surplus else []
    return wrong


def _wrong_ids(events: Iterable[Event]) -> list[str]:
    """An id names watch, round and kind, and two events of one id are the same event sent again."""
    wrong: list[str] = []
    known: dict[str, Event] = {}
    for event in events:
        expected = f"{event.key}#{event.detail.get('round')}#{event.kind}"
        if event.id != expected:
            wrong.append(f"{event.key} announced {event.kind} with the id {event.id}, not {expected}")
        if event.detail.get("kind") != event.kind:
            wrong.append(f"{event.key} announced {event.detail.get('kind')} with the detail type {event.kind}")
        if known.setdefault(event.id, event) != event:
            wrong.append(f"{event.key} announced two different events of {event.kind} with the same id")
    return wrong


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
