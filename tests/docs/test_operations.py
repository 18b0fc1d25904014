"""docs/operations.md explains every alarm in four parts, and names only metrics that the reference has."""

from __future__ import annotations

import re

import pytest

from tests.docs.markdown import DOCS, ROOT, column, quoted, table
from tests.template.model import load

OPERATIONS = DOCS / "operations.md"
PARTS = ["Means", "First look", "Remedy", "Verify"]
ENTRY = re.compile(r"^### (\w+Alarm(?:, \w+Alarm)*)\n(.*?)(?=^##)", re.DOTALL | re.MULTILINE)


def alarms() -> list[str]:
    resources = load(ROOT / "template.yaml").body["Resources"]
    return sorted(name for name, resource in resources.items() if resource["Type"] == "AWS::CloudWatch::Alarm")


def entries() -> dict[str, str]:
    """What the page says below each heading that names alarms."""
    return dict(ENTRY.findall(OPERATIONS.read_text()))


def test_alarms_are_those_of_the_template() -> None:
    assert sorted(column(OPERATIONS, "What each alarm means", "alarm")) == alarms()


def test_each_alarm_has_one_entry_of_its_own_or_with_its_like() -> None:
    assert sorted(name for heading in entries() for name in heading.split(", ")) == alarms()


@pytest.mark.parametrize("heading", entries())
def test_entry_of_an_alarm_says_meaning_first_look_remedy_and_how_to_verify(heading: str) -> None:
    text = entries()[heading]

    assert re.findall(r"^- \*([^*]+)\*: ", text, re.MULTILINE) == PARTS
    assert len(text.strip().split("\n- ")) == len(PARTS)


def test_alarm_in_the_table_leads_to_its_entry() -> None:
    rows = table(OPERATIONS, "What each alarm means")
    led = {quoted(row["alarm"])[0]: re.findall(r"\(#([\w-]+)\)", row["alarm"]) for row in rows}

    anchors = {name: [heading.lower().replace(", ", "-")] for heading in entries() for name in heading.split(", ")}
    assert led == anchors


def test_metrics_that_answer_a_question_are_in_the_reference() -> None:
    parameters = {"Mode", "ActOnOrdersAfter"}
    named = {name for row in table(OPERATIONS, "Metrics by question") for name in quoted(row["metrics"])}

    assert named - parameters <= set(column(DOCS / "reference.md", "Metrics", "metric"))
