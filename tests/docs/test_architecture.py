"""docs/architecture.md names only what is in the code."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.docs.markdown import DOCS, ROOT, Row, column, quoted, table

if TYPE_CHECKING:
    from pathlib import Path

ARCHITECTURE = DOCS / "architecture.md"
PACKAGE = ROOT / "layers" / "core" / "payment_refresh"
QUESTIONS = table(ARCHITECTURE, "Twelve questions")


def symbols(path: Path) -> set[str]:
    """Name what a module defines at its top level, and in its classes as ``Class.method``."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        found |= _names(node)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{name}" for part in node.body for name in _names(part)}
    return found


def _names(node: ast.stmt) -> set[str]:
    match node:
        case ast.ClassDef(name=str(name)) | ast.FunctionDef(name=str(name)) | ast.AsyncFunctionDef(name=str(name)):
            return {name}
        case ast.Assign(targets=targets):
            names = [
                name for target in targets for name in (target.elts if isinstance(target, ast.Tuple) else [target])
            ]
            return {name.id for name in names if isinstance(name, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.TypeAlias(name=ast.Name(id=name)):
            return {name}
    return set()


def test_there_are_twelve_questions_and_each_ends_in_a_question_mark() -> None:
    assert len(QUESTIONS) == 12
    assert [row["question"] for row in QUESTIONS if not row["question"].endswith("?")] == []


@pytest.mark.parametrize("row", QUESTIONS, ids=lambda row: row["symbol"].strip("`"))
def test_question_is_answered_by_a_path_and_a_symbol_that_exist(row: Row) -> None:
    paths, names = quoted(row["path"]), quoted(row["symbol"])
    where = f"{row['question']!r}: {row['path']} {row['symbol']}"
    assert (len(paths), len(names)) == (1, 1), f"{where}: name one path and one symbol, in backticks"

    path = ROOT / paths[0]
    assert path.is_file(), f"{where}: there is no such file"
    assert names[0] in symbols(path), (
        f"{where}: the file defines no {names[0]}; it has {', '.join(sorted(symbols(path)))}"
    )


@pytest.mark.parametrize("row", table(ARCHITECTURE, "The life of a watch"), ids=lambda row: row["function"])
def test_transition_is_made_by_functions_of_the_domain_that_exist(row: Row) -> None:
    for name in quoted(row["function"]):
        module, _, symbol = name.partition(".")
        path = PACKAGE / "domain" / f"{module}.py"
        assert path.is_file(), f"{row['what happens']!r}: the domain has no module {module}"
        assert symbol in symbols(path), f"{row['what happens']!r}: {module} defines no {symbol}"


def test_shares_of_the_budget_are_where_the_table_says() -> None:
    named = column(ARCHITECTURE, "Who calls the API, and with which share", "in `budget.py`")

    missing = sorted(set(named) - symbols(PACKAGE / "rate_limit" / "budget.py"))

    assert not missing, f"docs/architecture.md names {', '.join(missing)}, which rate_limit/budget.py lacks"


def test_what_the_tree_of_rings_shows_is_there() -> None:
    text = ARCHITECTURE.read_text()
    tree = text.split("```\nfunctions/<name>/app.py", 1)[1].split("```", 1)[0]
    shown = [line for line in tree.splitlines()[1:] if line.startswith("    ")]

    missing: list[str] = []
    parent = PACKAGE
    for line in shown:
        name = line.split()[0]
        deep = line.startswith("        ")
        path = (parent if deep else PACKAGE) / name
        parent = parent if deep else path
        missing += [] if path.exists() else [name]

    assert not missing, f"docs/architecture.md shows {', '.join(missing)}, which the package lacks"


def test_symbols_of_a_module_include_methods_constants_and_types(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "LIMIT = 1\ntype Name = str\nclass One:\n    def run(self): ...\ndef two():\n    def inner(): ...\n"
    )

    assert symbols(path) == {"LIMIT", "Name", "One", "One.run", "two"}
