"""Every command of `payrefresh` as tests call it: data. A command that is not there yet is left out by itself."""

from __future__ import annotations

from dataclasses import dataclass

import typer.main

from payrefresh.cli import app


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One command.

    Attributes
    ----------
    runs
        Arguments of runs that together make every call that the command can make, but for long ones. What stands
        in braces is filled in: see `Scene`.
    wrong_id
        Arguments that name something that cannot be there; None where the command takes no such name.
    asks_aws
        Whether it asks AWS at all; else it asks Commerce Layer alone.
    degrades
        Whether it goes on where it may not ask for something, and says so among its findings.
    """

    runs: tuple[tuple[str, ...], ...]
    wrong_id: tuple[str, ...] | None = None
    asks_aws: bool = True
    degrades: bool = False


_API = ("--credentials", "{credentials}", "--base-url", "{api}", "--auth-url", "{auth}")

INVOCATIONS = {
    "audit": Invocation(
        runs=(("--since", "1d", "--state", "{folder}/audit.json", *_API),),
        asks_aws=False,
    ),
    "setup": Invocation(
        runs=(("--plan", "--credentials", "{credentials}", "--base-url", "{api}", "--auth-url", "{auth}"),),
        degrades=True,
    ),
    "teardown": Invocation(runs=(("--dry-run",),)),
    "doctor": Invocation(runs=((),), degrades=True),
    "probe": Invocation(runs=(_API,), wrong_id=("--refresh", "a b", *_API), asks_aws=False),
    "status": Invocation(runs=((),), degrades=True),
    "list": Invocation(runs=((),)),
    "show": Invocation(runs=(("pay-open",), ("order-open",)), wrong_id=("a b",)),
    "check": Invocation(runs=(("pay-open", "order-open", "--no-wait"),), wrong_id=("4711",)),
    "redrive": Invocation(runs=(("--dry-run",), ("--wait", "0")), wrong_id=("4711",)),
    "acknowledge": Invocation(
        runs=(("order-acknowledged", "--note", "x"), ("pay-stuck", "--note", "x", "--wait", "0")),
        wrong_id=("4711", "--note", "x"),
    ),
    "report": Invocation(runs=(("--since", "1d"),)),
}
"""By the command's name. A new command needs one line here, and its rights in ``docs/operator-policy.json``."""


def registered() -> list[str]:
    """The names of the commands that there are."""
    group = typer.main.get_command(app)
    return sorted(getattr(group, "commands", {}))
