"""``python -m tests.docs.console``: runs the console blocks of all pages; ``--update`` writes what they print."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from devstack.errors import LauncherError
from tests.docs.console.pages import PagesRun, pages, rewritten
from tests.docs.console.stage import stage

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Run it; the exit code is 0 if every command printed what its page says."""
    parser = argparse.ArgumentParser(prog="python -m tests.docs.console", description=__doc__)
    parser.add_argument("--update", action="store_true", help="write into the pages what the commands print now")
    options = parser.parse_args(arguments)
    texts = pages()
    try:
        with stage() as shell:
            run = PagesRun(shell.run, say=lambda line: print(line, flush=True))
            run.play(texts)
    except LauncherError as error:
        print(error, *error.details, sep="\n", file=sys.stderr)
        return 2
    for failure in run.failures:
        print(f"\n{failure}", flush=True)
    if options.update:
        for page, outputs in run.outputs.items():
            page.write_text(rewritten(texts[page], outputs))
    return int(bool(run.failures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
