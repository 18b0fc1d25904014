"""The rights that an integration needs, each with what is lost without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.listed import GATEWAYS
from payment_refresh.domain.payment import REFRESHABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

READ, UPDATE = "read", "update"
WEBHOOKS = "webhooks"


@dataclass(frozen=True, slots=True)
class Right:
    """A right to a type of records."""

    verb: str
    resource: str

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}"


TO_WATCH = tuple(Right(READ, resource) for resource in ("orders", *REFRESHABLE))
"""Without one of these nothing can be watched."""
TO_REFRESH = tuple(Right(UPDATE, resource) for resource in REFRESHABLE)
"""Without one of these, payments of that type can only be observed."""
TO_SEE_WEBHOOKS = Right(READ, WEBHOOKS)
TO_MANAGE_WEBHOOKS = Right(UPDATE, WEBHOOKS)
TO_SEE_GATEWAYS = tuple(Right(READ, resource) for resource in GATEWAYS)
"""Without these, nobody is told of a webhook that is no longer sent, or of a gateway without one."""
ALL = (*TO_WATCH, *TO_REFRESH, TO_SEE_WEBHOOKS, TO_MANAGE_WEBHOOKS, *TO_SEE_GATEWAYS)


@dataclass(frozen=True, slots=True)
class Missing:
    """The rights that the credentials lack."""

    rights: Sequence[Right]

    @property
    def to_watch(self) -> Sequence[Right]:
        """Those without which there is nothing to set up."""
        return [right for right in self.rights if right in TO_WATCH]

    @property
    def to_refresh(self) -> Sequence[Right]:
        """Those without which the stack can only observe."""
        return [right for right in self.rights if right in TO_REFRESH]

    @property
    def manages_webhooks(self) -> bool:
        """Whether webhooks can be created and changed."""
        return TO_MANAGE_WEBHOOKS not in self.rights

    @property
    def notes(self) -> Sequence[str]:
        """What is lost without those that are not needed."""
        notes = []
        if not self.manages_webhooks:
            notes.append(
                f"may not {TO_MANAGE_WEBHOOKS}: you enter the webhooks in the dashboard, setup checks them"
            )
        unseen = [right for right in (TO_SEE_WEBHOOKS, *TO_SEE_GATEWAYS) if right in self.rights]
        if unseen:
            notes.append(f"may not {in_words(unseen)}: HealthUnknownAlarm will ring, the rest works")
        return notes


def in_words(rights: Sequence[Right]) -> str:
    """Rights in words: what of which records."""
    verbs = dict.fromkeys(right.verb for right in rights)
    return "; ".join(
        f"{verb} {', '.join(right.resource for right in rights if right.verb == verb)}" for verb in verbs
    )
