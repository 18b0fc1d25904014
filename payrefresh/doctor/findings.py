"""Findings: the state of one thing that can be wrong, in one line, with the remedy and the command to type."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from payment_refresh.errors import CommerceLayerError, PermissionMissing
from payrefresh.errors import NOT_ASKED, OK, WRONG, OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class State(StrEnum):
    """What an examination says of one thing."""

    FINE = "fine"
    WRONG = "wrong"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one check found.

    Attributes
    ----------
    found
        One line.
    remedy
        What to do about it; empty where nothing is to be done.
    commands
        Commands to type for it, one after the other.
    """

    state: State
    found: str
    remedy: str = ""
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Outcome):
    """An outcome and the name of its check.

    Attributes
    ----------
    waits_for
        The check that must be fine before this one can be asked; empty where none stands in its way.
    """

    name: str
    waits_for: str = ""

    def as_json(self) -> dict[str, object]:
        """The same as a member of a JSON document."""
        return {
            "name": self.name,
            "state": self.state.value,
            "found": self.found,
            "waits_for": self.waits_for,
            "remedy": self.remedy,
            "commands": self.commands,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check.

    Attributes
    ----------
    needs
        Names of checks before it that must have found all fine: else it is not asked.
    """

    name: str
    ask: Callable[[], Outcome]
    needs: tuple[str, ...] = ()


class NotBefore(OperatorError):
    """A check cannot be asked until another one is fine."""

    def __init__(self, name: str) -> None:
        super().__init__(f"can be asked once this is fine: {name}")
        self.name = name


class Once[T]:
    """Something that several checks need and that is asked once: what came of it, or the failure."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._got: list[T] = []
        self._failure: Exception | None = None

    def __call__(self) -> T:
        """Give what came of it; the first call asks.

        Raises
        ------
        OperatorError, CommerceLayerError, SecretUnavailable
            It failed: as it did the first time.
        """
        if self._failure is not None:
            raise self._failure
        if not self._got:
            try:
                self._got.append(self._ask())
            except Exception as error:
                self._failure = error
                raise
        return self._got[0]


def fine(found: str) -> Outcome:
    """All is as it should be."""
    return Outcome(state=State.FINE, found=found)


def wrong(found: str, remedy: str, *commands: str) -> Outcome:
    """Something is wrong, and this is to be done."""
    return Outcome(state=State.WRONG, found=found, remedy=remedy, commands=commands)


def run_checks(checks: Iterable[Check], so_far: Callable[[str], None]) -> Sequence[Finding]:
    """Ask all checks, in their order; one that cannot be asked hides no other. ``so_far`` gets each one's name."""
    findings: dict[str, Finding] = {}
    for check in checks:
        so_far(check.name)
        waits_for = ""
        missing = next((name for name in check.needs if findings[name].state is not State.FINE), None)
        try:
            if missing is not None:
                raise NotBefore(findings[missing].waits_for or missing)
            outcome = check.ask()
        except (OperatorError, CommerceLayerError) as error:
            waits_for = error.name if isinstance(error, NotBefore) else ""
            outcome = Outcome(state=State.NOT_ASKED, found=str(error), remedy=_remedy(error))
        findings[check.name] = Finding(
            name=check.name,
            state=outcome.state,
            found=outcome.found,
            remedy=outcome.remedy,
            commands=outcome.commands,
            waits_for=waits_for,
        )
    return list(findings.values())


def exit_status(findings: Sequence[Finding]) -> int:
    """Give the exit status: something is wrong, or else something could not be asked, or else all is fine."""
    states = {finding.state for finding in findings}
    if State.WRONG in states:
        return WRONG
    return NOT_ASKED if State.NOT_ASKED in states else OK


def not_asked(findings: Iterable[Finding]) -> Sequence[Finding]:
    """Give those that could not be asked."""
    return [finding for finding in findings if finding.state is State.NOT_ASKED]


def _remedy(error: Exception) -> str:
    """What to do; errors of a command say so themselves."""
    if isinstance(error, OperatorError | PermissionMissing):
        return ""
    return "see https://status.commercelayer.io, and try again in a minute"
