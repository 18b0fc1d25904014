"""The published schemas of the outcome events, and the check that an event conforms to its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from devstack.records import Event

type Schema = bool | Mapping[str, Any]

FOLDER = "events/outcomes"
"""Where they are, below the project's folder: one file for each kind, beside what these share."""


@dataclass(frozen=True, slots=True)
class EventSchemas:
    """One validator for each kind of event."""

    validators: Mapping[str, Draft202012Validator]

    @classmethod
    def load(cls, folder: Path) -> EventSchemas:
        """Read all schemas of a folder. They refer to each other by file name."""
        schemas = {path.name: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
        known: Registry[Schema] = Registry().with_resources(
            (name, Resource.from_contents(schema))
            for file, schema in schemas.items()
            for name in {file, schema.get("$id", file)}
        )
        checks = Draft202012Validator.FORMAT_CHECKER
        return cls(
            {
                name.removesuffix(".json"): Draft202012Validator(schema, registry=known, format_checker=checks)
                for name, schema in schemas.items()
            }
        )

    def violations(self, events: Iterable[Event]) -> list[str]:
        """Say what of each event does not fit the schema of its kind, one sentence for each."""
        return [violation for event in events for violation in self._violations(event)]

    def _violations(self, event: Event) -> list[str]:
        validator = self.validators.get(event.kind)
        if validator is None:
            return [f"{event.key} announced {event.kind}, of which there is no schema"]
        return [
            f"{event.key} announced {event.kind} against its schema: {error.json_path} {error.message[:200]}"
            for error in validator.iter_errors(event.detail)
        ]
