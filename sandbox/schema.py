"""Description of a resource type: names of attributes, relationships, filters and triggers, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Relation:
    """A relationship of a resource type.

    More than one target means that it is polymorphic: it can then be filtered by id only.
    """

    targets: tuple[str, ...]
    many: bool = False
    filterable: bool = True
    includable: bool = True


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A type of the API, e.g. ``orders``: everything the generic endpoints need to know about it."""

    name: str
    attributes: tuple[str, ...]
    relations: Mapping[str, Relation]
    filterable: frozenset[str] = frozenset()
    creatable: frozenset[str] = frozenset()
    updatable: frozenset[str] = frozenset()
    triggers: frozenset[str] = frozenset()
    methods: frozenset[str] = field(default_factory=lambda: frozenset({"list", "retrieve"}))

    def has_field(self, name: str) -> bool:
        """Say whether sparse fields may name it (attributes and relationships alike)."""
        return name == "id" or name in self.attributes or name in self.relations

    def sortable(self, name: str) -> bool:
        """Say whether a list can be sorted by it."""
        return name == "id" or name in self.filterable
