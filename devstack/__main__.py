"""The entry point, `python -m devstack`: parses, runs, turns errors and signals into messages and exit codes."""

from __future__ import annotations

import os
import sys

from rich.console import Console

from devstack.empty_servers import run_empty
from devstack.errors import Interrupted, LauncherError
from devstack.local_command import run_local
from devstack.options import EmptyOptions, parse
from devstack.progress import Progress
from devstack.signals import stop_signals_raise


def main() -> int:
    """Run the command line and return the exit status."""
    progress, errors = Progress(Console()), Progress(Console(stderr=True))
    try:
        with stop_signals_raise():
            options = parse(sys.argv[1:], os.environ)
            if isinstance(options, EmptyOptions):
                return run_empty(options, progress)
            return run_local(options, progress)
    except LauncherError as error:
        errors.say(f"devstack: {error}", *(f"    {line}" for line in error.details))
        return 2
    except Interrupted as interrupted:
        errors.say(f"devstack: stopped by {interrupted}, everything is cleaned up")
        return 128 + interrupted.number


if __name__ == "__main__":
    sys.exit(main())
