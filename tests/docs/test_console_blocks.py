"""Console blocks of a page: found, read, and renewed after a run."""

from __future__ import annotations

import pytest

from tests.docs.console.blocks import Block, UnreadableBlock, read_blocks
from tests.docs.console.pages import rewritten

PAGE = """\
# A page

```sh
$ not run
```

1. In a list:
   <!-- varies: \\d+ calls -->
   ```console
   $ first \\
       --option
   one
     two

   $ second
   ```

<!-- aws: the local AWS has no mail -->
```console aws
$ cat > file <<'END'
$ text
END
$ third
out
```
"""


def blocks() -> list[Block]:
    return read_blocks(PAGE)


def test_only_blocks_that_are_marked_console_are_read() -> None:
    assert [(block.line, block.for_aws, block.indent) for block in blocks()] == [(9, False, "   "), (19, True, "")]


def test_command_goes_on_after_a_backslash_and_its_output_follows() -> None:
    first, second = blocks()[0].commands

    assert first.text == "first \\\n    --option"
    assert first.printed == ("one", "  two", "")
    assert (first.line, second.line) == (10, 15)
    assert (second.text, second.printed) == ("second", ())


def test_here_document_belongs_to_its_command_also_with_a_prompt_in_it() -> None:
    document, third = blocks()[1].commands

    assert document.text == "cat > file <<'END'\n$ text\nEND"
    assert (document.printed, third.printed) == ((), ("out",))


def test_comments_right_before_a_block_say_why_it_needs_aws_and_what_varies() -> None:
    local, aws = blocks()

    assert (local.reason, local.varies) == (None, ("\\d+ calls",))
    assert (aws.reason, aws.varies) == ("the local AWS has no mail", ())


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("```console\n$ a\n", "line 1: the block is not closed"),
        ("```console\nout\n```\n", "line 2: a block begins with a command"),
        ("```console later\n$ a\n```\n", "line 1: a block is `console` or `console aws`"),
        ("```console\n$ cat <<END\n```\n", "line 2: the here-document has no line END"),
    ],
)
def test_block_that_cannot_be_read_is_named_by_its_line(page: str, said: str) -> None:
    with pytest.raises(UnreadableBlock, match=said):
        read_blocks(page)


def test_page_gets_the_output_of_a_run_with_the_indentation_of_its_block() -> None:
    local, aws = blocks()
    first, second = local.commands
    outputs = {
        first.begin: (first, local, ["new", "", "lines"]),
        second.begin: (second, local, ["more"]),
        aws.commands[1].begin: (aws.commands[1], aws, []),
    }

    written = rewritten(PAGE, outputs)

    assert "       --option\n   new\n\n   lines\n   $ second\n   more\n   ```\n" in written
    assert written.endswith("END\n$ third\n```\n")
    assert rewritten(PAGE, {}) == PAGE
