"""The documents for readers: links between them lead somewhere, and the README stays short."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.markdown import DOCS, ROOT

if TYPE_CHECKING:
    from pathlib import Path

README = ROOT / "README.md"
MOST_LINES = 200
PAGES = [
    README,
    *(
        ROOT / name
        for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "events/README.md", "tests/README.md")
    ),
    *sorted(DOCS.rglob("*.md")),
]
LINK = re.compile(r"\]\(([^()\s]+)\)")
FENCE = re.compile(r"^( *)```.*?^\1```", re.DOTALL | re.MULTILINE)


def links(page: Path) -> list[str]:
    """All links of a page to files of the repository, but for those in blocks of code."""
    found = LINK.findall(FENCE.sub("", page.read_text()))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """What a page's headings are linked by, as GitHub makes it of their text."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_of_a_page_lead_to_what_exists(page: Path) -> None:
    broken: list[str] = []
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert not broken, f"{page.relative_to(ROOT)} links to what is not there: {', '.join(broken)}"


def test_readme_is_short_enough_to_be_read_to_its_end() -> None:
    assert len(README.read_text().splitlines()) <= MOST_LINES


def test_readme_leads_to_every_page_of_the_documentation() -> None:
    pages = {f"docs/{page.name}" for page in DOCS.glob("*.md")}

    assert pages <= set(links(README))


def test_links_in_blocks_of_code_are_left_out(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "[a](one.md)\n\n   ```markdown\n   [b](two.md)\n   ```\n\n[c](https://example.com) [d](#here)\n"
    )

    assert links(page) == ["one.md", "#here"]


def test_anchor_of_a_heading_is_its_text_in_lower_case_with_hyphens(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Rotating secrets, without losing an event\n\n```sh\n# no heading\n```\n")

    assert anchors(page) == {"rotating-secrets-without-losing-an-event"}
