"""Writes the README's section "Performance" from the results: ``python -m tests.benchmarks.readme``."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks import results
from tests.benchmarks.registry import NAMES, benchmark

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- performance: `make bench` writes what follows -->", "<!-- performance ends -->"


def section(found: results.Results) -> str:
    """Write the section's text."""
    parts = [benchmark(name).markdown(found[name]).strip() for name in NAMES if name in found]
    about = found.get("about", {})
    machine = about.get("machine", {})
    origin = (
        f"Measured by `make bench` on {machine.get('cores')} cores with {about.get('python')}; "
        "all figures and what they assume: [results.json](docs/benchmarks/results.json)."
    )
    return "\n\n".join([*parts, origin])


def replaced(text: str, body: str) -> str:
    """Put a body between the marks.

    Raises
    ------
    ValueError
        The text has no marks.
    """
    before, found, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"the README lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{body}\n{END}{after}"


def write() -> None:
    """Bring the README up to date."""
    README.write_text(replaced(README.read_text(), section(results.read())))


if __name__ == "__main__":
    write()
