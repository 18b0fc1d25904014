"""No module has more than 300 lines."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("layers/core/payment_refresh", "functions", "payrefresh", "devstack", "sandbox", "tools", "tests")
MOST_LINES = 300


def test_every_module_has_three_hundred_lines_at_most() -> None:
    modules = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    lines = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in modules}

    assert len(modules) > 300
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}
