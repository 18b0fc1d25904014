"""A configuration file of SAM: what it sets, and the same text with some of it set anew."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payrefresh.errors import WrongInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

OVERRIDES = "parameter_overrides"
DEPLOY = ("default", "deploy", "parameters")
GLOBAL = ("default", "global", "parameters")

_PLAIN = re.compile(r"[A-Za-z0-9._:/@%+,=*-]+")

type Value = str | bool | float | Sequence[str]


@dataclass(frozen=True, slots=True)
class SamConfig:
    """The text of a configuration file."""

    text: str

    def __post_init__(self) -> None:
        self.parsed()

    def parsed(self) -> dict[str, Any]:
        """The file as TOML; raises `WrongInput` where it is none."""
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise WrongInput(f"the configuration file is not TOML: {error}") from None

    def setting(self, name: str) -> object:
        """What `sam deploy` is given under this name; None without."""
        return self._table(DEPLOY).get(name, self._table(GLOBAL).get(name))

    @property
    def parameters(self) -> dict[str, str]:
        """The template's parameters that it sets."""
        overrides = self.setting(OVERRIDES)
        if isinstance(overrides, dict):
            return {str(name): str(value) for name, value in overrides.items()}
        parts = [overrides] if isinstance(overrides, str) else overrides if isinstance(overrides, list) else []
        return dict(pair for part in parts for pair in _pairs(str(part)))

    def changed(self, settings: Mapping[str, Value]) -> SamConfig:
        """The same file with these settings of `sam deploy`; all else stays as it is written.

        Raises
        ------
        WrongInput
            It is written in a way that cannot be changed line by line.
        """
        expected = self.parsed()
        table: Any = expected
        for name in DEPLOY:
            table = table.setdefault(name, {})
        text = self.text
        for name, value in settings.items():
            table[name] = list(value) if not isinstance(value, str | bool | float) else value
            text = _set(text, DEPLOY, name, f"{name} = {_written(value)}\n")
        if "version" not in expected:
            expected["version"] = 0.1
            text = f"version = 0.1\n{text}"
        try:
            if tomllib.loads(text) == expected:
                return SamConfig(text)
        except tomllib.TOMLDecodeError:
            pass  # the same as a file that says something else: it must be changed by a person
        names = ", ".join(settings)
        raise WrongInput(
            f"the configuration file is written so that setup cannot change it: set {names} in "
            f"[{'.'.join(DEPLOY)}] yourself, or name another file with --config"
        )

    def _table(self, path: Sequence[str]) -> dict[str, Any]:
        table: Any = self.parsed()
        for name in path:
            table = table.get(name, {}) if isinstance(table, dict) else {}
        return table if isinstance(table, dict) else {}


def written_overrides(parameters: Mapping[str, str]) -> Sequence[str]:
    """Parameters as SAM takes them in a list."""
    return [f"{name}={_quoted(value)}" for name, value in parameters.items()]


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return value if _PLAIN.fullmatch(value) else f'"{escaped}"'


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Read ``Name=Value`` or ``ParameterKey=Name,ParameterValue=Value``, separated by spaces."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise WrongInput(f"{OVERRIDES} in the configuration file cannot be read: {error}") from None
    for word in words:
        name, _, value = word.partition("=")
        if name == "ParameterKey":
            name, _, value = value.partition(",ParameterValue=")
        yield name, value


def _written(value: Value) -> str:
    """A value as TOML, a list with one item a line."""
    if isinstance(value, str | bool | float):
        # TOML's basic strings are JSON's, but for one character.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return "[\n" + "".join(f"  {_written(item)},\n" for item in value) + "]"


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement of a TOML file, which may have several lines."""

    text: str
    parsed: Mapping[str, Any]

    @property
    def is_header(self) -> bool:
        return self.text.lstrip().startswith("[")


def _statements(text: str) -> Iterator[_Statement]:
    """Divide a file into its statements: a statement is complete when it can be read."""
    lines: list[str] = []
    for line in text.splitlines(keepends=True):
        lines.append(line)
        try:
            parsed = tomllib.loads("".join(lines))
        except tomllib.TOMLDecodeError:
            continue
        yield _Statement("".join(lines), parsed)
        lines.clear()
    if lines:
        yield _Statement("".join(lines), {})


def _set(text: str, path: tuple[str, ...], name: str, line: str) -> str:
    """Replace a statement of a table, or add it at the end of the table, or add the table."""
    if text and not text.endswith("\n"):
        text += "\n"
    written: list[str] = []
    at: int | None = None
    is_inside = False
    for statement in _statements(text):
        if statement.is_header:
            is_inside = statement.parsed == _nested(path)
            at = len(written) + 1 if is_inside else at
        elif is_inside and statement.parsed:
            if name in statement.parsed:
                written.append(line)
                is_inside, at = False, None
                name = ""  # what follows is kept
                continue
            at = len(written) + 1
        written.append(statement.text)
    if at is not None:
        written.insert(at, line)
    elif name:
        written.append(f"\n[{'.'.join(path)}]\n{line}")
    return "".join(written)


def _nested(path: Sequence[str]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for name in reversed(path):
        table = {name: table}
    return table
