"""The audit passes only where everything was looked up and nothing found."""

from __future__ import annotations

import pytest

from tests.security.audit import SHOWN, Audit, read_report

FINE = {"name": "httpx", "version": "0.28.1", "vulns": []}
BAD = {
    "name": "old",
    "version": "1.0",
    "vulns": [
        {"id": "PYSEC-1", "fix_versions": ["1.1", "2.0"], "aliases": []},
        {"id": "PYSEC-2", "fix_versions": [], "aliases": []},
    ],
}
UNKNOWN = {"name": "x", "skip_reason": "Dependency not found: x (1.0)"}


def test_nothing_found() -> None:
    audit = read_report({"dependencies": [FINE], "fixes": []})

    assert audit.passed
    assert audit.lines("a.txt") == ["a.txt: 1 packages, no known vulnerability"]


def test_vulnerabilities_fail_it_and_are_named() -> None:
    audit = read_report({"dependencies": [FINE, BAD], "fixes": []})

    assert not audit.passed
    assert audit.lines("a.txt") == [
        "a.txt: VULNERABLE: old 1.0: PYSEC-1, mended in 1.1, 2.0",
        "a.txt: VULNERABLE: old 1.0: PYSEC-2, mended in ?",
    ]


def test_what_could_not_be_looked_up_fails_it_and_that_is_said() -> None:
    audit = read_report({"dependencies": [FINE, *[UNKNOWN] * (SHOWN + 2)], "fixes": []})

    assert not audit.passed
    first, *others = audit.lines("a.txt")
    assert first.startswith("a.txt: NOT AUDITED: 7 of 8 packages could not be looked up")
    assert others == [*["    Dependency not found: x (1.0)"] * SHOWN, "    … and 2 more"]


@pytest.mark.parametrize("audit", [read_report({"dependencies": []}), Audit(0, (), ("pip-audit failed: boom",))])
def test_no_package_is_no_pass(audit: Audit) -> None:
    assert not audit.passed
    assert "NOT AUDITED" in audit.lines("a.txt")[0]
