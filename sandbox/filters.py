"""List filters: ``filter[q][attribute_matcher]=value`` turned into a predicate over records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.errors import bad_request, filter_not_allowed
from sandbox.resources import TYPES
from sandbox.store import epoch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.schema import ResourceType
    from sandbox.store import Record, Store

type Matcher = Callable[[Any, list[Any]], bool]

# Longer names first where one ends with another (`not_eq` and `eq`): the dictionary is searched in its order.
_MATCHERS: dict[str, Matcher] = {
    "not_null": lambda value, _: value is not None,
    "not_eq": lambda value, given: value != given[0],
    "not_in": lambda value, given: value not in given,
    "null": lambda value, _: value is None,
    "eq": lambda value, given: value == given[0],
    "in": lambda value, given: value in given,
    "lteq": lambda value, given: value is not None and value <= given[0],
    "gteq": lambda value, given: value is not None and value >= given[0],
    "lt": lambda value, given: value is not None and value < given[0],
    "gt": lambda value, given: value is not None and value > given[0],
    "present": lambda value, _: value not in (None, "", {}),
    "blank": lambda value, _: value in (None, "", {}),
    "true": lambda value, _: value is True,
    "false": lambda value, _: value is False,
    "start": lambda value, given: str(value).startswith(given[0]),
    "end": lambda value, given: str(value).endswith(given[0]),
    "cont": lambda value, given: given[0] in str(value),
}
_LISTS = ("in", "not_in")


@dataclass(frozen=True, slots=True)
class Filter:
    """One predicate: the path to a value, and what it is held against."""

    path: tuple[str, ...]
    matcher: str
    given: list[Any]

    def accepts(self, record: Record, store: Store) -> bool:
        """Say whether a record passes; through a to-many relation, whether any related one does."""
        match = _MATCHERS[self.matcher]
        return any(match(_comparable(self.path[-1], value), self.given) for value in self._values(record, store))

    def _values(self, record: Record, store: Store) -> Iterator[Any]:
        found = [record]
        for relation in self.path[:-1]:
            related = (store.get(ref) for each in found for ref in each.related(relation))
            found = [each for each in related if each is not None]
        for each in found:
            yield each.id if self.path[-1] == "id" else each.attributes.get(self.path[-1])


def parse_filter(resource: ResourceType, predicate: str, value: str) -> Filter:
    """Read one predicate of a type, e.g. ``payment_method_payment_source_type_eq``.

    Raises
    ------
    ApiError
        400 ``FILTER_NOT_ALLOWED`` for what cannot be filtered, 400 ``INVALID_FILTER_VALUE`` for a wrong time.
    """
    for matcher in _MATCHERS:
        if predicate.endswith(f"_{matcher}"):
            path = _path(resource, predicate.removesuffix(f"_{matcher}"))
            if path is not None:
                given = value.split(",") if matcher in _LISTS else [value]
                return Filter(path, matcher, [_read(path[-1], each) for each in given])
    raise filter_not_allowed(predicate)


def _path(resource: ResourceType, name: str) -> tuple[str, ...] | None:
    if name == "id" or name in resource.filterable:
        return (name,)
    for relation_name, relation in resource.relations.items():
        rest = name.removeprefix(f"{relation_name}_")
        if rest == name or not relation.filterable:
            continue
        if rest == "id":
            return (relation_name, "id")
        target = TYPES.get(relation.targets[0]) if len(relation.targets) == 1 else None
        tail = _path(target, rest) if target else None
        if tail is not None:
            return (relation_name, *tail)
    return None


def _read(attribute: str, text: str) -> Any:
    try:
        if attribute.endswith("_at"):
            return epoch(text)
        return int(text) if attribute.endswith(("_cents", "_count")) else text
    except ValueError:
        detail = f"{text} is not a valid value for {attribute}."
        raise bad_request("INVALID_FILTER_VALUE", "Invalid filter value", detail) from None


def _comparable(attribute: str, value: Any) -> Any:
    return epoch(value) if attribute.endswith("_at") and value is not None else value
