"""The JSON Schemas of the outcome events' details, from ``events/outcomes``."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = Path(__file__).parents[2] / "events" / "outcomes"


@cache
def schemas() -> dict[str, Any]:
    """All schemas, by the name of their file."""
    return {path.name: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}


@cache
def validator(kind: str) -> Draft202012Validator:
    """The validator of a kind's details; the shared schema is found by its file's name."""
    resources = [(name, Resource.from_contents(schema)) for name, schema in schemas().items()]
    registry: Registry[Any] = Registry().with_resources(resources).crawl()
    return Draft202012Validator(schemas()[f"{kind}.json"], registry=registry)


def check(details: Iterable[dict[str, Any]]) -> None:
    """Check that each detail is as its kind's schema says."""
    for detail in details:
        validator(detail["kind"]).validate(detail)
