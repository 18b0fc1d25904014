"""`payrefresh doctor`: examines a stack and its organization, and says what to do about what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from payrefresh.doctor.findings import State, exit_status, not_asked
from payrefresh.options import DEFAULT_STACK, JsonOption, ProfileOption, RegionOption, StackOption
from payrefresh.terminal import Progress, console, failed, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payrefresh.doctor.findings import Finding

STYLES = {State.FINE: "green", State.WRONG: "bold red", State.NOT_ASKED: "yellow"}


def doctor(
    stack: StackOption = DEFAULT_STACK,
    region: RegionOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> int:
    """Examine a stack and its organization: what is wrong, and the command that mends it.

    Nothing is changed. Exit status: 0 all is fine; 1 something is wrong; 2 not all of it could be asked.

    Example: payrefresh doctor --stack payment-refresh
    """
    from payrefresh.adapters.aws import connect
    from payrefresh.adapters.doctor.wiring import examine_stack
    from payrefresh.adapters.stack import find_stack

    connect(profile=profile, region=region)
    with Progress().during("examining") as so_far:
        findings = examine_stack(find_stack(stack), so_far=so_far)
    if as_json:
        print_json({"stack": stack, "checks": [finding.as_json() for finding in findings]})
    else:
        print_findings(findings)
    reasons = dict.fromkeys(finding.found for finding in not_asked(findings) if not finding.waits_for)
    if reasons:
        failed(f"{len(not_asked(findings))} of {len(findings)} checks could not be asked: {'; '.join(reasons)}")
    return exit_status(findings)


def print_findings(findings: Sequence[Finding]) -> None:
    """Print the table, then the remedies with their commands, then a verdict in one line."""
    out = console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("check", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("found", overflow="fold")
    for finding in findings:
        table.add_row(finding.name, Text(finding.state, style=STYLES[finding.state]), Text(finding.found))
    with out.capture() as printed:
        out.print(table)
    for line in printed.get().splitlines():
        out.file.write(f"{line.rstrip()}\n")  # the table fills its last column with spaces
    wrong = [finding for finding in findings if finding.state is State.WRONG]
    for finding in wrong:
        out.print(f"\n[bold]{finding.name}[/bold]:", Text(finding.remedy))
        for command in finding.commands:
            out.print(Text(f"  {command}"))
    out.print(f"\n{_verdict(len(wrong), len(not_asked(findings)))}")


def _verdict(wrong: int, unasked: int) -> str:
    if wrong:
        return (
            "1 thing is wrong; the remedy is above"
            if wrong == 1
            else f"{wrong} things are wrong; the remedies are above"
        )
    return f"nothing is wrong of what could be asked; {unasked} could not" if unasked else "all is fine"
