"""The two modes of a deployment: what it may do, and which of Commerce Layer's modes it works in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RunMode(StrEnum):
    """What this deployment may do with a pending payment."""

    REFRESH = "refresh"
    OBSERVE = "observe"


class ApiMode(StrEnum):
    """The mode of Commerce Layer's data and credentials, which never mix."""

    LIVE = "live"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Modes:
    """Both modes, as every dead letter and outcome event bears them."""

    run: RunMode = RunMode.REFRESH
    api: ApiMode = ApiMode.LIVE
