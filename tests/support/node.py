"""Node.js, for tests that run JavaScript: packages are installed beside its lock, by that."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NEEDED = "Node.js 20 or newer with npm is needed for this test (https://nodejs.org)"


def run(command: list[str], folder: Path, *, seconds: int, given: str = "", **environment: str) -> str:
    """Run a command in a folder, and return what it printed; what else it printed says why it failed."""
    done = subprocess.run(  # noqa: S603 - our own commands
        command,
        cwd=folder,
        env=os.environ | environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def with_packages(folder: Path) -> str:
    """Give the path of node, with the packages of the folder's lock installed there.

    Without Node.js the test is skipped; in CI it fails.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NEEDED, pytrace=False)
        pytest.skip(f"NOT RUN: {NEEDED}")
    lock = folder / "package-lock.json"
    # What npm writes when it installs: older than the lock means that the lock changed since.
    installed = folder / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder, seconds=300)
        installed.touch()
    return node
