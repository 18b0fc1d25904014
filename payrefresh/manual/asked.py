"""The sign that a payment was asked since somebody sent a message for it: its row has it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch


def was_asked(before: Watch | None, row: Watch) -> bool:
    """Whether a row shows an answer that it did not show before; a call that got none counts as one.

    A lease, or a check that was put off because the budget is used up, is no answer.
    """
    if before is None or row.round > before.round:
        return not row.is_open or not row.is_unchecked
    if row.status is not before.status and not row.is_open:
        return True
    return row.checks != before.checks or row.consecutive_failures > before.consecutive_failures
