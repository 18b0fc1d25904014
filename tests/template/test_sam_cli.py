"""SAM CLI itself takes the template, as anyone who deploys will see."""

from __future__ import annotations

import os
import subprocess
import tomllib
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def sam(root: Path) -> str:
    """Path of the SAM CLI: ``PAYREFRESH_SAM``, else the project's own environment."""
    path = Path(os.environ.get("PAYREFRESH_SAM") or root / ".venv-sam/bin/sam")
    if not path.is_file():
        pytest.fail(
            f"SAM CLI not found at {path}: run `make test`, or set PAYREFRESH_SAM to your own", pytrace=False
        )
    return str(path)


@pytest.mark.parametrize("options", [[], ["--lint"]], ids=["transform", "lint"])
def test_sam_validate(sam: str, root: Path, tmp_path: Path, options: list[str]) -> None:
    """Both: the linter misses unknown SAM policies, the transform nearly everything else."""
    offline = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),  # none of this machine's credentials or settings
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
    }
    command = [sam, "validate", *options]
    done = subprocess.run(command, cwd=root, env=offline, capture_output=True, text=True, timeout=300, check=False)  # noqa: S603 - our own command
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is a valid SAM Template" in done.stdout


def test_samconfig_leaves_both_ways_of_validating(root: Path) -> None:
    """With ``lint`` set there, `sam validate` would never run the transform."""
    config = tomllib.loads((root / "samconfig.toml").read_text())["default"]
    assert "validate" not in config
    assert config["deploy"]["parameters"]["capabilities"] == "CAPABILITY_IAM"
    assert config["deploy"]["parameters"]["confirm_changeset"] is True
    assert config["deploy"]["parameters"]["resolve_s3"] is True
    assert config["build"]["parameters"] == {"cached": True, "parallel": True}
