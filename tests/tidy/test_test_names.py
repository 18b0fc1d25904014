"""A test's name says subject, condition and result, which takes five words at least.

The shorter names that stood here before this rule are listed in ``short_test_names.txt``, each as the stem of its
module and its name, as often as there are such tests. That list only ever gets shorter.
"""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
LIST = Path(__file__).with_name("short_test_names.txt")
FEWEST_WORDS = 5


def short_names(source: str) -> list[str]:
    """The names of a module's tests, in classes or not, that have too few words."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    names = [node.name for node in ast.walk(ast.parse(source)) if isinstance(node, functions)]
    return [name for name in names if name.startswith("test_") and len(words(name)) < FEWEST_WORDS]


def words(name: str) -> list[str]:
    return [word for word in name.removeprefix("test").split("_") if word]


@cache
def found() -> Counter[str]:
    """How often each short name is there: several classes may have it, or modules of the same name."""
    modules = TESTS.rglob("*.py")
    return Counter(f"{path.stem}::{name}" for path in modules for name in short_names(path.read_text()))


def listed() -> list[str]:
    return LIST.read_text().splitlines()


def test_new_test_has_a_name_of_five_words_or_more() -> None:
    new = sorted((found() - Counter(listed())).elements())
    assert not new, (
        f"these names are too short; say subject, condition and result in {FEWEST_WORDS} words or more"
        f" (a renamed module takes its entries in {LIST.name} along):\n" + "\n".join(new)
    )


def test_list_of_short_names_holds_none_that_is_gone() -> None:
    gone = sorted((Counter(listed()) - found()).elements())
    assert not gone, f"remove these lines from {LIST.name}, their tests are gone or renamed:\n" + "\n".join(gone)


def test_list_of_short_names_is_sorted_line_by_line() -> None:
    assert listed() == sorted(listed())


def test_short_names_are_found_in_modules_and_in_classes_and_longer_ones_are_not() -> None:
    source = """
def test_one_two_three_four(): ...
def test_one_two_three_four_five(): ...
def helper(): ...
class TestSomething:
    async def test_none(self): ...
"""
    assert short_names(source) == ["test_one_two_three_four", "test_none"]
