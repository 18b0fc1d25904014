"""`payrefresh probe`: what an organization's API really does, against what the code assumes of it."""

from __future__ import annotations

import json
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrefresh.commands.credentials import (
    ApiVersionOption,
    AuthUrlOption,
    BaseUrlOption,
    CredentialsOption,
    given_address,
    given_credentials,
)
from payrefresh.errors import OK, WrongInput
from payrefresh.options import DryRunOption  # noqa: TC001 - typer reads the annotations when it runs
from payrefresh.terminal import Progress, console, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from payrefresh.probe.findings import Finding, Report
    from payrefresh.probe.refreshing import Wanted

_WRITES = "What may be written"


def probe(
    credentials: CredentialsOption = None,
    base_url: BaseUrlOption = None,
    auth_url: AuthUrlOption = None,
    api_version: ApiVersionOption = "",
    refresh: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PAYMENT_ID[=STATE]",
            help="Refresh this payment, once, and watch its order; STATE (open, authorized, declined) is what you "
            "know of it from its gateway. May be given several times.",
            rich_help_panel=_WRITES,
        ),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Let --refresh work on live data.", rich_help_panel=_WRITES)
    ] = False,
    try_update: Annotated[
        bool,
        typer.Option(
            "--try-update",
            help="Send a refresh to an id that cannot exist, to see whether the role may.",
            rich_help_panel=_WRITES,
        ),
    ] = False,
    wait: Annotated[
        float, typer.Option(min=0, max=600, help="Seconds to wait for what a refresh should bring.")
    ] = 30,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write what was found as JSON; - for standard output."),
    ] = None,
    dry_run: DryRunOption = False,
) -> int:
    """Ask an organization's API what it really does, and hold it against what the code assumes.

    It reads only, unless --refresh or --try-update say otherwise. A sandbox takes the file
    that --json writes (python -m sandbox --like FILE), and behaves like this organization.

    Example: payrefresh probe --credentials test.json --json probe.json
    """
    from payrefresh.adapters.commerce_layer import AUTH_URL, open_organization
    from payrefresh.adapters.probing import LayerQueries, ProbedApi
    from payrefresh.probe.asking import Probe
    from payrefresh.probe.findings import Report
    from payrefresh.probe.questions import QUESTIONS, ask_all
    from payrefresh.probe.refreshing import Refreshing, Wanted

    payments = [Wanted.parse(each) for each in refresh or ()]
    address = given_address(auth_url=auth_url, base_url=base_url, api_version=api_version)
    if dry_run:
        _print_plan([each.name for each in QUESTIONS], payments, try_update=try_update)
        return OK
    if json_file is not None and not json_file.parent.is_dir():
        raise WrongInput(f"--json {json_file}: there is no folder {json_file.parent}")
    organization = open_organization(
        given_credentials(credentials),
        auth_url=address.auth_url or AUTH_URL,
        base_url=address.base_url,
        api_version=address.api_version,
    )
    with closing(organization.transport.http):
        if payments and organization.mode != "test" and not live:
            raise WrongInput(
                f"these are {organization.mode} credentials of {organization.slug}: "
                "--refresh needs test ones, or --live"
            )
        api = ProbedApi(organization)
        asking = Probe(api=api, queries=LayerQueries(), mode=organization.mode, updates=try_update)
        refreshing = Refreshing(probe=asking, clock=time.monotonic, sleep=time.sleep, longest=wait)
        with Progress().during(f"asking {organization.slug}") as so_far:
            findings = list(ask_all(asking, refreshing, payments, so_far))
    report = Report(
        organization=organization.slug,
        mode=organization.mode,
        api_version=api.version,
        asked_at=datetime.now(UTC).isoformat(timespec="seconds"),
        findings=findings,
    )
    _write(report, json_file)
    return report.exit_status


def _print_plan(questions: Sequence[str], payments: Sequence[Wanted], *, try_update: bool) -> None:
    out = console()
    out.print(f"It would ask, reading only: {', '.join(questions)}.")
    if try_update:
        out.print("It would send one refresh to an id that cannot exist.")
    for each in payments:
        out.print(f"It would refresh {each.id} once, and watch its order.")
    out.print("Nothing was asked.")


def _write(report: Report, json_file: Path | None) -> None:
    """Print the JSON alone, or the table, and the JSON into its file."""
    from payrefresh.probe.document import to_document

    document = to_document(report)
    if json_file == Path("-"):
        print_json(document)
        return
    _print_table(report)
    if json_file is not None:
        json_file.write_text(json.dumps(document, indent=2) + "\n")
        console().print(f"Written to {json_file}; try it with: python -m sandbox --like {json_file}")


def _print_table(report: Report) -> None:
    from payrefresh.probe.findings import Verdict

    out = console()
    version = report.api_version or "none in the paths"
    out.print(f"{report.organization}, {report.mode} mode; version of the API: {version}")
    for subject in dict.fromkeys(each.subject for each in report.findings):
        out.print(f"\nRefresh of {subject}\n" if subject else "")
        out.print(_table([each for each in report.findings if each.subject == subject]), soft_wrap=False)
    counts = ", ".join(f"{len(report.having(verdict))} {verdict}" for verdict in Verdict if report.having(verdict))
    out.print(f"\n{counts}.")


def _table(findings: Sequence[Finding]) -> Table:
    from rich.table import Table
    from rich.text import Text

    from payrefresh.probe.findings import Verdict

    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0), expand=True)
    table.add_column("Verdict", no_wrap=True, min_width=max(map(len, Verdict)))
    for name, ratio in (("Assumed", 5), ("Found", 4), ("Meaning", 4)):
        table.add_column(name, ratio=ratio, overflow="fold")
    styles = {Verdict.DIFFERS: "bold red", Verdict.UNASKED: "yellow"}
    for each in findings:
        verdict = Text(each.verdict, style=styles.get(each.verdict, ""))
        table.add_row(verdict, *(Text(text) for text in (each.assumed, each.found, each.meaning)))
    return table
