"""Reading of times, as they stand in an order's document."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.times import read_time, to_epoch, to_iso


class TestTimes:
    """Times are brought into one form, so that they compare as text."""

    @pytest.mark.parametrize(
        ("given", "read"),
        [
            ("2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.000Z"),
            ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"),
            ("2026-01-31T13:00:00.5+01:00", "2026-01-31T12:00:00.500Z"),
            ("2026-01-31T12:00:00", None),
            ("2026-01-31", None),
            ("0001-01-01T00:00:00+23:00", None),
            ("soon", None),
            ("", None),
            (None, None),
            (1769860800, None),
        ],
    )
    def test_iso_8601_becomes_utc_with_milliseconds(self, given: object, read: str | None) -> None:
        assert read_time(given) == read

    @given(st.floats(631_152_000, 4_102_444_800).map(lambda epoch: datetime.fromtimestamp(epoch, UTC)))
    def test_what_was_read_reads_as_itself_and_keeps_its_order(self, moment: datetime) -> None:
        text = read_time(moment.isoformat())

        assert text is not None
        assert read_time(text) == text
        assert 0 <= moment.timestamp() - to_epoch(text) < 0.001001
        assert text <= to_iso(moment.timestamp() + 0.001)
