"""JSON:API documents: records with sparse fields, links, meta and what is included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import uuid4

from sandbox.oddities import ODD_SHAPES
from sandbox.resources import TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sandbox.config import Switches
    from sandbox.query import Query, Tree
    from sandbox.store import Record, Ref


@dataclass(frozen=True, slots=True)
class Renderer:
    """Writes documents of one organization.

    `lookup` finds a record by its reference; `base_url` is where the links point.
    """

    base_url: str
    mode: str
    organization_id: str
    lookup: Callable[[Ref], Record | None]
    switches: Switches

    def one(self, record: Record, query: Query) -> dict[str, Any]:
        """Write the document of a single record."""
        document = self._document([record], query)
        document["data"] = document["data"][0]
        return document

    def page(
        self, records: list[Record], query: Query, path: str, pairs: Iterable[tuple[str, str]]
    ) -> dict[str, Any]:
        """Write the document of one page of a list; `pairs` is the query the links repeat."""
        size, number = query.page_size, query.page_number
        document = self._document(records[(number - 1) * size : number * size], query)
        pages = -(-len(records) // size)
        document["meta"] = {"record_count": len(records), "page_count": pages}
        kept = [(key, value) for key, value in pairs if key != "page[number]"]
        numbers = {"first": 1, "prev": number - 1, "next": number + 1, "last": max(pages, 1)}
        document["links"] = {
            name: f"{self.base_url}{path}?{urlencode([*kept, ('page[number]', target)])}"
            for name, target in numbers.items()
            if 1 <= target <= max(pages, 1)
        }
        return document

    def _document(self, records: list[Record], query: Query) -> dict[str, Any]:
        trace_id = str(uuid4())
        included: dict[Ref, tuple[Record, Tree]] = {}
        for record in records:
            self._collect(record, query.include, query, included)
        primary = {record.ref for record in records}
        document: dict[str, Any] = {
            "data": [self._resource(each, query.include, query, trace_id) for each in records]
        }
        if query.has_include:
            document["included"] = [
                self._resource(record, tree, query, trace_id)
                for ref, (record, tree) in included.items()
                if ref not in primary
            ]
        return document

    def _collect(self, record: Record, tree: Tree, query: Query, found: dict[Ref, tuple[Record, Tree]]) -> None:
        """Gather what is included below a record; one reached in two ways shows the relations of both."""
        for relation, below in tree.items():
            if not _shown(record.type, relation, query):
                continue
            for ref in record.related(relation):
                related = self.lookup(ref)
                if related is not None:
                    _, known = found.get(ref, (related, {}))
                    found[ref] = (related, known | below)
                    self._collect(related, below, query, found)

    def _resource(self, record: Record, tree: Tree, query: Query, trace_id: str) -> dict[str, Any]:
        resource = TYPES[record.type]
        own = f"{self.base_url}/api/{record.type}/{record.id}"
        relationships: dict[str, Any] = {}
        for name, relation in resource.relations.items():
            if not _shown(record.type, name, query):
                continue
            links = {"self": f"{own}/relationships/{name}", "related": f"{own}/{name}"}
            relationships[name] = {"links": links}
            if name in tree:
                data = [{"type": ref.type, "id": ref.id} for ref in record.related(name)]
                relationships[name]["data"] = data if relation.many else next(iter(data), None)
        return {
            "id": record.id,
            "type": record.type,
            "links": {"self": own},
            "attributes": {
                name: self._value(record, name) for name in resource.attributes if _shown(record.type, name, query)
            },
            "relationships": relationships,
            "meta": {"mode": self.mode, "organization_id": self.organization_id, "trace_id": trace_id},
        }

    def _value(self, record: Record, name: str) -> Any:
        """Give an attribute in the form that the switches say, or what is odd about the record."""
        value: Any = record.attributes.get(name)
        if self.switches.webhook_secrets_shown_once and (record.type, name) == ("webhooks", "shared_secret"):
            return None
        is_odd = ODD_SHAPES in record.oddities
        if (self.switches.integer_numbers or is_odd) and (record.type, name) == ("orders", "number"):
            return int(value)
        if (self.switches.amounts_as_text or is_odd) and name.endswith("_cents") and value is not None:
            return str(value)
        return value


def _shown(resource_type: str, name: str, query: Query) -> bool:
    """Sparse fields name attributes and relations alike; a relation left out is not included either."""
    fields = query.fields.get(resource_type)
    return fields is None or name in fields
