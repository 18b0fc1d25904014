"""Uses of the layer by an ``app.py``, read from its code: names that it imports, and members of what these give.

The types of objects follow from the annotations of the layer, so that ``composed.get().run()`` names a method.
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_origin

from tests.compat.signatures import Call, write_signature

if TYPE_CHECKING:
    from collections.abc import Mapping

LAYER = "payment_refresh"


class Name(NamedTuple):
    """A name of the layer: its module, itself (a member's with its class), and how it is called, or what it is."""

    module: str
    name: str
    signature: str


class Use(NamedTuple):
    """A place where a name is used; ``call`` is how it is called there."""

    name: Name
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the layer; ``arguments`` are those of a generic class, by name."""

    of: type
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Called:
    """A function or method of the layer; ``bound`` is the object that has it."""

    name: Name
    function: FunctionType
    bound: Instance | None = None
    takes_self: bool = False


def read_uses(source: str) -> list[Use]:
    """Read what a module uses of the layer, in the order of its code."""
    reader = _Reader()
    reader.visit(ast.parse(source))
    return reader.uses


def find(module: str, name: str) -> object:
    """Find a name of the layer, or a member of a class: a function, a class, a value's annotation.

    Raises
    ------
    AttributeError
        There is none.
    """
    found = getattr(import_module(module), name.partition(".")[0])
    for part in name.split(".")[1:]:
        found = _member(found, part)[1]
    return found


def describe(found: object) -> str:
    """Write a signature where there is one, else what the name is."""
    if isinstance(found, Enum):
        return repr(found.value)
    if isinstance(found, type):
        return "class"
    return write_signature(found) if isinstance(found, FunctionType) else str(found)


def _member(owner: Any, name: str) -> tuple[type, object]:
    """Find a member of a class, and the class that defines it: a function, or a value's annotation."""
    for each in owner.__mro__:
        annotations = vars(each).get("__annotations__", {})
        found = vars(each).get(name)
        if isinstance(found, staticmethod):
            return each, found.__func__
        if isinstance(found, FunctionType | Enum):
            return each, found
        if isinstance(found, property) and isinstance(found.fget, FunctionType) and name not in annotations:
            return each, found.fget.__annotations__.get("return")
        if name in annotations:
            # A NamedTuple wraps its annotations.
            return each, getattr(annotations[name], "__forward_arg__", annotations[name])
        if found is not None:
            return each, type(found).__name__
    raise AttributeError(f"{owner.__qualname__} has no {name}")


@cache
def _namespace(module: str) -> Mapping[str, Any]:
    """What annotations of a module may name, with what it imports only for them."""
    names = dict(vars(import_module(module)))
    for node in ast.walk(ast.parse(inspect.getsource(import_module(module)))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module != "__future__":
            imported = import_module(node.module)
            names |= {each.asname or each.name: getattr(imported, each.name) for each in node.names}
    return names


def _instance(annotation: Any, module: str, arguments: Mapping[str, Any]) -> Instance | None:
    """Give an object as an annotation describes it; None for what is not of the layer."""
    if not isinstance(annotation, str):
        return None
    described = eval(annotation, dict(_namespace(module)), dict(arguments))  # noqa: S307 - the layer's own annotation
    of = get_origin(described) or described
    if not isinstance(of, type) or not of.__module__.startswith(LAYER):
        return None
    names = [each.__name__ for each in of.__type_params__]
    return Instance(of, dict(zip(names, get_args(described), strict=True)))


class _Reader(ast.NodeVisitor):
    """Walks through a module; `value_of` says what an expression of the layer gives."""

    def __init__(self) -> None:
        self.uses: list[Use] = []
        self.names: dict[str, Any] = {}

    def visit_If(self, node: ast.If) -> None:
        """Leave out what is imported for annotations alone: it need not be there as the module runs."""
        if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        """Refuse what this cannot follow."""
        assert not [each for each in node.names if each.name.startswith(LAYER)], "import the names themselves"

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Take note of names of the layer."""
        module = node.module or ""
        for each in node.names if module.startswith(LAYER) else ():
            found = find(module, each.name)
            name = Name(module, each.name, describe(found))
            self.uses.append(Use(name))
            value = Called(name, found) if isinstance(found, FunctionType) else found
            self.names[each.asname or each.name] = value

    def visit_Assign(self, node: ast.Assign) -> None:
        """Take note of what a name stands for."""
        value = self.value_of(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.names[target.id] = value

    def generic_visit(self, node: ast.AST) -> None:
        """Evaluate every expression."""
        if isinstance(node, ast.expr):
            self.value_of(node)
        else:
            super().generic_visit(node)

    def value_of(self, node: ast.expr) -> Any:
        """Say what an expression gives: a name of the layer, an `Instance`, or None for anything else."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        if isinstance(node, ast.Attribute):
            return self._attribute(self.value_of(node.value), node.attr)
        if isinstance(node, ast.Call):
            return self._call(node)
        ast.NodeVisitor.generic_visit(self, node)
        return None

    def _attribute(self, owner: Any, name: str) -> Any:
        of = owner.of if isinstance(owner, Instance) else owner
        if not isinstance(of, type):
            return None
        where, found = _member(of, name)
        if not where.__module__.startswith(LAYER):
            return None
        used = Name(where.__module__, f"{where.__qualname__}.{name}", describe(found))
        self.uses.append(Use(used))
        if isinstance(found, Enum):
            return Instance(type(found))
        bound = owner if isinstance(owner, Instance) else None
        if isinstance(found, FunctionType):
            return Called(used, found, bound, takes_self=not isinstance(vars(where)[name], staticmethod))
        return _instance(found, where.__module__, bound.arguments if bound else {})

    def _call(self, node: ast.Call) -> Any:
        called = self.value_of(node.func)
        for each in (*node.args, *(keyword.value for keyword in node.keywords)):
            self.value_of(each)
        if not isinstance(called, Called):
            return None
        keywords = tuple(keyword.arg for keyword in node.keywords if keyword.arg is not None)
        self.uses.append(Use(called.name, Call(len(node.args) + called.takes_self, keywords)))
        arguments = called.bound.arguments if called.bound else {}
        return _instance(called.function.__annotations__.get("return"), called.name.module, arguments)
