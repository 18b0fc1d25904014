"""Reads the tables of the documentation."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

type Row = dict[str, str]


def table(page: Path, heading: str) -> list[Row]:
    """Give the rows of the first table below a heading of the second level, each by its columns' names."""
    section = re.split(rf"^## {re.escape(heading)}$", page.read_text(), maxsplit=1, flags=re.MULTILINE)
    assert len(section) == 2, f"{page.name} has no heading '## {heading}'"
    text = re.split(r"^## ", section[1], maxsplit=1, flags=re.MULTILINE)[0]
    lines = re.search(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    assert lines is not None, f"{page.name} has no table below '## {heading}'"
    head, _, *body = [_cells(line) for line in lines[0].splitlines()]
    return [dict(zip(head, cells, strict=True)) for cells in body]


def column(page: Path, heading: str, name: str) -> list[str]:
    """Give all names in backticks that stand in one column, in their order."""
    return [found for row in table(page, heading) for found in quoted(row[name])]


def quoted(cell: str) -> list[str]:
    """Give what stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split(" | ")]
