"""The commands of the documentation, in the order of its pages on one local stack, print what the pages say."""

from __future__ import annotations

from tests.docs.console.pages import PagesRun, pages
from tests.docs.console.stage import stage


def test_console_blocks_of_all_pages_print_what_the_pages_say() -> None:
    with stage() as shell:
        run = PagesRun(shell.run)
        run.play(pages())

    failures = "\n\n".join(map(str, run.failures))
    assert not failures, f"{failures}\n\nIf that is right: python -m tests.docs.console --update"
    assert run.outputs, "no block was run"
