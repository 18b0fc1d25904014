"""The workflow of the repository's host: our own script and pinned actions, with no right to write."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    """The one workflow."""
    (path,) = (ROOT / ".github/workflows").iterdir()
    read: dict[str, Any] = yaml.safe_load(path.read_text())
    return read


@pytest.fixture(scope="module")
def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of all its jobs."""
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_workflow_has_no_right_but_to_read_contents(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in workflow["jobs"].values())


def test_every_action_is_pinned_by_commit(steps: list[dict[str, Any]]) -> None:
    used = [step["uses"] for step in steps if "uses" in step]

    assert used
    assert [action for action in used if not re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action)] == []


def test_workflow_runs_the_script_and_nothing_else(steps: list[dict[str, Any]]) -> None:
    assert [step["run"] for step in steps if "run" in step] == [".ci/run"]
