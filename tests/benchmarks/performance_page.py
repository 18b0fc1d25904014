"""Writes the figures of docs/performance.md from the results: ``python -m tests.benchmarks.performance_page``."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks import results
from tests.benchmarks.registry import NAMES, benchmark

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- figures: `make bench` writes what follows -->", "<!-- figures end -->"


def section(found: results.Results) -> str:
    """Write the figures' text; its links are relative to the page."""
    parts = [benchmark(name).markdown(found[name]).strip() for name in NAMES if name in found]
    about = found.get("about", {})
    machine = about.get("machine", {})
    origin = (
        f"Measured by `make bench` on {machine.get('cores')} cores with {about.get('python')}; "
        "all figures and what they assume: [results.json](benchmarks/results.json)."
    )
    return "\n\n".join([*parts, origin])


def replaced(text: str, body: str) -> str:
    """Replace what stands between the marks.

    Raises
    ------
    ValueError
        The text has no marks.
    """
    before, found, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"{PAGE.name} lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{body}\n{END}{after}"


def write() -> None:
    """Bring the page up to date."""
    PAGE.write_text(replaced(PAGE.read_text(), section(results.read())))


if __name__ == "__main__":
    write()
