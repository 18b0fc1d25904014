"""The tools that the launcher starts, and the little of the user's environment that each of them sees."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devstack.errors import SetupMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
REGION = "us-east-1"
ACCESS_KEY = "test"
"""Key and secret of the emulator's administrator: it accepts nothing else, and they open nothing anywhere else."""

_NO_AWS_ACCOUNT = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
# What pip, which `sam build` calls, needs to reach a package index as the user has it set up.
_INSTALLING = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@dataclass(frozen=True, slots=True)
class Tools:
    """The project's folder and the programs of its four environments."""

    root: Path
    python: Path
    runtime_python: Path
    ministack: Path
    sam: Path

    @classmethod
    def find(cls, root: Path = ROOT) -> Tools:
        """Return the tools below `root`; raise `SetupMissing` naming the first that is not there."""
        tools = cls(
            root=root,
            python=root / ".venv/bin/python",
            runtime_python=root / ".venv-runtime/bin/python",
            ministack=root / ".venv-local-aws/bin/ministack",
            sam=root / ".venv-sam/bin/sam",
        )
        for program in (tools.python, tools.runtime_python, tools.ministack, tools.sam):
            if not program.exists():
                raise SetupMissing(f"{program.relative_to(root)} is missing. Run `make setup` to install it.")
        if shutil.which("python3.13", path=tools.search_path()) is None:
            message = (
                "python3.13 is not on the PATH, and `sam build` needs it. Install Python 3.13, then `make setup`."
            )
            raise SetupMissing(message)
        return tools

    def search_path(self) -> str:
        """Return the PATH for `sam build`. Its own environment comes first, with the python3.13 it was made of."""
        return os.pathsep.join([str(self.sam.parent), os.environ.get("PATH", os.defpath)])


def server_environment(temp: Path) -> dict[str, str]:
    """Return the environment of a server that is to know nothing of the user; `temp` is its home and TMPDIR."""
    # The functions inherit it from the local AWS, and their bootstrap needs a shell on the PATH.
    return {"PATH": os.defpath, "HOME": str(temp), "TMPDIR": str(temp), "LANG": "C.UTF-8", **_NO_AWS_ACCOUNT}


def sam_environment(tools: Tools, temp: Path, user: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment of `sam`: the user's settings for installing packages, and no AWS account."""
    kept = {
        name: value
        for name, value in user.items()
        if name in _INSTALLING or name.startswith("PIP_") or name.lower() in _PROXIES
    }
    own = {
        "PATH": tools.search_path(),
        "TMPDIR": str(temp),
        "LANG": "C.UTF-8",
        "SAM_CLI_TELEMETRY": "0",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_DEFAULT_REGION": REGION,
        **_NO_AWS_ACCOUNT,
    }
    return kept | own
