"""Blocks of a page that are marked `console`: commands behind a `$`, and below each what it prints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PROMPT = "$ "
_FENCE = re.compile(r"(?P<indent> *)```(?P<info>.*)$")
_COMMENT = re.compile(r"^\s*<!-- (?P<name>aws|varies): (?P<text>.+?) -->\s*$")
_HERE_DOCUMENT = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


class UnreadableBlock(Exception):
    """A block of a page is not as a block must be; the message says which, and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a block.

    Attributes
    ----------
    text
        What the shell is given: one line, or several with a backslash or a here-document.
    line
        Its line in the page, counted from 1.
    printed
        What the page says that it prints, without the block's indentation.
    begin
        Index of the page's line at which that begins.
    """

    text: str
    line: int
    printed: tuple[str, ...]
    begin: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block that is marked `console`, or `console aws` where only an AWS account can run it.

    Attributes
    ----------
    line
        The line of its opening fence, counted from 1.
    indent
        What stands before each of its lines.
    reason
        Why only AWS can run it, from the comment before it.
    varies
        What else differs from run to run: regular expressions, from comments before it.
    """

    line: int
    indent: str
    for_aws: bool
    reason: str | None
    varies: tuple[str, ...]
    commands: tuple[Command, ...]


def read_blocks(text: str) -> list[Block]:
    """Find the console blocks of a page.

    Raises
    ------
    UnreadableBlock
        A fence is not closed, a block begins with output, or is marked with a word that nobody knows.
    """
    lines = text.splitlines()
    blocks: list[Block] = []
    at = 0
    while at < len(lines):
        opening = _FENCE.match(lines[at])
        if opening is None:
            at += 1
            continue
        indent, info = opening["indent"], opening["info"].split()
        closing = next((end for end in range(at + 1, len(lines)) if lines[end].rstrip() == f"{indent}```"), None)
        if closing is None:
            raise UnreadableBlock(f"line {at + 1}: the block is not closed")
        if info[:1] == ["console"]:
            if info[1:] not in ([], ["aws"]):
                raise UnreadableBlock(f"line {at + 1}: a block is `console` or `console aws`")
            comments = _comments_before(lines, at)
            blocks.append(
                Block(
                    line=at + 1,
                    indent=indent,
                    for_aws=info[1:] == ["aws"],
                    reason=next((text for name, text in comments if name == "aws"), None),
                    varies=tuple(text for name, text in comments if name == "varies"),
                    commands=_commands(lines, at + 1, closing, indent),
                )
            )
        at = closing + 1
    return blocks


def _comments_before(lines: Sequence[str], fence: int) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    while fence > 0 and (comment := _COMMENT.match(lines[fence - 1])):
        found.append((comment["name"], comment["text"]))
        fence -= 1
    return found[::-1]


def _commands(lines: Sequence[str], first: int, end: int, indent: str) -> tuple[Command, ...]:
    if first < end and not lines[first].startswith(f"{indent}{PROMPT}"):
        raise UnreadableBlock(f"line {first + 1}: a block begins with a command, behind `{PROMPT}`")
    commands: list[Command] = []
    at = first
    while at < end:
        begin = _end_of_command(lines, at, end, indent)
        following = begin
        while following < end and not lines[following].startswith(f"{indent}{PROMPT}"):
            following += 1
        written = [line.removeprefix(indent) for line in lines[at:begin]]
        commands.append(
            Command(
                text="\n".join([written[0].removeprefix(PROMPT), *written[1:]]),
                line=at + 1,
                printed=tuple(line.removeprefix(indent).rstrip() for line in lines[begin:following]),
                begin=begin,
            )
        )
        at = following
    return tuple(commands)


def _end_of_command(lines: Sequence[str], at: int, end: int, indent: str) -> int:
    """Find the line behind a command that may go on over several lines."""
    while at < end and lines[at].rstrip().endswith("\\"):
        at += 1
    document = _HERE_DOCUMENT.search(lines[at]) if at < end else None
    if document is None:
        return at + 1
    word = document[2]
    closing = next((line for line in range(at + 1, end) if lines[line].removeprefix(indent) == word), None)
    if closing is None:
        raise UnreadableBlock(f"line {at + 1}: the here-document has no line {word}")
    return closing + 1
