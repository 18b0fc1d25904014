"""``python -m sandbox``: serve a sandbox until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from dataclasses import replace
from pathlib import Path

from sandbox.config import Config
from sandbox.likeness import read_like
from sandbox.server import running

_STOPPING = {signal.SIGTERM, signal.SIGINT}


def main(arguments: list[str] | None = None) -> int:
    """Run until a signal asks it to stop; gives the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        config = Config(mode=options.mode or "live") if options.like is None else _like(options)
    except (OSError, ValueError) as error:
        parser.error(f"--like {options.like}: {error}")
    logging.basicConfig(
        filename=options.log_file,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # Blocked before the server's thread starts, so that it inherits the mask and sigwait below gets them.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    with running(config, port=options.port) as sandbox:
        if options.port_file is not None:
            _write(options.port_file, sandbox.url.rpartition(":")[2])
        print(f"sandbox {sandbox.organization} ({sandbox.mode}) at {sandbox.url}", flush=True)
        signal.sigwait(_STOPPING)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A Commerce Layer organization to develop and test against, on a loopback port. "
        "Its API is under /oauth/token and /api, its controls are under /_sandbox "
        "(health, credentials, switches, faults, orders, webhooks, scenario, truth, calls).",
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 (default) takes a free one")
    parser.add_argument("--port-file", type=Path, help="write the port here once requests are served")
    parser.add_argument("--log-file", type=Path, help="write the log here instead of to standard error")
    parser.add_argument(
        "--mode",
        choices=("live", "test"),
        help="mode of the credentials: live (default), or test, which has half the rate limits",
    )
    parser.add_argument(
        "--like",
        type=Path,
        metavar="FILE",
        help="behave like the organization that `payrefresh probe --json FILE` asked; its mode holds, too",
    )
    return parser


def _like(options: argparse.Namespace) -> Config:
    config = read_like(options.like)
    return config if options.mode is None else replace(config, mode=options.mode)


def _write(path: Path, text: str) -> None:
    """Write a file so that it is never seen half written."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text)
    partial.replace(path)


if __name__ == "__main__":
    sys.exit(main())
