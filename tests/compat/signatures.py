"""Signatures as text, and whether one accepts what another does."""

from __future__ import annotations

import ast
import inspect
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Call(NamedTuple):
    """How something is called: with how many arguments by position, and with which by name."""

    positional: int
    keywords: tuple[str, ...] = ()


def write_signature(function: Callable[..., object]) -> str:
    """Write a signature with its annotations as they stand in the code, and ``...`` for each default."""
    signature = inspect.signature(function)
    parameters = [
        each if each.default is Parameter.empty else each.replace(default=...)
        for each in signature.parameters.values()
    ]
    return str(signature.replace(parameters=parameters)).replace("'", "").replace("Ellipsis", "...")


def read_signature(text: str) -> Signature:
    """Read the parameters of what `write_signature` wrote; annotations are left out."""
    (function,) = ast.parse(f"def function{text}: ...").body
    assert isinstance(function, ast.FunctionDef)
    return Signature([*_parameters(function.args)])


def accepts(signature: Signature, call: Call) -> bool:
    """Whether something with this signature can be called so."""
    try:
        signature.bind(*range(call.positional), **dict.fromkeys(call.keywords))
    except TypeError:
        return False
    return True


def accepts_all(signature: Signature, before: Signature) -> bool:
    """Whether a signature accepts all that another did: as little and as much, by position and by name."""
    return all(accepts(signature, call) for call in _calls(before))


def _parameters(arguments: ast.arguments) -> Iterator[Parameter]:
    positional = [*arguments.posonlyargs, *arguments.args]
    required = len(positional) - len(arguments.defaults)
    for number, each in enumerate(positional):
        is_only = number < len(arguments.posonlyargs)
        kind = Parameter.POSITIONAL_ONLY if is_only else Parameter.POSITIONAL_OR_KEYWORD
        yield Parameter(each.arg, kind, default=Parameter.empty if number < required else ...)
    if arguments.vararg:
        yield Parameter(arguments.vararg.arg, Parameter.VAR_POSITIONAL)
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield Parameter(each.arg, Parameter.KEYWORD_ONLY, default=Parameter.empty if default is None else ...)
    if arguments.kwarg:
        yield Parameter(arguments.kwarg.arg, Parameter.VAR_KEYWORD)


def _calls(signature: Signature) -> Iterator[Call]:
    every = [*signature.parameters.values()]
    for chosen in (every, [each for each in every if each.default is Parameter.empty]):
        positional = [each for each in chosen if each.kind <= Parameter.POSITIONAL_OR_KEYWORD]
        named = [each.name for each in chosen if each.kind is Parameter.KEYWORD_ONLY]
        only = [each for each in positional if each.kind is Parameter.POSITIONAL_ONLY]
        yield Call(len(positional), tuple(named))
        yield Call(len(only), tuple([each.name for each in positional[len(only) :]] + named))
