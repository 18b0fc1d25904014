"""The schemas of outcome events; that sent events conform is checked wherever a test sends one."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from payment_refresh.adapters.eventbridge import SOURCE
from payment_refresh.domain.daily_digest import KIND as DAILY
from payment_refresh.domain.deployment import ApiMode, RunMode
from payment_refresh.domain.outcome_events import KINDS, NEEDS_A_PERSON, VERSION, write_events
from payment_refresh.domain.payment import NOT_REFRESHABLE, ORDERS, REFRESHABLE, PaymentKey
from payment_refresh.domain.stuck import KIND as DIGEST
from payment_refresh.domain.vocabulary import Evidence, FoundBy, OutboxItem, Reason, SettledBy, WatchClass
from tests.support import samples
from tests.support.deployment import deployment
from tests.unit.outcome_schemas import FOLDER, check, schemas, validator
from tests.unit.strategies import ids, watches

if TYPE_CHECKING:
    from collections.abc import Callable

    from payment_refresh.domain.watch import Watch

type Detail = dict[str, Any]

SHARED = "outcome.json"
DIGESTS = {f"{DIGEST}.json", f"{DAILY}.json"}
"""They are about many payments, and have properties of their own."""

WITHOUT_PAYMENT = {
    OutboxItem.AMOUNT_MISMATCH,
    OutboxItem.ON_CANCELLED_ORDER,
    OutboxItem.STILL_PENDING,
    OutboxItem.NOT_PLACED,
    OutboxItem.PLACED_LATE,
    OutboxItem.PLACED_AFTER_ALL,
}
"""Kinds that can be sent where only the order is known."""


REASONS = {
    OutboxItem.STILL_PENDING: [Reason.STAYED_PENDING, Reason.REFRESH_FAILING, Reason.CANNOT_PROCESS],
    OutboxItem.CLOSED: [
        Reason.CANCELLED,
        Reason.REPLACED,
        Reason.DELETED,
        Reason.REVERSED,
        Reason.FREE,
        Reason.ACKNOWLEDGED,
    ],
}


def example(kind: OutboxItem) -> Detail:
    """A copy of a kind's example."""
    copy: Detail = json.loads(json.dumps(schemas()[f"{kind}.json"]["examples"][0]))
    return copy


def properties(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """All properties of a schema, nested ones too."""
    own = list(schema.get("properties", {}).items())
    return own + [inner for _, part in own for inner in properties(part)]


def test_each_kind_has_its_schema_and_no_other_has() -> None:
    assert set(schemas()) == {SHARED, *DIGESTS, *(f"{kind}.json" for kind in KINDS)}


@pytest.mark.parametrize("name", sorted(schemas()))
def test_each_is_a_schema_that_has_its_files_name_and_shows_what_it_is_about(name: str) -> None:
    schema = schemas()[name]

    Draft202012Validator.check_schema(schema)
    assert (schema["$id"], schema["$schema"]) == (name, "https://json-schema.org/draft/2020-12/schema")
    assert schema["title"].lower() == name.removesuffix(".json").lower()
    assert schema["description"].endswith(".")


@pytest.mark.parametrize("name", sorted(schemas()))
def test_each_property_is_described_once(name: str) -> None:
    shared = set() if name in DIGESTS else set(schemas()[SHARED]["properties"])

    for property_, about in properties(schemas()[name]):
        narrowed = name != SHARED and property_ in shared
        is_described = "description" in about or "$ref" in about or (not shared and "const" in about)
        assert is_described is not narrowed, property_


def test_the_words_are_the_codes_words() -> None:
    shared = schemas()[SHARED]["properties"]

    assert shared["version"] == {"description": shared["version"]["description"], "const": VERSION}
    assert sorted(shared["kind"]["enum"]) == sorted(KINDS)
    assert shared["found_by"]["enum"] == list(FoundBy)
    assert shared["payment"]["properties"]["type"]["enum"] == list(REFRESHABLE)
    assert shared["order"]["properties"]["class"]["enum"] == list(WatchClass)
    assert schemas()["PaymentSettled.json"]["properties"]["settled_by"]["enum"] == list(SettledBy)
    for kind, reasons in REASONS.items():
        assert schemas()[f"{kind}.json"]["properties"]["reason"]["enum"] == reasons
    assert sorted(chain(*REASONS.values())) == sorted(Reason)
    assert schemas()["PaymentSuperseded.json"]["properties"]["evidence"]["enum"] == list(Evidence)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_says_whether_it_needs_a_person_and_only_superseded_may_differ(kind: OutboxItem) -> None:
    for detail in schemas()[f"{kind}.json"]["examples"]:
        is_weak = detail.get("evidence") == "authorization_only"
        assert detail["needs_a_person"] is (kind in NEEDS_A_PERSON and not is_weak)
        assert not validator(kind).is_valid(detail | {"needs_a_person": not detail["needs_a_person"]})


@pytest.mark.parametrize("needs_a_person", [True, False])
@pytest.mark.parametrize("evidence", Evidence)
def test_superseded_payment_needs_a_person_by_its_evidence(evidence: Evidence, needs_a_person: bool) -> None:
    detail = example(OutboxItem.SUPERSEDED) | {"evidence": evidence, "needs_a_person": needs_a_person}

    assert validator("PaymentSuperseded").is_valid(detail) is (needs_a_person is (evidence is Evidence.MONEY))


def test_the_readmes_rule_catches_what_needs_a_person() -> None:
    text = (FOLDER.parent / "README.md").read_text()
    pattern = json.loads(text.split("```json")[1].split("```")[0])

    assert pattern == {"source": [SOURCE], "detail": {"needs_a_person": [True]}}


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_are_valid(kind: OutboxItem) -> None:
    check(schemas()[f"{kind}.json"]["examples"])


def test_example_of_the_digests_event_is_valid_and_needs_nobody() -> None:
    (detail,) = schemas()[f"{DIGEST}.json"]["examples"]

    check([detail, detail | {"count": 0, "oldest": None, "sums": {}}])
    for wrong in ({"needs_a_person": True}, {"id": "digest#0#" + DIGEST}, {"sums": {"euro": 1}}, {"more": 1}):
        assert not validator(DIGEST).is_valid(detail | wrong)


def test_example_of_the_daily_digest_is_valid_and_needs_nobody() -> None:
    (detail,) = schemas()[f"{DAILY}.json"]["examples"]

    check([detail, detail | {"since": None, "announced": {}}])
    for wrong in (
        {"needs_a_person": True},
        {"id": "digest#0#" + DAILY},
        {"announced": {"PaymentSettled": 1}},
        {"dead_lettered": {"count": 1}},
        {"more": 1},
    ):
        assert not validator(DAILY).is_valid(detail | wrong)


@given(watches(), st.sampled_from(KINDS), ids, st.data())
def test_whatever_a_row_bears_its_detail_is_valid(
    watch: Watch, kind: OutboxItem, attempt: str, data: st.DataObject
) -> None:
    telling = replace(
        watch,
        outbox=samples.outbox_of(kind),
        failed_attempt=attempt,
        reason=data.draw(st.sampled_from(REASONS.get(kind, list(Reason)))),
        settled_by=data.draw(st.sampled_from(SettledBy)),
        evidence=data.draw(st.sampled_from(Evidence)),
        held_cents=data.draw(st.none() | st.integers(0, 10**9)),
        other_payment_id=data.draw(st.none() | ids),
        other_held_cents=data.draw(st.none() | st.integers(0, 10**9)),
    )
    if kind not in WITHOUT_PAYMENT and watch.key.is_order:
        telling = replace(telling, key=samples.key())

    (event,) = write_events(telling, deployment(run_mode=RunMode.OBSERVE, api_mode=ApiMode.TEST))

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
    with_values(needs_a_person="yes"),
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
        (OutboxItem.STILL_PENDING, "reason", "cancelled"),
        (OutboxItem.CLOSED, "reason", None),
        (OutboxItem.CLOSED, "reason", "stayed_pending"),
        (OutboxItem.PLACED_LATE, "settled_by", None),
        (OutboxItem.AMOUNT_MISMATCH, "held_cents", -1),
        (OutboxItem.SUPERSEDED, "evidence", None),
        (OutboxItem.SUPERSEDED, "held_cents", "9900"),
        (OutboxItem.SUPERSEDED, "other_payment_id", 7),
        (OutboxItem.SUPERSEDED, "other_held_cents", -1),
    ],
)
def test_what_a_kind_has_of_its_own_must_be_there_and_right(
    kind: OutboxItem, name: str, wrong: str | int | None
) -> None:
    detail = example(kind)
    assert not validator(kind).is_valid(detail | {name: wrong})

    del detail[name]
    assert not validator(kind).is_valid(detail)


@pytest.mark.parametrize("kind", KINDS)
def test_only_some_kinds_can_do_without_a_payment(kind: OutboxItem) -> None:
    detail = example(kind) | {"id": f"{PaymentKey(ORDERS, 'order-a')}#1#{kind}", "payment": None}

    assert validator(kind).is_valid(detail) is (kind in WITHOUT_PAYMENT)
