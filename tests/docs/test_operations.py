"""docs/operations.md explains every alarm, and names only metrics that the reference has."""

from __future__ import annotations

from tests.docs.markdown import DOCS, ROOT, column, quoted, table
from tests.template.model import load

OPERATIONS = DOCS / "operations.md"


def test_alarms_are_those_of_the_template() -> None:
    resources = load(ROOT / "template.yaml").body["Resources"]
    alarms = [name for name, resource in resources.items() if resource["Type"] == "AWS::CloudWatch::Alarm"]

    assert sorted(column(OPERATIONS, "What each alarm means", "alarm")) == sorted(alarms)


def test_metrics_that_answer_a_question_are_in_the_reference() -> None:
    parameters = {"Mode", "ActOnOrdersAfter"}
    named = {name for row in table(OPERATIONS, "Metrics by question") for name in quoted(row["metrics"])}

    assert named - parameters <= set(column(DOCS / "reference.md", "Metrics", "metric"))
