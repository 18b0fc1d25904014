"""Answers of a setup: from a file, TOML or JSON, in which no secret may stand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from payrefresh.errors import WrongInput
from payrefresh.setup.answers import Answers, Question, read_answers

if TYPE_CHECKING:
    from pathlib import Path

MODE = Question(name="run_mode", text="Mode?", default="observe", choices=("observe", "refresh"))


def _file(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_answers_are_read_from_toml_and_from_json_alike(tmp_path: Path) -> None:
    toml = _file(tmp_path, "a.toml", 'run_mode = "refresh"\n[parameters]\nGiveUpAfter = "20d"\n')
    as_json = _file(tmp_path, "a.json", '{"run_mode": "refresh", "parameters": {"GiveUpAfter": "20d"}}')

    assert read_answers(toml) == read_answers(as_json) == ({"run_mode": "refresh"}, {"GiveUpAfter": "20d"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('client_secret = "s3cr3t-value"', "no secret belongs into an answers file"),
        ('colour = "s3cr3t-value"', "'colour'.* known are stack, region"),
        ('run_mode = ["s3cr3t-value"]', "'run_mode', which is no text"),
        ('parameters = "s3cr3t-value"', "parameters in .* must hold names"),
        ("run_mode = s3cr3t-value", "is not TOML"),
    ],
)
def test_answers_file_that_cannot_be_right_is_refused_without_its_values(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(WrongInput, match=said) as refused:
        read_answers(_file(tmp_path, "a.toml", text))

    assert "s3cr3t" not in str(refused.value)


def test_answers_file_that_is_missing_or_no_object_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match="cannot be read: No such file"):
        read_answers(tmp_path / "none.toml")
    with pytest.raises(WrongInput, match="must hold names and answers"):
        read_answers(_file(tmp_path, "a.json", json.dumps(["run_mode"])))


def test_question_is_asked_once_and_only_where_no_answer_is_given() -> None:
    asked: list[str] = []

    def ask(question: Question) -> str:
        asked.append(question.name)
        return " refresh "

    assert [Answers(given={"run_mode": "observe"}, ask=ask)(MODE), asked] == ["observe", []]
    answers = Answers(given={}, ask=ask)
    assert [answers(MODE), answers(MODE), asked] == ["refresh", "refresh", ["run_mode"]]


def test_default_holds_where_nobody_can_be_asked_and_a_wrong_answer_is_refused() -> None:
    assert Answers(given={}, ask=lambda _: None)(MODE) == "observe"
    with pytest.raises(WrongInput, match="run_mode must be one of observe, refresh"):
        Answers(given={"run_mode": "both"}, ask=lambda _: None)(MODE)
