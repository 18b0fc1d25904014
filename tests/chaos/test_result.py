"""Conditions that make a row, and so the whole matrix, fail; and the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.chaos import result
from tests.chaos.__main__ import main
from tests.chaos.matrix import ROWS
from tests.chaos.result import Outcome

if TYPE_CHECKING:
    from pathlib import Path

GOOD = Outcome(fault="sqs_failing", meaning="SQS fails", payments=3, struck=7, recovered_s=12.34)


def test_a_row_in_which_nothing_was_lost_has_no_failure() -> None:
    assert GOOD.failures() == []


@pytest.mark.parametrize("what", ["lost", "mismatched", "unfinished"])
def test_a_row_fails_by_whatever_went_wrong_in_it(what: str) -> None:
    bad = Outcome(fault="sqs_failing", meaning="SQS fails", payments=3, struck=7, **{what: ("order 1",)})  # type: ignore[arg-type]  # the named field is one of these

    assert bad.failures() == ["sqs_failing: order 1"]


def test_a_fault_that_met_nothing_shows_nothing_and_so_fails() -> None:
    assert Outcome(fault="sqs_failing", meaning="SQS fails", payments=3, struck=0).failures()
    assert not Outcome(fault="none", meaning="nothing fails", payments=3, struck=0).failures()


def test_the_json_has_each_row_under_names_that_stay(tmp_path: Path) -> None:
    path = tmp_path / "new" / "chaos.json"

    result.write([GOOD], path, {"seed": 1})

    document = json.loads(path.read_text())
    assert document["seed"] == 1
    assert [(row["fault"], row["payments"], row["lost"], row["repeated"]) for row in document["rows"]] == [
        ("sqs_failing", 3, 0, 0)
    ]
    assert document["rows"][0]["recovered_s"] == 12.3


def test_the_help_names_every_row_and_an_unknown_one_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as helped:
        main(["--help"])
    with pytest.raises(SystemExit) as refused:
        main(["unicorns"])

    shown = capsys.readouterr()
    assert (helped.value.code, refused.value.code) == (0, 2)
    assert all(row.name in shown.out for row in ROWS)
    assert "unicorns" in shown.err
