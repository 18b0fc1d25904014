"""What Commerce Layer did not answer is counted by its error's class, and logged for whoever must act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.errors import CredentialsRefused, NoBudget, PermissionMissing, RequestRefused

if TYPE_CHECKING:
    from collections import Counter

    from payment_refresh.errors import CommerceLayerError
    from payment_refresh.ports import Log


def report_failure(error: CommerceLayerError, counts: Counter[str], log: Log) -> None:
    """Count and log what went wrong; what a person must mend is an error, what passes a warning.

    Want of budget is counted only: nothing was asked, so nothing went wrong.
    """
    counts[type(error).__name__] += 1
    if isinstance(error, NoBudget):
        return
    persons = isinstance(error, CredentialsRefused | PermissionMissing | RequestRefused)
    write = log.error if persons else log.warning
    write(
        "commerce_layer_did_not_answer",
        extra={"reason": error.reason, "detail": str(error), "trace_id": error.trace_id},
    )
