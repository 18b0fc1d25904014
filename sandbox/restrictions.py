"""Limits of what a request may ask for beyond those of its type, as the switches say: refused, or ignored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.config import IGNORED
from sandbox.errors import ApiError, bad_request, filter_not_allowed, invalid_include
from sandbox.filters import parse_filter
from sandbox.query import parse_fields, parse_include
from sandbox.resources import ABSENT_TYPES, TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.config import Switches
    from sandbox.schema import ResourceType

_FILTER = re.compile(r"filter\[q\]\[(\w+)\]")
_FIELDS = re.compile(r"fields\[(\w+)\]")


def restrict(
    resource: ResourceType, pairs: Iterable[tuple[str, str]], switches: Switches, *, updating: bool = False
) -> list[tuple[str, str]]:
    """Give the query of a request without what is ignored of it.

    Raises
    ------
    ApiError
        It asks for what the switches refuse.
    """
    left, filters = [], 0
    for key, value in pairs:
        if key == "include":
            left.append((key, _includes(resource, value, switches, updating=updating)))
        elif match := _FILTER.fullmatch(key):
            filters += 1
            if _is_filtered(resource, match[1], value, switches, filters):
                left.append((key, value))
        elif match := _FIELDS.fullmatch(key):
            left += _fields(match[1], value, switches)
        elif key == "page[size]":
            left.append((key, _page_size(value, switches)))
        elif key != "sort" or not switches.sort_ignored:
            left.append((key, value))
    return left


def _includes(resource: ResourceType, value: str, switches: Switches, *, updating: bool) -> str:
    paths = [path for path in value.split(",") if path]
    for path in paths:
        if path in switches.refused_includes:
            raise _refused(invalid_include(resource.name, path), switches.refused_includes_as)
    is_too_many = switches.most_includes and len(paths) > switches.most_includes
    if paths and (is_too_many or (updating and not switches.updates_include)):
        raise invalid_include(resource.name, paths[-1])
    if _is_ignored(switches, "INVALID_INCLUDE"):
        paths = [path for path in paths if _stands(parse_include, resource, [path])]
    return ",".join(path for path in paths if path not in switches.ignored_includes)


def _is_filtered(resource: ResourceType, name: str, value: str, switches: Switches, position: int) -> bool:
    if name in switches.refused_filters:
        raise _refused(filter_not_allowed(name), switches.refused_filters_as)
    if switches.most_filters and position > switches.most_filters:
        raise filter_not_allowed(name)
    if _is_ignored(switches, "FILTER_NOT_ALLOWED") and not _stands(parse_filter, resource, name, value):
        return False
    return name not in switches.ignored_filters


def _fields(name: str, value: str, switches: Switches) -> list[tuple[str, str]]:
    if name in switches.refused_fields:
        raise bad_request("INVALID_RESOURCE", "Invalid resource", f"{name} is not a valid resource.")
    is_unknown = name not in TYPES and name not in ABSENT_TYPES
    if switches.fields_ignored or (is_unknown and _is_ignored(switches, "INVALID_RESOURCE")):
        return []
    if _is_ignored(switches, "INVALID_FIELD"):
        value = ",".join(each for each in value.split(",") if _stands(parse_fields, name, each))
    return [(f"fields[{name}]", value)]


def _page_size(value: str, switches: Switches) -> str:
    if not value.isdecimal() or int(value) <= switches.page_limit:
        return value
    if switches.large_pages == "capped":
        return str(switches.page_limit)
    detail = f"{value} is not a valid value for size page parameter."
    raise bad_request("INVALID_PAGE_VALUE", "Invalid page value", detail)


def _refused(error: ApiError, answer: str) -> ApiError:
    return error.answered_as(answer) if answer else error


def _is_ignored(switches: Switches, code: str) -> bool:
    return switches.errors_as.get(code) == IGNORED


def _stands(parse: Any, *arguments: Any) -> bool:
    """Say whether something can be read."""
    try:
        parse(*arguments)
    except ApiError:
        return False
    return True
