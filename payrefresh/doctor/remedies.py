"""Commands that remedies name, for the stack that is examined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payrefresh.doctor.ports import Deployed

DEPLOY = 'make deploy ARGS="--config-file samconfig.local.toml"'
"""Deploys the parameters of the file that they are kept in."""

CHANGE_FILE = "change samconfig.local.toml, then deploy it again"


def setup(deployed: Deployed) -> str:
    """Set up again: whatever is right already stays as it is."""
    return f"payrefresh setup --stack {deployed.name} --region {deployed.region}"


def payrefresh(command: str, deployed: Deployed) -> str:
    """Another command of this program."""
    return f"payrefresh {command} --stack {deployed.name} --region {deployed.region}"


def logs(function: str, deployed: Deployed) -> str:
    """Show what a function logged in the last hour."""
    return f"aws logs tail /aws/lambda/{deployed.name}-{function} --since 1h --region {deployed.region}"


def put_secret(arn: str, deployed: Deployed) -> str:
    """Store a secret from a file, so that no shell's history keeps it."""
    return (
        f"aws secretsmanager put-secret-value --secret-id {arn} --secret-string file://secret.json "
        f"--region {deployed.region}"
    )


def parameter(name: str) -> str:
    """Name a parameter of the template as it names its setting: ``GiveUpAfter`` is ``GIVE_UP_AFTER``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()


def in_parameters(text: str, names: Iterable[str]) -> str:
    """Say the parameters' own names in a text about settings."""
    known = {parameter(name): name for name in names}
    return re.sub(r"\b[A-Z][A-Z_]+[A-Z]\b", lambda match: known.get(match[0], match[0]), text)


def some(names: Iterable[str], most: int = 4) -> str:
    """Name some things, and say how many more there are."""
    listed = list(names)
    more = len(listed) - most
    return ", ".join(listed) if more <= 0 else f"{', '.join(listed[:most])} and {more} more"


def ago(seconds: float) -> str:
    """Say a length of time in its largest unit: ``40 s``, ``12 min``, ``5 h``, ``3 d``."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0, seconds):.0f} s"
