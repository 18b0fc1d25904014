"""Finding the log events of the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.log_calls import LogEvent, log_events

if TYPE_CHECKING:
    from pathlib import Path


def found_in(source: str, folder: Path) -> dict[str, LogEvent]:
    path = folder / "module.py"
    path.write_text(source)
    return log_events([path])


def test_log_event_bears_the_levels_and_fields_of_all_its_calls(tmp_path: Path) -> None:
    source = """
def one(self):
    self.parts.log.info("ended", extra={"payment": 1})
def two(logger):
    logger.exception("ended", extra={"detail": 1})
"""
    assert found_in(source, tmp_path) == {"ended": LogEvent({"info", "error"}, {"payment", "detail"})}


def test_log_event_is_found_behind_a_chosen_level_and_a_named_extra(tmp_path: Path) -> None:
    source = """
def one(log, bad):
    write = log.error if bad else log.warning
    extra = {"reason": 1}
    write("failed", extra=extra)
"""
    assert found_in(source, tmp_path) == {"failed": LogEvent({"error", "warning"}, {"reason"})}


@pytest.mark.parametrize("call", ["log.info(name)", "log.info('a', extra=b())", "log.info('a', extra={b: 1})"])
def test_log_event_that_cannot_be_read_from_the_source_is_refused(call: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"module\.py:3"):
        found_in(f"\ndef one(log, name):\n    {call}\n", tmp_path)


def test_calls_of_other_objects_are_no_log_events(tmp_path: Path) -> None:
    assert found_in("def one(console):\n    console.error('text')\n", tmp_path) == {}
