"""`make deploy` refuses a stack name that makes a function's name too long for Lambda, before it builds."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tools.stack_name import LONGEST, main, named_stack

if TYPE_CHECKING:
    from pathlib import Path

    from tests.template.model import Template

LONGEST_FUNCTION_NAME = 64
"""Characters that Lambda allows."""


def test_limit_leaves_room_for_every_functions_name(deployed: Template) -> None:
    names = [it["FunctionName"]["Fn::Sub"] for it in deployed.of_type("AWS::Lambda::Function").values()]

    longest = max(len(name.replace("${AWS::StackName}", "x" * LONGEST)) for name in names)

    assert longest == LONGEST_FUNCTION_NAME


@pytest.mark.parametrize(("length", "status"), [(LONGEST, 0), (LONGEST + 1, 1)])
def test_name_longer_than_the_limit_is_refused(
    length: int, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--stack-name", "x" * length]) == status

    printed = capsys.readouterr().err
    assert (f"has {length} characters, and {LONGEST} are the most" in printed) is (status == 1)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ([], "of-all-commands"),
        (["--guided"], "of-all-commands"),
        (["--config-file", "samconfig.local.toml"], "of-deploy"),
        (["--config-file=samconfig.local.toml", "--config-env", "staging"], "of-staging"),
        (["--config-file", "samconfig.local.toml", "--stack-name", "of-the-line"], "of-the-line"),
        (["--parameter-overrides", "Mode=refresh LogLevel=DEBUG", "--stack-name=of-the-line"], "of-the-line"),
        (["--config-env", "unknown"], None),
        (["--config-file", "missing.toml"], None),
        (["--config-file", "samconfig.yaml"], None),
    ],
)
def test_name_is_the_one_that_sam_deploy_uses(arguments: list[str], name: str | None, tmp_path: Path) -> None:
    (tmp_path / "samconfig.toml").write_text('[default.global.parameters]\nstack_name = "of-all-commands"\n')
    (tmp_path / "samconfig.local.toml").write_text(
        '[default.global.parameters]\nstack_name = "of-all-commands"\n'
        '[default.deploy.parameters]\nstack_name = "of-deploy"\n'
        '[staging.deploy.parameters]\nstack_name = "of-staging"\n'
    )
    (tmp_path / "samconfig.yaml").write_text("default: {deploy: {parameters: {stack_name: of-yaml}}}\n")

    assert named_stack(arguments, tmp_path) == name


def test_projects_own_settings_name_the_stack(root: Path) -> None:
    assert named_stack([], root) == "payment-refresh"


def test_make_deploy_looks_at_the_name_before_it_builds(root: Path) -> None:
    name = "x" * (LONGEST + 1)
    command = ["make", "deploy", "-o", "setup", f"ARGS=--stack-name {name}"]

    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 - our own command

    assert done.returncode != 0
    assert name in done.stderr
    assert "sam" not in done.stdout
