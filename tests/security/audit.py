"""`make audit`: known vulnerabilities in what the locks pin; what could not be looked up is no pass.

pip-audit itself ends well where it could look nothing up, so its report is read instead.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
TOOL = ROOT / ".venv-audit" / "bin" / "pip-audit"
ARGUMENTS = ("--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json", "--desc", "off")
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Audit:
    """Findings about one lock.

    Attributes
    ----------
    vulnerable
        One line for each known vulnerability.
    unknown
        One line for each package that could not be looked up.
    """

    packages: int
    vulnerable: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was looked up, and nothing found."""
        return self.packages > 0 and not self.vulnerable and not self.unknown

    def lines(self, lock: str) -> list[str]:
        """Say it."""
        if self.passed:
            return [f"{lock}: {self.packages} packages, no known vulnerability"]
        lines = [f"{lock}: VULNERABLE: {line}" for line in self.vulnerable]
        if self.unknown or not self.packages:
            lines.append(
                f"{lock}: NOT AUDITED: {len(self.unknown)} of {self.packages} packages could not be looked up; "
                "the vulnerability service cannot be reached from here, or does not know them:"
            )
            lines += [f"    {line}" for line in self.unknown[:SHOWN]]
            lines += [f"    … and {len(self.unknown) - SHOWN} more"] if len(self.unknown) > SHOWN else []
        return lines


def read_report(report: Mapping[str, Any]) -> Audit:
    """Read pip-audit's report."""
    packages = report["dependencies"]
    return Audit(
        packages=len(packages),
        vulnerable=tuple(
            f"{package['name']} {package['version']}: {found['id']}, "
            f"mended in {', '.join(found['fix_versions']) or '?'}"
            for package in packages
            for found in package.get("vulns", ())
        ),
        unknown=tuple(package["skip_reason"] for package in packages if "skip_reason" in package),
    )


def audit(lock: Path) -> Audit:
    """Look up what a lock pins."""
    done = subprocess.run(  # noqa: S603  our own tool, on our own files
        [TOOL, *ARGUMENTS, "--requirement", lock], cwd=ROOT, capture_output=True, text=True, check=False
    )
    try:
        return read_report(json.loads(done.stdout))
    except (ValueError, KeyError, TypeError):
        reason = (done.stderr.strip().splitlines() or ["no output"])[-1]
        return Audit(packages=0, vulnerable=(), unknown=(f"pip-audit failed: {reason[:300]}",))


def main() -> int:
    """Audit every lock; 1 where anything was found or could not be looked up."""
    locks = [ROOT / "layers" / "core" / "requirements.txt", *sorted((ROOT / "requirements").glob("*.txt"))]
    passed = True
    for lock in locks:
        result = audit(lock)
        passed = passed and result.passed
        print(*result.lines(str(lock.relative_to(ROOT))), sep="\n", flush=True)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
