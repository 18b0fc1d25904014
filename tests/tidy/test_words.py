"""Names, docstrings, comments and Markdown use the words of the field: none of those listed in ``words.py``."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.tidy.words import ALLOWED_NAMES, IN_NAMES, IN_PROSE, NOT_AT_FIRST

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
BUILT = {"build", "node_modules", "__pycache__"}
"""Folders that tools write; so are those whose names begin with a dot."""

LOGICAL_IDS = {name for file, name in ALLOWED_NAMES if file == "template.yaml"}

_VERSION = re.compile(r"\d+\.\d+\.\d+")
_NAME_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_DATA_NAME = re.compile(r"\w+(?:[#.:-]\w+)*")


def _pattern(phrase: str) -> re.Pattern[str]:
    words = r"[\s#]+".join(map(re.escape, phrase.split()))
    end = r"\b" if phrase[-1].isalpha() else ""
    return re.compile(rf"(?<!\w){words}{end}", re.IGNORECASE)


_PATTERNS = {phrase: _pattern(phrase) for phrase in IN_PROSE}


class Found(NamedTuple):
    """Something in a file, and the line that it is on."""

    text: str
    line: int


def is_ours(name: str) -> bool:
    """Whether a file or folder is to follow the rules: copies of a release (`tests/compat`) stay as they were."""
    return name not in BUILT and not name.startswith(".") and not _VERSION.fullmatch(name)


def is_read(path: Path) -> bool:
    return is_ours(path.name) and (path.is_dir() or path.suffix in {".md", ".yaml"})


PARTS = sorted(path.name for path in ROOT.iterdir() if is_read(path))
"""Folders and files at the top of the tree; each is a test of its own, to be run alone with ``-k``."""


def files(part: str, suffix: str) -> list[Path]:
    """Give the files of a part by the ending of their names."""
    top = ROOT / part
    if top.is_file():
        return [top] if top.suffix == suffix else []
    found = []
    for folder, inner, names_there in top.walk():
        inner[:] = [name for name in inner if is_ours(name)]
        found += [folder / name for name in names_there if name.endswith(suffix)]
    return sorted(found)


def names(source: str) -> Iterator[Found]:
    """Give the names that a module has or uses, with those that it imports."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield Found(name, node.lineno)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield Found(name, node.lineno)
            case ast.keyword(arg=str(name)) | ast.MatchAs(name=str(name)) | ast.TypeVar(name=name):
                yield Found(name, node.lineno)
            case ast.alias(name=name, asname=other):
                yield from (Found(each, node.lineno) for each in (name, other) if each)
            case ast.ImportFrom(module=str(name)):
                yield Found(name, node.lineno)


def data_names(source: str) -> Iterator[Found]:
    """Give what in texts looks like a name: log events, metrics, attributes of rows, also within expressions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            whole = [node.value] if _DATA_NAME.fullmatch(node.value) else names_of_several_parts(node.value)
            yield from (Found(name, node.lineno) for name in whole)


def names_of_several_parts(text: str) -> list[str]:
    return [word for word in re.findall(r"[A-Za-z]\w*", text) if len(split(word)) > 1]


def json_keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from json_keys(part)


def yaml_names(text: str) -> Iterator[Found]:
    """Give the words of a template that are names, since they have several parts."""
    for number, line in enumerate(text.splitlines(), 1):
        yield from (Found(name, number) for name in names_of_several_parts(line))


def split(name: str) -> list[str]:
    """Divide a name at underscores, capitals and whatever is no letter."""
    return [part.lower() for part in _NAME_PARTS.findall(name)]


def comments(source: str) -> Iterator[Found]:
    """Give the comments; those on lines that follow each other are one text."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}
    starts = [line for line in lines if line - 1 not in lines]
    for start, after in pairwise([*starts, len(source) + 1]):
        yield Found("\n".join(text for line, text in lines.items() if start <= line < after), start)


def docstrings(source: str) -> Iterator[Found]:
    """Give the docstrings of modules, classes, functions and attributes, as they are written."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            yield Found("\n".join(lines[node.lineno - 1 : node.end_lineno]), node.lineno)


def banned_names(found: Iterator[Found], path: Path) -> list[str]:
    """Say which names have a banned word."""
    place = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
    return [
        f"{place}:{line}: the name {name} has the word {part!r}; say {IN_NAMES[part]}"
        for name, line in dict.fromkeys(found)
        if (place, name) not in ALLOWED_NAMES
        for part in split(name)
        if part in IN_NAMES
    ]


def banned_phrases(found: Iterator[Found], path: Path) -> list[str]:
    """Say where a text has a banned phrase."""
    place = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
    return [
        f"{place}:{line + text.count('\n', 0, match.start())}: {phrase!r}; say {IN_PROSE[phrase]}"
        for text, line in found
        for phrase, pattern in _PATTERNS.items()
        for match in pattern.finditer(text)
    ]


@pytest.mark.parametrize("part", PARTS)
def test_name_in_the_code_has_no_banned_word(part: str) -> None:
    wrong = [line for path in files(part, ".py") for line in banned_names(names(path.read_text()), path)]
    wrong += [line for path in files(part, ".py") for line in banned_names(iter([Found(path.stem, 1)]), path)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("part", PARTS)
def test_log_event_metric_or_field_has_no_banned_word(part: str) -> None:
    code = [] if part == "tests" else files(part, ".py")  # texts of tests are their own
    wrong = [line for path in code for line in banned_names(data_names(path.read_text()), path)]
    wrong += [line for path in files(part, ".yaml") for line in banned_names(yaml_names(path.read_text()), path)]
    for path in files(part, ".json") if part == "events" else []:
        wrong += banned_names((Found(key, 1) for key in json_keys(json.loads(path.read_text()))), path)
    assert not wrong, "\n".join(wrong)


def test_name_on_the_reference_page_has_no_banned_word() -> None:
    page = ROOT / "docs" / "reference.md"
    lines = enumerate(page.read_text().splitlines(), 1)
    published = (Found(name, number) for number, line in lines for name in re.findall(r"`([^`]+)`", line))
    wrong = banned_names((found for found in published if found.text not in LOGICAL_IDS), page)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("part", PARTS)
def test_docstring_comment_or_markdown_has_no_banned_phrase(part: str) -> None:
    wrong = []
    for path in files(part, ".py"):
        source = path.read_text()
        wrong += banned_phrases(docstrings(source), path) + banned_phrases(comments(source), path)
    for path in files(part, ".md"):
        # What stands in backticks is a name, such as one that was given up.
        prose = re.sub(r"`[^`\n]*`", "``", path.read_text())
        wrong += banned_phrases(iter([Found(prose, 1)]), path)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("part", PARTS)
def test_docstring_of_a_module_says_what_the_module_is(part: str) -> None:
    docs = {path: ast.get_docstring(ast.parse(path.read_text())) or "" for path in files(part, ".py")}
    first_words = {path: doc.split(" ")[0] for path, doc in docs.items()}
    wrong = [
        f"{path.relative_to(ROOT)}:1: the docstring begins with {word!r}; name the module's subject"
        for path, word in first_words.items()
        if word in NOT_AT_FIRST
    ]
    assert not wrong, "\n".join(wrong)


def test_allowed_name_is_still_there_in_its_file() -> None:
    gone = [f"{file}: {name}" for file, name in ALLOWED_NAMES if name not in (ROOT / file).read_text()]
    assert not gone, "remove these from ALLOWED_NAMES:\n" + "\n".join(gone)


def test_banned_words_are_found_in_every_kind_of_name() -> None:
    source = """
import a.told as unanswered
class ItOwed:
    def pace(self, hand, *, no_trial=patches): return self.brake(takers=1)
match x:
    case noted: pass
"""
    wrong = banned_names(names(source), Path("m.py"))
    found = {line.split("'")[1] for line in wrong}
    assert found == {"told", "unanswered", "owed", "pace", "hand", "trial", "patches", "brake", "takers", "noted"}


def test_attribute_is_found_within_an_expression_for_the_table() -> None:
    source = 'update = "SET next_ms = :span, told_ms = :now"; event = "still_owed"; text = "as told by hand"'
    found = {line.split("'")[1] for line in banned_names(data_names(source), Path("m.py"))}
    assert found == {"told", "owed"}


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("patches_sent", ["patches", "sent"]),
        ("OutcomesOwedAlarm", ["outcomes", "owed", "alarm"]),
        ("handOver2", ["hand", "over"]),
        ("MAX_PACE", ["max", "pace"]),
        ("handler", ["handler"]),
        ("HTTPTrials", ["http", "trials"]),
    ],
)
def test_name_is_divided_at_underscores_and_at_capitals(name: str, parts: list[str]) -> None:
    assert split(name) == parts


def test_phrase_is_found_across_lines_of_docstrings_and_comments() -> None:
    source = '"""It is put\nback."""\n\nx = 1  # for want\n# of time\n# Reason: Owed.\ny = 2  # a letter\n'
    wrong = banned_phrases(docstrings(source), Path("m.py")) + banned_phrases(comments(source), Path("m.py"))
    assert [line.split(";")[0] for line in wrong] == [
        "m.py:1: 'put back'",
        "m.py:4: 'for want of'",
        "m.py:6: 'owed'",
    ]
