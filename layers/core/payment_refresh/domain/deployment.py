"""The deployment: its stack, the organization whose payments it watches, and its two modes."""

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
class Deployment:
    """What every dead letter and outcome event says of its sender, since several may share a bus.

    Attributes
    ----------
    stack
        The CloudFormation stack's name.
    organization
        The slug of the organization in Commerce Layer.
    """

    stack: str
    organization: str
    run_mode: RunMode
    api_mode: ApiMode

    @property
    def members(self) -> dict[str, str]:
        """The same as members of an event or letter."""
        return {
            "stack": self.stack,
            "organization": self.organization,
            "run_mode": self.run_mode,
            "api_mode": self.api_mode,
        }
