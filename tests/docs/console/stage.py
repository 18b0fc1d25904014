"""The stage of the blocks: an empty local AWS, a sandbox, and a folder that looks like a fresh clone."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from devstack.environment import ROOT
from devstack.processes import running
from tests.docs.console.shell import bash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.docs.console.shell import Shell

ENV_FILE = "build/local.env"
_LEFT_OUT = (".git", ".aws-sam", "build", "samconfig.local*", "payrefresh-*")
"""What is no part of a fresh clone, but may be in this one: above all, what the commands write at its root."""
_READY_WITHIN_S = 60.0


@contextmanager
def stage() -> Iterator[Shell]:
    """Do what the page asks for in another terminal, `make local`, and open a shell for the commands."""
    with tempfile.TemporaryDirectory(prefix="clone-") as folder:
        temp = Path(folder).resolve()
        clone, home = temp / "payment-refresh", temp / "home"
        home.mkdir()
        _clone(clone)
        environment = _environment(home)
        command: list[str | Path] = [
            ROOT / ".venv/bin/python",
            "-m",
            "devstack",
            "empty",
            "--env-file",
            clone / ENV_FILE,
        ]
        imports = {"PYTHONPATH": os.pathsep.join((str(ROOT / "layers/core"), str(ROOT)))}
        with running("make local", command, env=environment | imports, cwd=ROOT, log=temp / "local.log") as local:
            local.wait_until((clone / ENV_FILE).exists, _READY_WITHIN_S)
            with bash(environment | imports, clone) as shell:
                yield shell


def _clone(folder: Path) -> None:
    """Make a folder with all of the repository in it, whose own files are not those of the repository."""
    folder.mkdir()
    for entry in ROOT.iterdir():
        if not any(fnmatch(entry.name, pattern) for pattern in _LEFT_OUT):
            (folder / entry.name).symlink_to(entry)
    (folder / "build").mkdir()


def _environment(home: Path) -> dict[str, str]:
    """Return all that the commands see of this machine: nothing of the user's AWS."""
    return {
        "PATH": os.pathsep.join((str(ROOT / ".venv/bin"), os.environ.get("PATH", os.defpath))),
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
