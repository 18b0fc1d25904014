"""Rows as a later version may write them, with words, kinds and attributes that this one does not know."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payment_refresh.adapters.dynamodb.rows import SCHEMA_VERSION, from_item, to_item
from payment_refresh.domain.vocabulary import (
    CheckSource,
    Evidence,
    FoundBy,
    Notice,
    OutboxItem,
    Reason,
    SettledBy,
    Status,
    WatchClass,
)
from payment_refresh.domain.watch import Check
from tests.support.clock import START

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch

DISPUTED = OutboxItem("PaymentDisputed")
STATUS = Status("disputed")
DUE_CLASS = "disputes"

ATTRIBUTES: dict[str, Any] = {
    "schema_version": {"N": str(SCHEMA_VERSION + 1)},
    "dispute": {"M": {"since": {"N": "1.5"}, "won": {"NULL": True}}},
    "fingerprint": {"B": b"\x00\xff"},
    "labels": {"SS": ["a", "b"]},
}
"""What no version before has, of types that this one writes nowhere."""

CHECK = Check(
    at=START - 60,
    by=CheckSource("gateway"),
    verdict="disputed",
    unknown={"intent": {"M": {"status": {"S": "succeeded"}}}},
)


def later(watch: Watch, **changes: Any) -> Watch:
    """A watch as it is read from a row to which a later version added something of each kind.

    With a ``due_class`` in the changes, it stands in that class of the due index; else where this version has it.
    """
    due_class = changes.pop("due_class", None)
    words: dict[str, Any] = {
        "status": STATUS,
        "watch_class": WatchClass("subscription"),
        "found_by": FoundBy("gateway"),
        "settled_by": SettledBy("support"),
        "reason": Reason("disputed"),
        "notice": Notice("disputed"),
        "evidence": Evidence("gateway"),
        "outbox": watch.outbox | {DISPUTED},
        "announced": watch.announced | {DISPUTED},
        "checks": (*watch.checks, CHECK),
        "unknown": ATTRIBUTES,
    }
    item = to_item(replace(watch, **words | changes))
    return from_item(item if due_class is None else item | {"due_class": {"S": due_class}})


def assert_nothing_is_lost(row: Watch) -> None:
    """Check that a row still has all that this version does not know and has no reason to set anew."""
    item = to_item(row)
    assert {name: item.get(name) for name in ATTRIBUTES} == ATTRIBUTES
    assert DISPUTED in row.outbox
    assert CHECK in row.checks
