"""The command line: help that is quick to print, and failures that are one line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from payrefresh.cli import app, main
from payrefresh.errors import INTERRUPTED, NOT_ASKED
from tests.operating.invocations import INVOCATIONS, registered

HEAVY = ("boto3", "botocore", "httpx", "aws_lambda_powertools")


def test_help_imports_neither_the_clients_of_aws_nor_an_http_client() -> None:
    code = (
        "import sys\nfrom payrefresh.cli import main\n"
        f"main(['--help'])\nprint([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own code

    assert ran.stderr.strip() == "[]"
    assert "acknowledge" in ran.stdout


@pytest.mark.parametrize(
    "name", [str(each.name or getattr(each.callback, "__name__", "")) for each in app.registered_commands]
)
def test_help_of_a_command_has_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name.replace("_", "-"), "--help"]) == 0

    assert "payrefresh" in capsys.readouterr().out.partition("Example:")[2]


@pytest.mark.parametrize("arguments", [["nonsense"], ["acknowledge"], ["acknowledge", "x", "--note"]])
def test_wrong_usage_is_one_line_and_exit_status_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == NOT_ASKED

    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.count("\n") == 1


def test_command_that_is_stopped_says_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def press_ctrl_c(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("payrefresh.adapters.aws.connect", press_ctrl_c)

    assert main(["acknowledge", "x", "--note", "y"]) == INTERRUPTED

    assert capsys.readouterr() == ("", "payrefresh: stopped; what was done until here stands\n")


def test_twelve_commands_are_there_and_each_is_in_the_table_of_failures() -> None:
    assert len(registered()) == 12
    assert set(registered()) == INVOCATIONS.keys()
