"""Pages, opened in Chromium: how wide they are, what they say, and what they ask for."""

from __future__ import annotations

import fcntl
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.node import run, with_packages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

BROWSER = Path(__file__).parent / "browser"
LOCK = BROWSER / ".lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How a page is looked at; in CSS pixels.

    Attributes
    ----------
    picture
        Where a picture of it is kept; None for none.
    whole
        Whether that is of the whole page, else of what is seen without scrolling.
    """

    width: int
    height: int = 844
    media: str = "screen"
    scheme: str = "light"
    picture: Path | None = None
    whole: bool = True

    @property
    def job(self) -> Mapping[str, Any]:
        """The same for the browser's script."""
        return {
            "width": self.width,
            "height": self.height,
            "media": self.media,
            "scheme": self.scheme,
            "picture": self.picture and str(self.picture.absolute()),
            "whole": self.whole,
        }


PHONE = View(width=390)
PAPER = View(width=695, height=1000, media="print", scheme="dark")
"""What A4 leaves between the page's own margins; a screen that is dark must not darken it."""
DESK = View(width=1100, height=900)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of a page in one view.

    Attributes
    ----------
    requests
        Addresses that it asked for, besides its own; none was answered.
    inside, wide
        The width that is there, and that it takes.
    beyond
        Elements that reach beyond it.
    text
        Each piece of text, on a line of its own.
    sheets
        How many sheets of paper it takes; None on a screen.
    """

    url: str
    requests: Sequence[str]
    errors: Sequence[str]
    inside: float
    wide: float
    beyond: Sequence[str]
    text: str
    background: str
    sheets: int | None


def look(pages: Mapping[Path, Iterable[View]]) -> list[Seen]:
    """Open pages, each in several views, with one start of the browser."""
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test processes must not install or unpack at once
        return _look(pages)


def _look(pages: Mapping[Path, Iterable[View]]) -> list[Seen]:
    node = with_packages(BROWSER)
    job = {
        "pages": [
            {"file": str(file.absolute()), "views": [view.job for view in views]} for file, views in pages.items()
        ]
    }
    # The browser is unpacked once, and is thrown away with the packages.
    unpacked = BROWSER / "node_modules" / ".unpacked"
    unpacked.mkdir(exist_ok=True)
    printed = run([node, "open.mjs"], BROWSER, seconds=180, given=json.dumps(job), TMPDIR=str(unpacked))
    return [Seen(**each) for each in json.loads(printed)["seen"]]
