"""The pictures of the README: small, and without anything that is fetched from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "pictures"
MOST_BYTES = 150_000
PICTURES = sorted(FOLDER.iterdir())


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_picture_of_the_readme_is_small_enough_to_load_at_once(picture: Path) -> None:
    assert 0 < picture.stat().st_size < MOST_BYTES


@pytest.mark.parametrize(
    "picture", [each for each in PICTURES if each.suffix == ".svg"], ids=lambda each: each.name
)
def test_drawn_terminal_fetches_no_font_and_no_image(picture: Path) -> None:
    assert re.findall(r"url\((?!#)|@import|@font-face|<image|<script|href", picture.read_text()) == []
