"""The decision records have one form, and all are in the index."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.markdown import DOCS

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = DOCS / "adr"
RECORDS = sorted(FOLDER.glob("0*.md"))
DATE = r"\d{4}-\d\d-\d\d(?:, amended \d{4}-\d\d-\d\d)?"
STATUS = re.compile(rf"Status: (proposed|accepted|superseded by .+)\. Date: ({DATE})\.")


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_record_has_its_number_a_status_with_a_date_and_three_parts(record: Path) -> None:
    title, _, status, _, *body = record.read_text().splitlines()

    assert title.startswith(f"# {int(record.stem[:4])}. ")
    assert STATUS.fullmatch(status), f"{record.name}: line 3 must be 'Status: …. Date: ….'"
    parts = [
        word
        for word in ("Context", "Decision", "Consequences")
        if any(line.startswith(f"**{word}.**") for line in body)
    ]
    assert parts == ["Context", "Decision", "Consequences"]


def test_index_lists_every_record_with_its_title_status_and_date() -> None:
    expected = []
    for record in RECORDS:
        title, _, status, *_ = record.read_text().splitlines()
        found = STATUS.fullmatch(status)
        assert found is not None
        number, _, name = title.removeprefix("# ").partition(". ")
        expected.append(f"| {number} | [{name}]({record.name}) | {found[1]} | {found[2]} |")

    listed = [line for line in (FOLDER / "README.md").read_text().splitlines() if re.match(r"\| \d", line)]

    assert listed == expected


def test_numbers_of_the_records_leave_no_gap() -> None:
    assert [int(record.stem[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))
