"""The command line: every command, and the one place in which failures become lines and exit statuses."""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING, Annotated

import typer

from payment_refresh.errors import PaymentRefreshError
from payrefresh.commands import (
    acknowledge,
    audit,
    check,
    doctor,
    probe,
    redrive,
    report,
    setup,
    show,
    status,
    teardown,
)
from payrefresh.commands.list import list_
from payrefresh.errors import INTERRUPTED, NOT_ASKED, OK, Stopped
from payrefresh.terminal import failed

if TYPE_CHECKING:
    from collections.abc import Sequence

DEBUG = "PAYREFRESH_DEBUG"
"""Environment variable that, if set, shows where in the code a failure came from."""

app = typer.Typer(
    name="payrefresh",
    help=(
        "Find, refresh and explain the payments that Commerce Layer never heard of again.\n\n"
        "Exit status: 0 all is fine; 1 something is wrong there; 2 it could not be asked."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_DECIDE, _CONNECT, _OPERATE, _TELL = "Before you decide", "Connect a shop", "Operate it", "What it brought"
app.command(rich_help_panel=_DECIDE)(audit.audit)
app.command(rich_help_panel=_DECIDE)(probe.probe)
app.command(rich_help_panel=_CONNECT)(setup.setup)
app.command(rich_help_panel=_CONNECT)(doctor.doctor)
app.command(rich_help_panel=_CONNECT)(teardown.teardown)
app.command(rich_help_panel=_OPERATE)(status.status)
app.command("list", rich_help_panel=_OPERATE)(list_)
app.command(rich_help_panel=_OPERATE)(show.show)
app.command(rich_help_panel=_OPERATE)(check.check)
app.command(rich_help_panel=_OPERATE)(redrive.redrive)
app.command(rich_help_panel=_OPERATE)(acknowledge.acknowledge)
app.command(rich_help_panel=_TELL)(report.report)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"payrefresh {version('payment-refresh')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Read the options that stand before a command."""
    del version  # its callback has done all


def main(arguments: Sequence[str]) -> int:
    """Run a command; returns the exit status. Whatever fails is one line on standard error."""
    try:
        status = int(app(list(arguments), standalone_mode=False, prog_name="payrefresh") or OK)
        # Typer makes this status of a Ctrl-C, and says nothing.
        return _stopped() if status == INTERRUPTED else status
    except Stopped as error:
        failed(str(error))
        return INTERRUPTED
    except (typer.Abort, KeyboardInterrupt):
        return _stopped()
    except typer.TyperException as error:
        failed(f"{error.format_message()} (see `payrefresh --help`)")
        return error.exit_code
    except BrokenPipeError:
        # Whoever read the output has enough of it: nothing to say, and nowhere to say it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:
        if os.environ.get(DEBUG):
            traceback.print_exc()
        failed(_explained(error))
        return NOT_ASKED


def run() -> None:
    """Run the command line of this process, and end it."""
    sys.exit(main(sys.argv[1:]))


def _explained(error: Exception) -> str:
    """The line for a failure; boto3 and httpx are imported only now, for those that came from them."""
    from payrefresh.adapters.failures import explained

    known = explained(error)
    if known is not None:
        return str(known)
    kind = "" if isinstance(error, PaymentRefreshError) else f"{type(error).__name__}: "
    return f"this is a defect of payrefresh ({kind}{error}); set {DEBUG}=1 to see where, and report it"


def _stopped() -> int:
    failed("stopped; what was done until here stands")
    return INTERRUPTED
