"""Compares what a command printed with what its page says, but for what differs from run to run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import ndiff
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ANY = "…"
"""Alone on a line: any lines, or none."""

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_UNIT = "(?:ms|milliseconds?|s|sec|seconds?|min|minutes?|h|hours?|d|days?)"
_ONE = rf"\d+(?:[.,]\d+)?\s?{_UNIT}\b"
_SAME = {"id": "an id", "number": "a number", "name": "a name"}
"""What differs from run to run, but must be the same wherever the page has the same."""

_MASKS: tuple[tuple[str, str], ...] = (
    ("arn", r"\barn:aws[\w-]*:[^\s\"',]+"),
    ("url", r"https?://(?:127\.0\.0\.1|localhost)(?::\d+)?[^\s\"',)]*"),
    ("uuid", r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"),
    ("time", r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|\+\d\d:\d\d| UTC)?"),
    ("time", rf"\b(?:\d{{1,2}} {_MONTH}|{_MONTH} \d{{1,2}})(?:,? \d{{4}})?(?:,? \d\d:\d\d(?::\d\d)?)?\b"),
    ("time", r"\b\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: UTC)?\b"),
    ("duration", rf"\b{_ONE}(?:(?:,| and)? {_ONE})*"),
    ("intent", r"\b(?:pi|ch|pay|src|evt)_\w+"),
    ("hex", r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{32,}\b"),
    ("name", r"\b(?<=-)(?=[a-f]*\d)[0-9a-f]{6}\b"),
    ("id", r"\b(?=[A-Za-z]*[a-z][A-Z])[A-Za-z]{10}\b"),
    ("number", r"\b\d{7,}\b"),
)
_PATTERN = re.compile("|".join(f"(?P<m{at}>{pattern})" for at, (_, pattern) in enumerate(_MASKS)))
_GAPS = re.compile(r"(?<=\S)\s+")
_RULES = re.compile(r"([─━═┄-])\1{2,}")


@dataclass(frozen=True, slots=True)
class Masked:
    """A line without what differs from run to run, and what was taken out that must be the same elsewhere."""

    text: str
    taken: tuple[tuple[str, str], ...] = field(default=(), compare=False)


def masked(line: str, varies: Iterable[str] = ()) -> Masked:
    """Take out of a line what differs from run to run; gaps and rules of a table become equally wide."""
    taken: list[tuple[str, str]] = []

    def mask(found: re.Match[str]) -> str:
        name = _MASKS[int((found.lastgroup or "")[1:])][0]
        if name in _SAME:
            taken.append((name, found[0]))
        return f"<{name}>"

    text = line.rstrip()
    for pattern in varies:
        text = re.sub(pattern, "<varies>", text)
    text = _RULES.sub(r"\1\1\1", _GAPS.sub(" ", _PATTERN.sub(mask, text)))
    return Masked(text, tuple(taken))


@dataclass(slots=True)
class Names:
    """Which id of this run stands for which id of the pages."""

    here: dict[str, str] = field(default_factory=dict)

    def allow(self, page: Masked, run: Masked) -> bool:
        """Whether two equal lines do not contradict what was learnt before."""
        pairs = zip(page.taken, run.taken, strict=True)
        return all(self.here.get(expected, found) == found for (_, expected), (_, found) in pairs)

    def agree(self, page: Masked, run: Masked) -> str | None:
        """Learn from two equal lines; returns what contradicts what was learnt before."""
        for (kind, expected), (_, found) in zip(page.taken, run.taken, strict=True):
            known = self.here.setdefault(expected, found)
            if known != found:
                return f"{_SAME[kind]} differs: {expected} was {known} before, and is {found} here"
        return None


@dataclass(frozen=True, slots=True)
class Difference:
    """Two outputs that differ: in words."""

    text: str


def compare(
    page: Sequence[str], run: Sequence[str], names: Names, varies: Iterable[str] = ()
) -> Difference | list[tuple[int, int]]:
    """Compare what a page says with what a run printed.

    Returns
    -------
    The difference; or, where there is none, which line of the page is which line of the run.
    """
    patterns = tuple(varies)
    expected = [line if line.strip() == ANY else masked(line, patterns) for line in page]
    found = [masked(line, patterns) for line in run]
    # First with the ids that are known, so that a line between two wildcards is the right one of several like it.
    pairs = _aligned(expected, found, names.allow) or _aligned(expected, found, lambda _page, _run: True)
    if pairs is None:
        return Difference(_shown(expected, found))
    for line, other in pairs:
        of_page = expected[line]
        wrong = names.agree(of_page, found[other]) if isinstance(of_page, Masked) else None
        if wrong is not None:
            return Difference(f"{wrong}\n  {run[other]}")
    return pairs


def _aligned(
    expected: Sequence[Masked | str], found: Sequence[Masked], allow: Callable[[Masked, Masked], bool]
) -> list[tuple[int, int]] | None:
    """Pair each line that is expected with the line that is it; None if they do not match."""
    parts: list[list[int]] = [[]]
    for at, line in enumerate(expected):
        if isinstance(line, str):
            parts.append([])
        else:
            parts[-1].append(at)
    pairs: list[tuple[int, int]] = []
    begin = 0
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        starts: Iterable[int] = range(begin, len(found) - len(part) + 1)
        if number == 0:
            starts = [0]
        if last:
            # What comes behind the last wildcard is the end of the output.
            starts = [start for start in (len(found) - len(part),) if start in starts]
        lines = [line for at in part if isinstance(line := expected[at], Masked)]
        start = next((start for start in starts if _stands_at(lines, found[start:], allow)), None)
        if start is None:
            return None
        pairs += zip(part, range(start, start + len(part)), strict=True)
        begin = start + len(part)
    return pairs


def _stands_at(lines: Sequence[Masked], found: Sequence[Masked], allow: Callable[[Masked, Masked], bool]) -> bool:
    return len(lines) <= len(found) and all(
        line == other and allow(line, other) for line, other in zip(lines, found, strict=False)
    )


def _shown(expected: Sequence[Masked | str], found: Sequence[Masked]) -> str:
    left = [line if isinstance(line, str) else line.text for line in expected]
    lines = [line.rstrip() for line in ndiff(left, [line.text for line in found]) if not line.startswith("?")]
    return "\n".join(lines)


def renewed(page: Sequence[str], run: Sequence[str], pairs: Sequence[tuple[int, int]] | None) -> list[str]:
    """What the page is to say after this run: what it printed, but for the lines that the page leaves out."""
    if pairs is None:
        return [line.rstrip() for line in run]
    ours = dict(pairs)
    return [run[ours[at]].rstrip() if at in ours else line for at, line in enumerate(page)]
