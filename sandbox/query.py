"""The query string of a request: filters, sort, include, sparse fields and page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.errors import bad_request, filter_not_allowed, invalid_include, param_not_allowed
from sandbox.filters import Filter, parse_filter
from sandbox.resources import ABSENT_TYPES, TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sandbox.schema import ResourceType
    from sandbox.store import Record, Store

type Tree = dict[str, Tree]
"""Relations to include, each with what to include below it."""

_KEY = re.compile(r"(?P<kind>filter\[q\]|fields|page)\[(?P<name>\w+)\]")


@dataclass(slots=True)
class Query:
    """What a request asks for."""

    filters: list[Filter] = field(default_factory=list)
    sort: list[tuple[str, bool]] = field(default_factory=list)
    """Attributes to sort by, each with whether it is descending."""
    include: Tree = field(default_factory=dict)
    has_include: bool = False
    fields: dict[str, frozenset[str]] = field(default_factory=dict)
    page_size: int = 10
    page_number: int = 1

    def select(self, records: Iterable[Record], store: Store) -> list[Record]:
        """Filter and sort; the page is not yet cut."""
        found = [record for record in records if all(each.accepts(record, store) for each in self.filters)]
        for name, descending in reversed(self.sort):
            found.sort(key=_sort_key(name), reverse=descending)
        return found


def parse_query(resource: ResourceType, pairs: Iterable[tuple[str, str]], *, single: bool = False) -> Query:
    """Read the query of a request on a type; `single` for one record, which knows include and fields only.

    Raises
    ------
    ApiError
        400 with the code that names what the type does not know.
    """
    query = Query()
    for key, value in pairs:
        match = _KEY.fullmatch(key)
        if key == "include":
            query.has_include = True
            query.include = parse_include(resource, filter(None, value.split(",")))
        elif match and match["kind"] == "fields":
            query.fields[match["name"]] = parse_fields(match["name"], value)
        elif single:
            raise param_not_allowed(key)
        elif key == "sort":
            query.sort = [_sort(resource, each) for each in value.split(",")]
        elif match and match["kind"] == "page":
            _page(query, match["name"], value)
        elif match:
            query.filters.append(parse_filter(resource, match["name"], value))
        elif key.startswith("filter["):
            raise filter_not_allowed(key)
        else:
            raise param_not_allowed(key)
    return query


def parse_include(resource: ResourceType, paths: Iterable[str]) -> Tree:
    """Read dot paths such as ``authorizations.payment_source`` into a tree."""
    tree: Tree = {}
    for path in paths:
        candidates, branch = [resource], tree
        for name in path.split("."):
            relations = [type_.relations[name] for type_ in candidates if name in type_.relations]
            if not any(relation.includable for relation in relations):
                raise invalid_include(resource.name, path)
            targets = (target for relation in relations for target in relation.targets)
            candidates = [TYPES[target] for target in targets if target in TYPES]
            branch = branch.setdefault(name, {})
    return tree


def parse_fields(type_name: str, value: str) -> frozenset[str]:
    """Read the sparse fields of a type.

    Raises
    ------
    ApiError
        400 ``INVALID_RESOURCE`` for an unknown type, 400 ``INVALID_FIELD`` for what it does not have.
    """
    if type_name in ABSENT_TYPES:
        return frozenset(filter(None, value.split(",")))
    resource = TYPES.get(type_name)
    if resource is None:
        raise bad_request("INVALID_RESOURCE", "Invalid resource", f"{type_name} is not a valid resource.")
    names = frozenset(filter(None, value.split(",")))
    for name in sorted(names):
        if not resource.has_field(name):
            detail = f"{name} is not a valid field for {type_name}."
            raise bad_request("INVALID_FIELD", "Invalid field", detail)
    return names


def _sort(resource: ResourceType, text: str) -> tuple[str, bool]:
    name = text.removeprefix("-")
    if not resource.sortable(name):
        detail = f"{name} is not a valid sort criteria for {resource.name}"
        raise bad_request("INVALID_SORT_CRITERIA", "Invalid sort criteria", detail)
    return name, text.startswith("-")


def _sort_key(name: str) -> Callable[[Record], tuple[bool, Any]]:
    def key(record: Record) -> tuple[bool, Any]:
        value = record.id if name == "id" else record.attributes.get(name)
        return value is not None, value

    return key


def _page(query: Query, name: str, value: str) -> None:
    number = int(value) if value.isdecimal() else 0
    if name not in ("size", "number"):
        raise param_not_allowed(f"page[{name}]")
    if number < 1:
        detail = f"{value} is not a valid value for {name} page parameter."
        raise bad_request("INVALID_PAGE_VALUE", "Invalid page value", detail)
    if name == "size":
        query.page_size = number
    else:
        query.page_number = number
