"""Versions of the API, which may stand in the path: ``/api/2017-08/orders`` is ``/api/orders`` of that version."""

from __future__ import annotations

import re
from typing import NamedTuple

FIRST, LATER = "2017-08", "2026-05"
"""The version that an organization has by default, and one without payment sources."""
VERSIONS = (FIRST, LATER)

_VERSIONED = re.compile(r"/api/(?P<version>\d{4}-\d{2})(?P<rest>/.*)")


class Address(NamedTuple):
    """A path without its version, and the version it named."""

    path: str
    version: str | None


def read_path(path: str) -> Address:
    """Take the version out of a path; None where it names none."""
    match = _VERSIONED.fullmatch(path)
    return Address(f"/api{match['rest']}", match["version"]) if match else Address(path, None)
