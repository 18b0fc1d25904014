"""`make build` where a version manager finds `python3.13` by the folder, or where no Python is on the PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PYTHON = Path(sys.executable).resolve()
ENVIRONMENTS = (".venv", ".venv-runtime", ".venv-local-aws", ".venv-sam")
LONG_AGO = (0, 0)
"""Modified before any environment was installed, so that `make setup` finds nothing to do."""

BY_FOLDER = f"""#!/bin/sh
case "$PWD/" in
  "$PROJECT"/*) exec {PYTHON} "$@" ;;
  *) echo "python3.13: no version is set in $PWD" >&2; exit 127 ;;
esac
"""
"""Knows Python 3.13 inside the project only; SAM builds the layer elsewhere."""

TELLS_PYENV_VERSION = """#!/bin/sh
echo "PYENV_VERSION=$PYENV_VERSION"
exit 1
"""


@pytest.fixture
def project(root: Path, tmp_path: Path) -> Path:
    """A copy of what a commit would hold, which shares the installed environments."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=root, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own command
    copy = tmp_path / "project"
    for name in filter(None, names.split("\0")):
        if (root / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, copy / name)
    for source in (*copy.glob("requirements/*.txt"), copy / "pyproject.toml"):
        os.utime(source, LONG_AGO)
    for environment in ENVIRONMENTS:
        (copy / environment).symlink_to(root / environment)
    return copy


def test_build_with_python_found_by_folder_makes_layer_and_functions(project: Path, tmp_path: Path) -> None:
    folder = program(tmp_path / "shims", BY_FOLDER)
    # pip refuses to run outside of a virtual environment where the user configured it so.
    user = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "PIP_REQUIRE_VIRTUALENV": "1"}

    done = make_build(project, user)

    assert done.returncode == 0, done.stdout + done.stderr
    assert is_built(project)


def test_build_with_python_named_and_none_on_path_makes_layer_and_functions(project: Path, tmp_path: Path) -> None:
    path = path_without_python(tmp_path / "programs")

    done = make_build(project, {"PATH": path}, f"PYTHON={PYTHON}")

    assert done.returncode == 0, done.stdout + done.stderr
    assert is_built(project)


def test_layer_built_by_sam_alone_asks_pyenv_for_python_3_13(root: Path, tmp_path: Path) -> None:
    folder = program(tmp_path / "shims", TELLS_PYENV_VERSION)
    user = inherited() | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    command = ["make", "-f", str(root / "layers/core/Makefile"), "build-CoreLayer", f"ARTIFACTS_DIR={tmp_path}"]

    done = subprocess.run(command, cwd=tmp_path, env=user, capture_output=True, text=True, check=False)  # noqa: S603 - our own command

    assert "PYENV_VERSION=3.13\n" in done.stdout


def program(folder: Path, text: str) -> Path:
    """Write a `python3.13` into a new folder, and return the folder."""
    folder.mkdir()
    (folder / "python3.13").write_text(text)
    (folder / "python3.13").chmod(0o755)
    return folder


def path_without_python(folder: Path) -> str:
    """Return the PATH with all its programs but Python's; links below `folder` stand in for its neighbours."""
    kept = []
    for number, name in enumerate(os.environ["PATH"].split(os.pathsep)):
        if any(Path(name).glob("python*")):
            links = folder / str(number)
            links.mkdir(parents=True)
            for neighbour in Path(name).iterdir():
                if not neighbour.name.startswith("python"):
                    (links / neighbour.name).symlink_to(neighbour)
            kept.append(str(links))
        else:
            kept.append(name)
    return os.pathsep.join(kept)


def inherited() -> dict[str, str]:
    """Return our environment, less what a `make test` around this, and its choice of Python, put into it."""
    ours = ("MAKE", "MFLAGS", "PYTHON", "PYENV_VERSION")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def make_build(project: Path, user: dict[str, str], *variables: str) -> subprocess.CompletedProcess[str]:
    """Run `make build` less the template's validation, which `test_sam_cli` has."""
    environment = inherited() | {"PROJECT": str(project)} | user
    command = ["make", "build", "-o", "validate", *variables]
    return subprocess.run(  # noqa: S603 - our own command
        command, cwd=project, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def is_built(project: Path) -> bool:
    """Whether the layer is there with its bytecode, and each function with its code."""
    built = project / ".aws-sam/build"
    functions = [folder.parent.name for folder in built.glob("*/app.py")]
    return (
        any(built.glob("CoreLayer/python/payment_refresh/__pycache__/*.cpython-313.pyc"))
        and any(built.glob("CoreLayer/python/httpx/__pycache__/*.cpython-313.pyc"))
        and sorted(functions) == ["Digest", "Discover", "OrderEvents", "Refresh", "Sweep"]
    )
