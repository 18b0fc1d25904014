"""Findings of a probe: what was assumed, what was found, and what that means. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from payrefresh.errors import NOT_ASKED, OK, WRONG, OperatorError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payrefresh.probe.ports import Answer

HANDLED = "nothing to do: both are handled"


class Verdict(StrEnum):
    """Result of holding what was found against what was assumed."""

    AS_ASSUMED = "as assumed"
    DIFFERS = "differs"
    UNASKED = "could not be asked"
    UNSEEN = "not seen"
    """The occasion did not arise, such as a failed authorization, or was not asked for: not counted as missing."""


class Unasked(OperatorError):
    """One question was not answered; the others may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that the code assumes, and what the API does.

    Attributes
    ----------
    id
        Names it in the file, such as ``filters.combination``.
    meaning
        What to make of it; empty where all is as assumed.
    subject
        The payment that was refreshed; empty for everything else.
    switches
        Switches that let a sandbox behave so; empty where nothing is known.
    may_update
        Whether the role may update payments; None where this says nothing of it.
    """

    id: str
    assumed: str
    found: str
    verdict: Verdict
    meaning: str = ""
    subject: str = ""
    switches: Mapping[str, object] = field(default_factory=dict)
    may_update: bool | None = None


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that the code assumes, to make findings of."""

    id: str
    text: str

    def holds(self, found: str, **switches: object) -> Finding:
        """It is so."""
        return Finding(id=self.id, assumed=self.text, found=found, verdict=Verdict.AS_ASSUMED, switches=switches)

    def differs(self, found: str, meaning: str, **switches: object) -> Finding:
        """It is otherwise."""
        return Finding(
            id=self.id,
            assumed=self.text,
            found=found,
            verdict=Verdict.DIFFERS,
            meaning=meaning,
            switches=switches,
        )

    def unasked(self, why: str) -> Finding:
        """It could not be asked."""
        return Finding(
            id=self.id,
            assumed=self.text,
            found=why,
            verdict=Verdict.UNASKED,
            meaning="not known of this organization",
        )

    def unseen(self, why: str) -> Finding:
        """There was no occasion to see it."""
        return Finding(id=self.id, assumed=self.text, found=why, verdict=Verdict.UNSEEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All findings of one organization.

    Attributes
    ----------
    api_version
        The version that was named in the paths; empty for none.
    asked_at
        ISO 8601.
    """

    organization: str
    mode: str
    api_version: str
    asked_at: str
    findings: Sequence[Finding]

    def having(self, verdict: Verdict) -> Sequence[Finding]:
        """The findings of a verdict."""
        return [each for each in self.findings if each.verdict is verdict]

    @property
    def exit_status(self) -> int:
        """1 where something differs, else 2 where something could not be asked, else 0."""
        if self.having(Verdict.DIFFERS):
            return WRONG
        return NOT_ASKED if self.having(Verdict.UNASKED) else OK

    @property
    def switches(self) -> Mapping[str, object]:
        """The switches of a sandbox that is like it: lists and objects of several findings are put together."""
        merged: dict[str, object] = {}
        for finding in self.findings:
            for name, value in finding.switches.items():
                merged[name] = _joined(merged.get(name), value)
        return merged

    @property
    def may_update(self) -> bool | None:
        """Whether the role may update payments; None where that was not asked."""
        known = [each.may_update for each in self.findings if each.may_update is not None]
        return known[0] if known else None


def _joined(before: object, value: object) -> object:
    if isinstance(before, dict) and isinstance(value, dict):
        return before | value
    if isinstance(before, list) and isinstance(value, list):
        return [*before, *(each for each in value if each not in before)]
    return value


def answered(answer: Answer, what: str) -> Answer:
    """Give an answer that says something of what was asked.

    Raises
    ------
    Unasked
        The API failed, or the role lacks the right.
    """
    if answer.status >= 500 or answer.status in (401, 403):
        lacks = f"the integration's role may not {what}" if answer.status < 500 else "the API failed"
        raise Unasked(f"{lacks} ({answer.said})")
    return answer
