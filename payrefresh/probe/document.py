"""The file of a probe, for people to keep and for a sandbox to be made like the organization.

An object of these members; a later version may have more, and one that changes their meaning has another number::

    schema          "payrefresh-probe/1"
    organization    the organization's slug
    mode            "live" or "test": of the credentials
    api_version     the version that was named in the paths; "" for none
    asked_at        when, ISO 8601, UTC
    findings        a list, in the order in which they were asked, of objects:
        id              such as "filters.combination"
        payment         type#id of the payment that was refreshed; only where one was
        assumed, found  what the code assumes, and what was found, in words
        verdict         "as assumed", "differs", "could not be asked", "not seen"
        meaning         what to make of it; "" where all is as assumed
    sandbox         what `python -m sandbox --like FILE` takes:
        mode            as above
        may_update      whether the role may update payments; null where that was not asked
        switches        the sandbox's switches by name, those of which something was found out

There is no secret in it, and nothing of a shopper: the one id that it may have is that of a payment named by the
operator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from payrefresh.probe.findings import Finding, Report

SCHEMA = "payrefresh-probe/1"


def to_document(report: Report) -> dict[str, Any]:
    """Write a report as the file has it."""
    return {
        "schema": SCHEMA,
        "organization": report.organization,
        "mode": report.mode,
        "api_version": report.api_version,
        "asked_at": report.asked_at,
        "findings": [_finding(each) for each in report.findings],
        "sandbox": {
            "mode": report.mode,
            "may_update": report.may_update,
            "switches": dict(sorted(report.switches.items())),
        },
    }


def _finding(finding: Finding) -> dict[str, str]:
    payment = {"payment": finding.subject} if finding.subject else {}
    return {
        "id": finding.id,
        **payment,
        "assumed": finding.assumed,
        "found": finding.found,
        "verdict": finding.verdict.value,
        "meaning": finding.meaning,
    }
