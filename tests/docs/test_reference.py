"""docs/reference.md names what the code has, and nothing else."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

from payment_refresh.adapters.dynamodb.rows import to_item
from payment_refresh.domain.daily_digest import KIND as DAILY
from payment_refresh.domain.messages import write_letter
from payment_refresh.domain.outcome_events import KINDS, NEEDS_A_PERSON
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.stuck import KIND as DIGEST
from payment_refresh.domain.vocabulary import CheckSource, Evidence, Notice, OutboxItem, Reason, SettledBy
from payment_refresh.domain.watch import Check, Watch
from tests.docs.log_calls import log_events
from tests.docs.markdown import DOCS, ROOT, column, quoted, table
from tests.support import samples
from tests.support.clock import START
from tests.support.deployment import deployment
from tests.template.model import load

REFERENCE = DOCS / "reference.md"
TEMPLATE = load(ROOT / "template.yaml").body
OUTCOMES = ROOT / "events" / "outcomes"
SOURCES = ("functions", "layers/core/payment_refresh")
OF_LATER_VERSIONS = ("unknown", "later_due_class")
"""What a watch or a check keeps of a later version; those are attributes of that one, under their own names."""

MODULES = [path for folder in SOURCES for path in (ROOT / folder).rglob("*.py")]


def default_of(parameter: dict[str, Any]) -> str:
    """How the table writes a parameter's default."""
    if "Default" not in parameter:
        return "required"
    return f"`{parameter['Default']}`" if parameter["Default"] != "" else "empty"


def test_parameters_and_their_defaults_are_those_of_the_template() -> None:
    documented = {quoted(row["parameter"])[0]: row["default"] for row in table(REFERENCE, "Parameters")}

    assert documented == {name: default_of(parameter) for name, parameter in TEMPLATE["Parameters"].items()}


def test_outputs_are_those_of_the_template_in_its_order() -> None:
    assert column(REFERENCE, "Outputs", "output") == list(TEMPLATE["Outputs"])


def test_kinds_of_outcome_events_are_those_that_have_a_schema() -> None:
    kinds = column(REFERENCE, "Outcome events", "kind")

    assert sorted(kinds) == sorted({path.stem for path in OUTCOMES.glob("*.json")} - {"outcome"})


def test_kinds_of_outcome_events_that_need_a_person_are_marked() -> None:
    marked = {row["kind"]: row["needs a person"] for row in table(REFERENCE, "Outcome events")}

    needed = {f"`{kind}`": "yes" if kind in NEEDS_A_PERSON else "no" for kind in KINDS}
    but = {"`PaymentSuperseded`": "yes, but not with `evidence=authorization_only`"}
    assert marked == needed | but | {f"`{DIGEST}`": "no", f"`{DAILY}`": "no"}


def test_fields_of_outcome_events_are_those_of_their_schemas() -> None:
    shared = json.loads((OUTCOMES / "outcome.json").read_text())["properties"]
    expected = dict.fromkeys(nested(shared), "all")
    for kind in KINDS:
        own = json.loads((OUTCOMES / f"{kind}.json").read_text())["properties"]
        for name in own.keys() - shared.keys():
            expected[name] = ", ".join(filter(None, (expected.get(name), f"`{kind}`")))

    documented = {quoted(row["field"])[0]: row["kinds"] for row in table(REFERENCE, "Outcome event fields")}

    assert documented == expected


def test_fields_of_the_digests_events_are_those_of_their_schemas() -> None:
    for kind in (DIGEST, DAILY):
        schema = json.loads((OUTCOMES / f"{kind}.json").read_text())

        assert column(REFERENCE, f"Fields of {kind}", "field") == nested(schema["properties"])


def nested(properties: dict[str, Any], prefix: str = "") -> list[str]:
    """Name all properties of a schema, those of objects behind their object's name."""
    names: list[str] = []
    for name, schema in properties.items():
        names += [prefix + name, *nested(schema.get("properties", {}), f"{prefix}{name}.")]
    return names


def test_fields_of_dead_letters_are_those_that_are_written() -> None:
    letter = json.loads(write_letter(whole_watch(), deployment()))

    assert sorted(column(REFERENCE, "Dead letter fields", "field")) == sorted(letter)


def test_checks_of_dead_letters_bear_the_fields_that_are_documented() -> None:
    (check,) = json.loads(write_letter(whole_watch(), deployment()))["checks"]
    (row,) = [row for row in table(REFERENCE, "Dead letter fields") if row["field"] == "`checks`"]

    assert quoted(row["meaning"]) == list(check)


def test_log_events_are_those_of_the_code_with_their_levels_and_fields() -> None:
    found = log_events(MODULES)
    rows = table(REFERENCE, "Log events")

    documented = {quoted(row["event"])[0]: (row["level"], sorted(quoted(row["fields"]))) for row in rows}

    assert documented == {
        name: (", ".join(sorted(event.levels)), sorted(event.fields)) for name, event in found.items()
    }


def test_log_events_stand_in_the_order_of_their_names() -> None:
    names = column(REFERENCE, "Log events", "event")

    assert names == sorted(names)


def test_row_attributes_are_those_of_a_watch_with_everything_set() -> None:
    watch = whole_watch()
    names = [field.name for field in fields(Watch) if field.name not in OF_LATER_VERSIONS]
    unset = [name for name in names if getattr(watch, name) in (None, (), frozenset())]
    assert not unset, f"set {', '.join(unset)} in whole_watch() too, so that its attribute is seen"

    parts = [f"checks[].{field.name}" for field in fields(Check) if field.name not in OF_LATER_VERSIONS]

    assert sorted(column(REFERENCE, "Row attributes", "attribute")) == sorted([*to_item(watch), *parts])


def whole_watch() -> Watch:
    """A watch that has every attribute, though no real one has them all at once."""
    watch = samples.claimed(samples.order(), Policy(), until=START + 600)
    return replace(
        watch,
        last_error="503",
        checks=(
            Check(at=START, by=CheckSource.REFRESH, verdict="pending", payment_status="unpaid", code="422 X"),
        ),
        refreshed_at=START,
        refresh_sent_at="2026-01-31T12:00:00.000Z",
        refresh_answered_at="2026-01-31T12:00:01.000Z",
        refresh_failing_since=START,
        event_money_at="2026-01-31T12:00:00.000Z",
        first_absent_at=START,
        cancelled_at=START,
        replaced_at=START,
        final_look_at=START,
        order_payment_updated_at="2026-01-31T12:00:00.000Z",
        payment_gateway_type="stripe_gateways",
        payment_gateway_id="gateway",
        auto_place=False,
        auto_capture=False,
        held_cents=9900,
        other_payment_id="pay-b",
        other_held_cents=9900,
        evidence=Evidence.MONEY,
        note="paid by bank transfer",
        unplaced_since=START,
        failed_attempt="a",
        ended_at=START,
        settled_by=SettledBy.REFRESH,
        notice=Notice.NOT_PLACED,
        reason=Reason.STAYED_PENDING,
        outbox=samples.outbox_of(OutboxItem.SETTLED),
        announced=samples.outbox_of(OutboxItem.SETTLED),
        expires_at=START,
    )
