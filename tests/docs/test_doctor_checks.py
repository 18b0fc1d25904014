"""docs/operations.md sends people to checks that `payrefresh doctor` has, by the names that it shows."""

from __future__ import annotations

import re

from payrefresh.doctor import examine
from tests.docs.markdown import DOCS

OF_AN_ENTRY = {"Means", "First look", "Remedy", "Verify"}


def test_checks_that_an_alarm_leads_to_are_those_of_the_doctor() -> None:
    text = (DOCS / "operations.md").read_text()
    alarms = text.split("## Alarms: ", 1)[1].split("\n## How soon an alarm rings", 1)[0]
    checks = {value for name, value in vars(examine).items() if name.isupper() and isinstance(value, str)}

    named = {" ".join(name.split()) for name in re.findall(r"(?<![*\w])\*([^*]+)\*(?!\*)", alarms)} - OF_AN_ENTRY

    assert len(named) > 10
    assert named <= checks
