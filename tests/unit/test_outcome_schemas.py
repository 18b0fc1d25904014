"""The schemas of outcome events; that sent events conform is checked wherever a test sends one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from payment_refresh.adapters.eventbridge import SOURCE
from payment_refresh.domain.modes import ApiMode, Modes, RunMode
from payment_refresh.domain.outcome_events import KINDS, NEEDS_A_PERSON, VERSION, write_events
from payment_refresh.domain.payment import NOT_REFRESHABLE, ORDERS, REFRESHABLE, PaymentKey
from payment_refresh.domain.watch import FoundBy, OutboxItem, Reason, SettledBy, WatchClass
from tests.support import samples
from tests.unit.outcome_schemas import FOLDER, check, schemas, validator
from tests.unit.strategies import ids, watches

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.domain.watch import Watch

type Detail = dict[str, Any]

SHARED = "outcome.json"
WITHOUT_PAYMENT = {
    OutboxItem.AMOUNT_MISMATCH,
    OutboxItem.ON_CANCELLED_ORDER,
    OutboxItem.STILL_PENDING,
    OutboxItem.NOT_PLACED,
}
"""Kinds that can be sent where only the order is known."""


def example(kind: OutboxItem) -> Detail:
    """A copy of a kind's example."""
    copy: Detail = json.loads(json.dumps(schemas()[f"{kind}.json"]["examples"][0]))
    return copy


def properties(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """All properties of a schema, nested ones too."""
    own = list(schema.get("properties", {}).items())
    return own + [inner for _, part in own for inner in properties(part)]


def test_each_kind_has_its_schema_and_no_other_has() -> None:
    assert set(schemas()) == {SHARED, *(f"{kind}.json" for kind in KINDS)}


@pytest.mark.parametrize("name", sorted(schemas()))
def test_each_is_a_schema_that_has_its_files_name_and_shows_what_it_is_about(name: str) -> None:
    schema = schemas()[name]

    Draft202012Validator.check_schema(schema)
    assert (schema["$id"], schema["$schema"]) == (name, "https://json-schema.org/draft/2020-12/schema")
    assert schema["title"].lower() == name.removesuffix(".json").lower()
    assert schema["description"].endswith(".")


@pytest.mark.parametrize("name", sorted(schemas()))
def test_each_property_is_described_once(name: str) -> None:
    shared = set(schemas()[SHARED]["properties"])

    for property_, about in properties(schemas()[name]):
        narrowed = name != SHARED and property_ in shared
        assert ("description" in about) is not narrowed, property_


def test_the_words_are_the_codes_words() -> None:
    shared = schemas()[SHARED]["properties"]

    assert shared["version"] == {"description": shared["version"]["description"], "const": VERSION}
    assert sorted(shared["kind"]["enum"]) == sorted(KINDS)
    assert shared["found_by"]["enum"] == list(FoundBy)
    assert shared["payment"]["properties"]["type"]["enum"] == list(REFRESHABLE)
    assert shared["order"]["properties"]["class"]["enum"] == list(WatchClass)
    assert schemas()["PaymentSettled.json"]["properties"]["settled_by"]["enum"] == list(SettledBy)
    assert schemas()["PaymentStillPending.json"]["properties"]["reason"]["enum"] == list(Reason)


def test_the_readmes_rule_catches_what_needs_a_person() -> None:
    text = (FOLDER.parent / "README.md").read_text()
    pattern = json.loads(text.split("```json")[1].split("```")[0])

    assert pattern["source"] == [SOURCE]
    assert set(pattern["detail-type"]) == NEEDS_A_PERSON


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_are_valid(kind: OutboxItem) -> None:
    check(schemas()[f"{kind}.json"]["examples"])


@given(watches(), st.sampled_from(KINDS), ids, st.sampled_from(Reason), st.sampled_from(SettledBy))
def test_whatever_a_row_bears_its_detail_is_valid(
    watch: Watch, kind: OutboxItem, attempt: str, reason: Reason, settled_by: SettledBy
) -> None:
    telling = replace(
        watch, outbox=samples.outbox_of(kind), failed_attempt=attempt, reason=reason, settled_by=settled_by
    )
    if kind not in WITHOUT_PAYMENT and watch.key.is_order:
        telling = replace(telling, key=samples.key())

    (event,) = write_events(telling, Modes(run=RunMode.OBSERVE, api=ApiMode.TEST))

    check([json.loads(event.detail)])


def without(name: str) -> Callable[[Detail], object]:
    return lambda detail: detail.pop(name)


def with_values(**changes: Any) -> Callable[[Detail], object]:
    return lambda detail: detail.update(changes)


BROKEN: list[Callable[[Detail], object]] = [
    *(without(name) for name in schemas()[SHARED]["required"]),
    with_values(version="2"),
    with_values(version=1),
    with_values(id="stripe_payments#pay-a"),
    with_values(id="paypal_payments#pay-a#1#{kind}"),
    with_values(id="stripe_payments#pay-a#0#{kind}"),
    with_values(id="stripe_payments#pay-a#1#PaymentOfTheFuture"),
    with_values(kind="PaymentOfTheFuture"),
    with_values(run_mode="of the future"),
    with_values(api_mode="of the future"),
    with_values(at="2026-01-31T12:00:00Z"),
    with_values(since=1767225600),
    with_values(pending_for_s=-1),
    with_values(pending_for_s=1.5),
    with_values(round=0),
    with_values(found_by="chance"),
    with_values(reported_by="hearsay"),
    with_values(client_secret="pi_secret"),
    lambda detail: detail["order"].update(email="shopper@example.com"),
    lambda detail: detail["order"].update({"class": "draft"}),
    lambda detail: detail["order"].pop("amount_cents"),
    lambda detail: detail["payment"].update(type=NOT_REFRESHABLE[0]),
    lambda detail: detail["payment"].update(client_secret="pi_secret"),
    lambda detail: detail["payment"].pop("gateway_id"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_wrong_is_refused(kind: OutboxItem, broken: Callable[[Detail], object]) -> None:
    detail = example(kind)
    broken(detail)
    if "id" in detail:
        detail["id"] = detail["id"].format(kind=kind)

    assert not validator(kind).is_valid(detail)


@pytest.mark.parametrize("kind", KINDS)
def test_the_detail_of_another_kind_is_refused(kind: OutboxItem) -> None:
    for other in set(KINDS) - {kind}:
        with pytest.raises(ValidationError):
            validator(kind).validate(example(other))


@pytest.mark.parametrize(
    ("kind", "name", "wrong"),
    [
        (OutboxItem.SETTLED, "settled_by", None),
        (OutboxItem.SETTLED, "settled_by", "somebody"),
        (OutboxItem.NOT_PLACED, "settled_by", None),
        (OutboxItem.ATTEMPT_FAILED, "authorization_id", None),
        (OutboxItem.STILL_PENDING, "reason", None),
        (OutboxItem.STILL_PENDING, "reason", "of the future"),
    ],
)
def test_what_a_kind_has_of_its_own_must_be_there_and_right(
    kind: OutboxItem, name: str, wrong: str | None
) -> None:
    detail = example(kind)
    assert not validator(kind).is_valid(detail | {name: wrong})

    del detail[name]
    assert not validator(kind).is_valid(detail)


@pytest.mark.parametrize("kind", KINDS)
def test_only_some_kinds_can_do_without_a_payment(kind: OutboxItem) -> None:
    detail = example(kind) | {"id": f"{PaymentKey(ORDERS, 'order-a')}#1#{kind}", "payment": None}

    assert validator(kind).is_valid(detail) is (kind in WITHOUT_PAYMENT)
