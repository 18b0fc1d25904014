"""Events are held to the published schemas: this project's own, and one of each kind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from devstack.environment import ROOT
from devstack.event_schemas import FOLDER, EventSchemas
from devstack.records import Event

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

OUTCOMES = ROOT / FOLDER
EXAMPLES = {
    path.stem: json.loads(path.read_text())["examples"][0]
    for path in sorted(OUTCOMES.glob("*.json"))
    if path.stem != "outcome"
}


@pytest.fixture(scope="module")
def schemas() -> EventSchemas:
    return EventSchemas.load(OUTCOMES)


def event(kind: str, detail: dict[str, Any]) -> Event:
    return Event(kind, detail, "stripe_payments#p1")


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_event_fits_its_schema(schemas: EventSchemas, kind: str) -> None:
    assert schemas.violations([event(kind, EXAMPLES[kind])]) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pending_for_s": -1}, "$.pending_for_s"),
        ({"at": "yesterday"}, "$.at"),
        ({"client_secret": "whatever"}, "client_secret"),
        ({"settled_by": None}, "$.settled_by"),
    ],
)
def test_what_does_not_fit_is_said(schemas: EventSchemas, change: dict[str, object], said: str) -> None:
    violations = schemas.violations([event("PaymentSettled", EXAMPLES["PaymentSettled"] | change)])

    assert violations
    assert all(each.startswith("stripe_payments#p1 announced PaymentSettled against") for each in violations)
    assert said in "\n".join(violations)


def test_a_kind_without_a_schema_is_a_violation(tmp_path: Path) -> None:
    none = EventSchemas.load(tmp_path)

    assert none.violations([event("PaymentSettled", {})]) == [
        "stripe_payments#p1 announced PaymentSettled, of which there is no schema"
    ]
