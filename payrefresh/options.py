"""Options that several commands have, each with one name and one explanation."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

DEFAULT_STACK = "payment-refresh"
"""The stack's name in ``samconfig.toml``."""


class Format(StrEnum):
    """How a command prints what it read."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


_AWS, OUTPUT = "Where", "Output"
"""Titles under which help lists options."""

StackOption = Annotated[
    str, typer.Option("--stack", envvar="PAYREFRESH_STACK", help="Name of the stack.", rich_help_panel=_AWS)
]
RegionOption = Annotated[
    str | None,
    typer.Option("--region", help="AWS region; by default as the AWS CLI's.", rich_help_panel=_AWS),
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", help="AWS profile; by default as the AWS CLI's.", rich_help_panel=_AWS),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.", rich_help_panel=OUTPUT)]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.", rich_help_panel=OUTPUT)
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before acting.", rich_help_panel=OUTPUT)]
