"""The beginning of an audit: from what was asked for, or from where an earlier run was stopped. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.composition.environment import parse_duration
from payment_refresh.times import to_iso
from payrefresh.audit.remedies import Times
from payrefresh.audit.state import AuditState, Scope, Span
from payrefresh.errors import WrongInput

if TYPE_CHECKING:
    from collections.abc import Callable

NO_TIME = ("0", "0s")


@dataclass(frozen=True, slots=True)
class Asked:
    """How far an audit looks back, and how young a problem may be, as a person writes it: ``90d``, ``15m``.

    Raises
    ------
    SettingsError
        One of them is no duration.
    """

    since: str
    min_age: str

    def __post_init__(self) -> None:
        self.seconds()

    def seconds(self) -> tuple[int, int]:
        """Give both in seconds."""
        min_age = 0 if self.min_age in NO_TIME else parse_duration(self.min_age, "--min-age")
        return parse_duration(self.since, "--since"), min_age

    def scope(self, organization: str, mode: str) -> Scope:
        """Say what the audit is of."""
        return Scope(organization=organization, mode=mode, since=self.since, min_age=self.min_age)

    def begin(self, organization: str, mode: str, now: float) -> AuditState:
        """Begin at this moment (epoch seconds)."""
        since, min_age = self.seconds()
        span = Span(
            begun_at=to_iso(now),
            changed_from=to_iso(now - since),
            quiet_since=to_iso(now - min_age),
            times=Times.at(now),
        )
        return AuditState(scope=self.scope(organization, mode), span=span)


def begin_or_resume(
    kept: AuditState | None, asked: Asked, organization: str, mode: str, clock: Callable[[], float]
) -> AuditState:
    """Go on from what was kept, if that is what was asked for.

    Raises
    ------
    WrongInput
        It is the state of another audit.
    """
    if kept is None:
        return asked.begin(organization, mode, clock())
    scope = asked.scope(organization, mode)
    if kept.scope != scope:
        was = kept.scope
        raise WrongInput(
            f"an unfinished audit is kept of {was.organization} ({was.mode}), --since {was.since} "
            f"--min-age {was.min_age}: go on with those options, begin anew with --restart, or "
            "name another file with --state"
        )
    return kept
