"""Expected outcome of a watch: what is right, and what may be; of several, any one is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

type Reasons = list[str | None]

CALLED, NOT_CALLED = [True], [False]
"""Whether a person must be called, and that none may."""


@dataclass(slots=True, kw_only=True)
class Expectation:
    """How the watch of one payment may end. Each list names what is right; of several entries, any one is.

    Attributes
    ----------
    status, settled_by, reason, notice
        What the watch says; None stands for nothing. An empty list leaves it open.
    announce
        The kinds of outcome events that must have been sent.
    may_announce
        Kinds that may have been sent besides; which of them is unknown, or depends on who noticed first.
    follows
        Kinds that must have been sent where another was, by that other's name.
    person
        Whether an event may say that it needs a person; not empty.
    optional
        There need be no watch: no event was sent, and nothing was left to find. If there is one, the rest holds.
    """

    status: list[str]
    settled_by: list[str] = field(default_factory=list)
    reason: Reasons = field(default_factory=list)
    notice: Reasons = field(default_factory=list)
    announce: set[str] = field(default_factory=set)
    may_announce: set[str] = field(default_factory=set)
    follows: dict[str, str] = field(default_factory=dict)
    person: list[bool] = field(default_factory=lambda: list(NOT_CALLED))
    optional: bool = False

    def quietly_if(self, reported: bool) -> Expectation:
        """Leave open whether the end is announced, where an event alone may have reported it."""
        if reported:
            self.may_announce |= self.announce
            self.announce = set()
        return self

    def call_too(self, kind: str, notice: str | None = None) -> None:
        """Expect an event besides that needs a person."""
        self.announce.add(kind)
        self.person = list(CALLED)
        if notice is not None:
            self.notice = [notice]

    def call_perhaps(self, kind: str, notice: str | None = None) -> None:
        """Allow an event besides that needs a person."""
        self.may_announce.add(kind)
        self.person = [True, False]
        if notice is not None:
            self.notice.append(notice)

    def show(self) -> dict[str, Any]:
        """Write it as JSON can hold it."""
        return {
            "status": self.status,
            "settled_by": self.settled_by,
            "reason": self.reason,
            "notice": self.notice,
            "announce": sorted(self.announce),
            "may_announce": sorted(self.may_announce - self.announce),
            "follows": self.follows,
            "person": self.person,
            "optional": self.optional,
        }
