"""Deploys the template to AWS with SAM CLI, as `make deploy` does."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payrefresh.errors import OperatorError, WrongInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

OWN_ENVIRONMENT = ".venv-sam/bin"
"""Where `make setup` puts SAM CLI, with the Python that it builds the layer with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamDeployer:
    """Implements the `Deployer` port of a setup.

    Attributes
    ----------
    folder
        The clone.
    config
        The configuration file, with all that SAM needs to know.
    asks
        Whether SAM asks before it executes the change set, which it shows.
    """

    folder: Path
    config: Path
    asks: bool

    def commands(self) -> Sequence[Sequence[str]]:
        """What is run, in the clone."""
        sam = self._sam()
        config = ["--config-file", str(self.config.resolve())]
        changes = ["--no-fail-on-empty-changeset", *(["--confirm-changeset"] if self.asks else _WITHOUT_ASKING)]
        return [[sam, "build", *config], [sam, "deploy", *config, *changes]]

    def plan(self, _name: str) -> Sequence[str]:
        lines = [f"run {shlex.join(command)}" for command in self.commands()]
        return [*lines, "SAM shows the change set" + (" and asks once more" if self.asks else "")]

    def unfinished(self, _name: str) -> Sequence[str]:
        return []

    def deploy(self, name: str, _parameters: Mapping[str, str]) -> Sequence[str]:
        for command in self.commands():
            # Its input and output are the person's, so that SAM's question is theirs to answer.
            ran = subprocess.run(command, cwd=self.folder, env=self._environment(), check=False)  # noqa: S603 - ours
            if ran.returncode:
                raise OperatorError(
                    f"`{shlex.join(command)}` failed with status {ran.returncode}: see its output above; correct "
                    "that, then run setup again"
                )
        return [f"deployed {name}"]

    def webhook_url(self, function_url: str) -> str:
        return function_url.rstrip("/")

    def _sam(self) -> str:
        own = self.folder / OWN_ENVIRONMENT / "sam"
        found = str(own) if own.exists() else shutil.which("sam")
        if found is None:
            raise WrongInput(
                "SAM CLI is neither on the PATH nor installed in the clone: run `make setup` in the clone"
            )
        return found

    def _environment(self) -> Mapping[str, str]:
        # SAM builds the layer in a scratch folder, where a version manager that selects `python3.13` by folder
        # fails; so SAM's own environment comes first.
        path = os.pathsep.join([str(self.folder / OWN_ENVIRONMENT), os.environ.get("PATH", os.defpath)])
        kept = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
        return kept | {"PATH": path, "SAM_CLI_TELEMETRY": "0"}


_WITHOUT_ASKING = ["--no-confirm-changeset"]
_NOT_PASSED_ON = {"PYTHON", "MAKEFLAGS", "PAYREFRESH_CLIENT_ID", "PAYREFRESH_CLIENT_SECRET"}
"""Variables that would change the build, or that nobody but setup has to know."""
