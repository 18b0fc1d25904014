"""Deploying to AWS: what is run, seen by a program that stands in for SAM CLI."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from payrefresh.adapters.sam import SamDeployer
from payrefresh.errors import OperatorError, WrongInput

if TYPE_CHECKING:
    from pathlib import Path

FAKE = """#!{python}
import json, os, pathlib, sys
log = pathlib.Path(os.environ["FAKE_SAM_LOG"])
names = ("PATH", "SAM_CLI_TELEMETRY", "PAYREFRESH_CLIENT_SECRET", "MAKEFLAGS", "AWS_PROFILE")
ran = {{"arguments": sys.argv[1:], "cwd": os.getcwd(), "environment": {{n: os.environ.get(n) for n in names}}}}
log.write_text(log.read_text() + json.dumps(ran) + "\\n")
sys.exit(int(os.environ.get("FAKE_SAM_STATUS", "0")))
"""


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of a clone, and a `sam` on the PATH that writes down how it is run."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "sam").write_text(FAKE.format(python=sys.executable))
    (programs / "sam").chmod(0o755)
    (tmp_path / "runs.jsonl").touch()
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_SAM_LOG", str(tmp_path / "runs.jsonl"))
    monkeypatch.setenv("PAYREFRESH_CLIENT_SECRET", "not for SAM")
    monkeypatch.setenv("MAKEFLAGS", "-j4")
    monkeypatch.setenv("AWS_PROFILE", "shop")
    return tmp_path


def _deployer(clone: Path, *, asks: bool = True) -> SamDeployer:
    return SamDeployer(folder=clone, config=clone / "samconfig.local.toml", asks=asks)


def _runs(clone: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (clone / "runs.jsonl").read_text().splitlines()]


def test_deployment_builds_and_deploys_in_the_clone_with_the_configuration_file(clone: Path) -> None:
    assert _deployer(clone).deploy("shop", {"Mode": "observe"}) == ["deployed shop"]

    config = ["--config-file", str(clone / "samconfig.local.toml")]
    runs = _runs(clone)
    assert [run["arguments"] for run in runs] == [
        ["build", *config],
        ["deploy", *config, "--no-fail-on-empty-changeset", "--confirm-changeset"],
    ]
    assert {run["cwd"] for run in runs} == {str(clone)}


def test_deployment_that_was_agreed_to_beforehand_does_not_let_sam_ask(clone: Path) -> None:
    _deployer(clone, asks=False).deploy("shop", {})

    assert "--no-confirm-changeset" in str(_runs(clone)[1]["arguments"])
    assert "asks once more" not in _deployer(clone, asks=False).plan("shop")[-1]
    assert "asks once more" in _deployer(clone).plan("shop")[-1]


def test_sam_gets_the_persons_aws_profile_and_no_credentials_of_commerce_layer(clone: Path) -> None:
    _deployer(clone).deploy("shop", {})

    environment = _runs(clone)[0]["environment"]
    assert isinstance(environment, dict)
    assert environment["AWS_PROFILE"] == "shop"
    assert environment["SAM_CLI_TELEMETRY"] == "0"
    assert (environment["PAYREFRESH_CLIENT_SECRET"], environment["MAKEFLAGS"]) == (None, None)
    # The Python of SAM's own environment comes first: a version manager's fails in SAM's scratch folder.
    assert environment["PATH"].startswith(f"{clone / '.venv-sam/bin'}{os.pathsep}")


def test_build_that_fails_is_not_deployed_and_named(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_SAM_STATUS", "3")

    with pytest.raises(OperatorError, match=r"sam build .*failed with status 3: see its output above"):
        _deployer(clone).deploy("shop", {})

    assert len(_runs(clone)) == 1


def test_without_sam_it_is_said_how_to_get_it(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(clone))

    with pytest.raises(WrongInput, match="run `make setup` in the clone"):
        _deployer(clone).plan("shop")


def test_sam_of_the_clone_is_preferred_to_the_one_on_the_path(clone: Path) -> None:
    own = clone / ".venv-sam/bin/sam"
    own.parent.mkdir(parents=True)
    own.touch()

    assert _deployer(clone).commands()[0][0] == str(own)


def test_webhooks_lead_to_the_function_url_itself(clone: Path) -> None:
    assert _deployer(clone).webhook_url("https://a.lambda-url.eu-west-1.on.aws/") == (
        "https://a.lambda-url.eu-west-1.on.aws"
    )
    assert _deployer(clone).unfinished("shop") == []
