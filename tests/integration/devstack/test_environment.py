"""The environment of the launcher's children, and the message where a tool is missing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from devstack.environment import Tools, sam_environment, server_environment
from devstack.errors import SetupMissing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROGRAMS = (".venv/bin/python", ".venv-runtime/bin/python", ".venv-local-aws/bin/ministack", ".venv-sam/bin/sam")
USER: Mapping[str, str] = {
    "HOME": "/home/me",
    "PATH": "/my/bin",
    "PIP_INDEX_URL": "https://packages.example.com",
    "HTTPS_PROXY": "http://proxy.example.com",
    "AWS_PROFILE": "production",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "real",
    "LAMBDA_TASK_ROOT": "/x",
    "PAYREFRESH_CLIENT_SECRET": "real",
    "PYTHONPATH": "/x",
}


def _project(root: Path) -> Path:
    for program in (*PROGRAMS, ".venv-sam/bin/python3.13"):
        path = root / program
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o755)
    return root


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_missing_environment_is_named_in_one_line(tmp_path: Path, program: str) -> None:
    (_project(tmp_path) / program).unlink()

    with pytest.raises(SetupMissing) as missing:
        Tools.find(tmp_path)

    assert str(missing.value) == f"{program} is missing. Run `make setup` to install it."


def test_a_missing_python_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (_project(tmp_path) / ".venv-sam/bin/python3.13").unlink()
    monkeypatch.setenv("PATH", os.devnull)

    with pytest.raises(SetupMissing, match=r"^python3\.13 is not on the PATH"):
        Tools.find(tmp_path)


def test_a_server_knows_nothing_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in USER.items():
        monkeypatch.setenv(name, value)

    assert server_environment(tmp_path) == {
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "LANG": "C.UTF-8",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def test_sam_gets_what_installing_packages_needs_and_no_account(tmp_path: Path) -> None:
    environment = sam_environment(Tools.find(_project(tmp_path)), tmp_path, USER)

    assert environment["HOME"] == "/home/me"
    assert environment["PIP_INDEX_URL"] == "https://packages.example.com"
    assert environment["HTTPS_PROXY"] == "http://proxy.example.com"
    assert environment["PATH"].split(os.pathsep)[0] == str(tmp_path / ".venv-sam/bin")
    assert environment["AWS_SECRET_ACCESS_KEY"] == "test"
    assert environment["SAM_CLI_TELEMETRY"] == "0"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT", "PYTHONPATH"} & environment.keys()
    assert "real" not in environment.values()
