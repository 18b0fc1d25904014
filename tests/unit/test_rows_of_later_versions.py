"""Rows that a later version wrote: read, and written back with all that this version does not know."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.adapters.dynamodb.rows import SCHEMA_VERSION, from_item, to_item
from payment_refresh.domain.giving_up import end_gone
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.rounds import with_order_facts
from payment_refresh.domain.vocabulary import DueClass, OutboxItem, Status, WatchClass
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.support.later_rows import ATTRIBUTES, DISPUTED, DUE_CLASS, STATUS, later
from tests.unit.strategies import watches

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch

WATCH = samples.watch(samples.order(), Policy(), due_at=START)

words = st.text(max_size=12)
texts = words.map(lambda text: {"S": text})
values = st.recursive(
    texts
    | st.integers().map(lambda number: {"N": str(number)})
    | st.just({"NULL": True})
    | st.just({"B": b"\x00"}),
    lambda inner: st.lists(inner, max_size=2).map(lambda parts: {"L": parts}),
    max_leaves=4,
)
unknown = st.dictionaries(words.map(lambda name: f"later_{name}"), values, max_size=3)
WORDS = ("status", "class", "found_by", "settled_by", "reason", "notice", "evidence")
KINDS = ("outbox", "announced")


@st.composite
def later_items(draw: st.DrawFn) -> dict[str, Any]:
    """Items with any word, kind or attribute replaced or added."""
    item = to_item(draw(watches()))
    item |= draw(unknown) | draw(st.dictionaries(st.sampled_from(WORDS), texts))
    item |= {"schema_version": {"N": str(draw(st.integers(SCHEMA_VERSION, 9)))}}
    for name in KINDS:
        kinds = {kind["S"] for kind in item.pop(name, {"L": []})["L"]} | draw(st.frozensets(words, max_size=2))
        item |= {name: {"L": [{"S": kind} for kind in sorted(kinds)]}} if kinds else {}
    for check in item["checks"]["L"]:
        check["M"] |= draw(unknown) | {"by": draw(texts)}
    return item


@given(later_items())
def test_row_of_a_later_version_is_written_back_as_it_was(item: dict[str, Any]) -> None:
    written = to_item(from_item(item))

    # Where it stands in the index follows from what this version knows, and a test of its own is about that.
    assert written | {"due_class": None} == item | {"due_class": None}


@given(later_items())
def test_what_is_written_of_a_later_versions_row_reads_back_equal(item: dict[str, Any]) -> None:
    watch = from_item(item)

    written = watch.written()

    assert from_item(to_item(written)) == written


def test_schema_version_of_a_row_is_raised_and_never_lowered() -> None:
    item = to_item(WATCH)

    older = to_item(from_item(item | {"schema_version": {"N": str(SCHEMA_VERSION - 1)}}))
    newer = to_item(from_item(item | {"schema_version": {"N": str(SCHEMA_VERSION + 1)}}))

    assert older["schema_version"] == item["schema_version"]
    assert newer["schema_version"] == {"N": str(SCHEMA_VERSION + 1)}


def test_unknown_word_equals_itself_and_none_that_is_known() -> None:
    word = Status("disputed")

    assert (word, word.value, word.is_known) == (Status("disputed"), "disputed", False)
    assert word not in set(Status)
    assert [each for each in Status if not each.is_known] == []
    assert (copy.deepcopy(word), pickle.loads(pickle.dumps(word))) == (word, word)  # noqa: S301 - made right here


def test_unknown_word_that_is_called_like_a_member_is_unknown() -> None:
    assert not Status("WATCHING").is_known


@pytest.mark.parametrize("value", [7, None, ["watching"]])
def test_what_is_no_text_is_no_word_of_any_version(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a valid Status"):
        Status(value)


def test_unknown_status_without_an_end_is_one_in_which_the_payment_is_watched() -> None:
    watch = later(WATCH)

    assert (watch.status, watch.is_open, watch.is_unknown_end) == (STATUS, True, False)


def test_unknown_status_with_an_end_is_an_end() -> None:
    watch = later(WATCH, ended_at=START)

    assert (watch.status, watch.is_open, watch.is_unknown_end) == (STATUS, False, True)


def test_outbox_of_which_nothing_can_be_relayed_is_not_empty() -> None:
    watch = later(WATCH, status=Status.SETTLED, ended_at=START)

    assert watch.outbox == {DISPUTED}
    assert not watch.relayable
    assert not watch.is_done
    assert replace(watch, outbox=watch.outbox | {OutboxItem.SETTLED}).relayable == {OutboxItem.SETTLED}


def test_open_row_in_an_unknown_due_class_is_written_into_one_that_sweeps_read() -> None:
    watch = later(WATCH, due_class=DUE_CLASS)
    assert watch.later_due_class == DUE_CLASS

    written = watch.written()

    assert (written.later_due_class, to_item(written)["due_class"]) == (None, {"S": DueClass.FIRST})


@pytest.mark.parametrize("due_class", [DUE_CLASS, "stuck", "placed"])
def test_row_of_an_unknown_end_stays_where_it_stands_in_the_index(due_class: str) -> None:
    item = to_item(later(WATCH, ended_at=START)) | {"due_class": {"S": due_class}}

    assert to_item(from_item(item).written()) == item | {"revision": {"N": "2"}}


def test_row_of_an_unknown_end_that_stands_nowhere_stays_out_of_the_index() -> None:
    watch = later(WATCH, ended_at=START, due_at=None)

    assert {"due_at", "due_class"}.isdisjoint(to_item(watch))
    assert watch.later_due_class is None


@pytest.mark.parametrize("status", [Status.WATCHING, STATUS])
def test_watch_of_an_unknown_class_is_asked_about_like_a_placed_order(status: Status) -> None:
    policy = Policy()
    watch = later(WATCH, status=status)
    assert not watch.watch_class.is_known

    placed = replace(watch, watch_class=WatchClass.PLACED)

    def plan(each: Watch) -> tuple[object, ...]:
        return (
            policy.ends_at(each),
            policy.times(each),
            policy.first_due(each, START),
            policy.may_refresh(each, START),
        )

    assert plan(watch) == plan(placed)


def test_order_leaves_the_unknown_class_of_its_watch_as_it_is() -> None:
    watch = later(WATCH)

    after = with_order_facts(
        watch, samples.cart(updated_at=to_iso(START + 9)), samples.moment(START + 9, Policy())
    )

    assert (after.watch_class, after.started_at) == (watch.watch_class, watch.started_at)


def test_payment_of_an_unknown_class_that_is_gone_is_missing_and_not_closed_quietly() -> None:
    gone = end_gone(later(WATCH), samples.moment(START, Policy()))

    assert gone.status is Status.MISSING


def test_attributes_of_a_later_version_are_those_that_this_one_does_not_read() -> None:
    assert later(WATCH).unknown == ATTRIBUTES
