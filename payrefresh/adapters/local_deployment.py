"""Deploys to a local AWS with the launcher of the repository, which only a clone has."""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from payrefresh.adapters.aws import region
from payrefresh.errors import OperatorError, WrongInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from payrefresh.setup.ports import Deployer

LOOPBACK = ("127.0.0.1", "localhost")
MARKS = ("template.yaml", "layers/core/payment_refresh", "devstack")
"""What a clone of the repository has."""


def local_endpoint() -> str | None:
    """The endpoint of a local AWS, if AWS is to be called there; None for AWS itself."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    return endpoint.rstrip("/") if urlsplit(endpoint).hostname in LOOPBACK else None


def find_clone(start: Path, package: Path = Path(__file__)) -> Path:
    """The clone that a folder is in, or that this package is run from.

    Parameters
    ----------
    package
        This module.

    Raises
    ------
    WrongInput
        Neither is in a clone.
    """
    for folder in (start, *start.parents, package.resolve().parents[2]):
        if all((folder / mark).exists() for mark in MARKS):
            return folder
    raise WrongInput(
        "setup deploys from a clone of the repository, and this folder is in none: clone it, then run setup there"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalDeployment:
    """Implements the `Deployer` port of a setup: passes all on to the clone's own deployer.

    Attributes
    ----------
    show
        Shown what the change set changes.
    agrees
        Asks whether it is to be executed.
    """

    clone: Path
    endpoint: str
    show: Callable[[Sequence[str]], None]
    agrees: Callable[[], bool]

    def plan(self, name: str) -> Sequence[str]:
        return self._deployer().plan(name)

    def unfinished(self, name: str) -> Sequence[str]:
        return self._deployer().unfinished(name)

    def deploy(self, name: str, parameters: Mapping[str, str]) -> Sequence[str]:
        errors = self._module("devstack.errors")
        try:
            return self._deployer().deploy(name, parameters)
        except errors.LauncherError as error:
            details = "; ".join(error.details[-3:])
            raise OperatorError(f"{error}{' ' if details else ''}{details}; then run setup again") from error

    def webhook_url(self, function_url: str) -> str:
        return str(module_of(self.clone, "devstack.deployment").local_url(self.endpoint, function_url))

    def _deployer(self) -> Deployer:
        environment = self._module("devstack.environment")
        if region() != environment.REGION:
            raise WrongInput(
                f"the local AWS is in {environment.REGION}, not in {region()}: set AWS_REGION to that"
            )
        progress = self._module("devstack.progress").Progress(_standard_error())
        made = self._module("devstack.local_deployer").LocalDeployer(
            endpoint=self.endpoint, show=self.show, agrees=self.agrees, progress=progress
        )
        return cast("Deployer", made)

    def _module(self, name: str) -> Any:
        return module_of(self.clone, name)


def module_of(clone: Path, name: str) -> Any:
    """Import a module of the clone, which is not part of what is installed."""
    if str(clone) not in sys.path:
        sys.path.append(str(clone))
    return importlib.import_module(name)


def webhook_address(function_url: str, start: Path) -> str:
    """The address at which webhooks reach a Function URL: on a local AWS, what the clone's launcher says.

    Raises
    ------
    WrongInput
        AWS is local, and the folder is in no clone.
    """
    endpoint = local_endpoint()
    if endpoint is None:
        return function_url.rstrip("/")
    return str(module_of(find_clone(start), "devstack.deployment").local_url(endpoint, function_url))


def _standard_error() -> object:
    from rich.console import Console

    return Console(stderr=True, highlight=False)
