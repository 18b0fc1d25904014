"""Answers to the questions of a setup: from a file, from options, or asked."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from payrefresh.errors import WrongInput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TEXTS = (
    "stack", "region", "profile", "credentials", "config", "base_url", "auth_url", "run_mode", "alarm_email",
    "alarm_topic_arn", "order_events", "order_events_bus", "order_events_source",
)  # fmt: skip
"""What an answers file may hold, beside `PARAMETERS`; the names of options and of questions."""
PARAMETERS = "parameters"
"""Parameters of the template that no question is asked about."""
SECRETS = ("client_id", "client_secret", "shared_secret", "secrets")
"""What somebody might put into an answers file, and must not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with its default.

    Attributes
    ----------
    name
        Under which an answers file has the answer.
    choices
        The answers that there are; empty where any will do.
    """

    name: str
    text: str
    default: str = ""
    choices: tuple[str, ...] = ()


class Asker(Protocol):
    """Asks a person; returns None where nobody can be asked."""

    def __call__(self, question: Question) -> str | None:
        """Ask."""
        ...


@dataclass(slots=True, kw_only=True)
class Answers:
    """The answers, each asked once at most.

    Attributes
    ----------
    given
        From options and from the file.
    ask
        Asks a person; where it returns None, the default holds.
    """

    given: Mapping[str, str]
    ask: Asker
    parameters: Mapping[str, str] = field(default_factory=dict)
    _asked: dict[str, str] = field(default_factory=dict, init=False)

    def __call__(self, question: Question) -> str:
        """Answer a question.

        Raises
        ------
        WrongInput
            The answer given is none of the choices.
        """
        answer = self._known(question.name)
        if answer is None:
            answer = self.ask(question)
            answer = question.default if answer is None else answer.strip()
            self._asked[question.name] = answer
        if question.choices and answer not in question.choices:
            raise WrongInput(f"{question.name} must be one of {', '.join(question.choices)}, not {answer!r:.40}")
        return answer

    def _known(self, name: str) -> str | None:
        return self.given.get(name, self._asked.get(name))


def read_answers(file: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Read an answers file, TOML or JSON; returns the answers, and the template's parameters.

    Raises
    ------
    WrongInput
        It cannot be read, or holds what it must not. The message has no value of the file.
    """
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongInput(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'no text'}") from None
    try:
        document = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except ValueError:  # both parsers' errors are of this class
        raise WrongInput(f"{file} is not {'JSON' if file.suffix == '.json' else 'TOML'}") from None
    if not isinstance(document, dict):
        raise WrongInput(f"{file} must hold names and answers")
    parameters = document.pop(PARAMETERS, {})
    if secret := sorted(SECRETS & document.keys()):
        raise WrongInput(
            f"{file} has {secret[0]}: no secret belongs into an answers file; "
            'name a file that only you can read, credentials = "…"'
        )
    unknown = sorted(name for name, value in document.items() if name not in TEXTS or not isinstance(value, str))
    if unknown:
        raise WrongInput(
            f"{file} has {unknown[0]!r:.40}, which is no text or no answer; known are {', '.join(TEXTS)}"
        )
    if not isinstance(parameters, dict) or not all(isinstance(value, str) for value in parameters.values()):
        raise WrongInput(f"{PARAMETERS} in {file} must hold names of the template's parameters, and texts")
    return document, parameters
