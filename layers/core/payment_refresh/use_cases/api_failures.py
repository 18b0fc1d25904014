"""Calls to Commerce Layer that failed: in which metric each counts, and a log line for whoever must act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.errors import (
    CircuitOpen,
    CommerceLayerError,
    CredentialsRefused,
    Declined,
    MayNotRead,
    MayNotUpdate,
    NoBudget,
    NotFound,
    NoToken,
    PermissionMissing,
    RateLimited,
    RequestRefused,
    ServerError,
    TimedOut,
    Unavailable,
)
from payment_refresh.metrics import Metric

if TYPE_CHECKING:
    from payment_refresh.metrics import Counts
    from payment_refresh.ports import Log

METRICS: dict[type, Metric] = {
    NoBudget: Metric.NO_BUDGET,
    TimedOut: Metric.TIMED_OUT,
    ServerError: Metric.SERVER_ERROR,
    NoToken: Metric.NO_TOKEN,
    CircuitOpen: Metric.CIRCUIT_OPEN,
    Unavailable: Metric.UNAVAILABLE,
    RateLimited: Metric.RATE_LIMITED,
    CredentialsRefused: Metric.CREDENTIALS_REFUSED,
    MayNotRead: Metric.MAY_NOT_READ,
    MayNotUpdate: Metric.MAY_NOT_UPDATE,
    PermissionMissing: Metric.PERMISSION_MISSING,
    NotFound: Metric.NOT_FOUND,
    Declined: Metric.DECLINED,
    RequestRefused: Metric.REQUEST_REFUSED,
    CommerceLayerError: Metric.COMMERCE_LAYER_ERROR,
}
"""In which metric an error counts: that of its class, or of the nearest base class that has one."""


def metric_of(error: CommerceLayerError) -> Metric:
    """Say in which metric an error counts."""
    return next(METRICS[kind] for kind in type(error).__mro__ if kind in METRICS)


def report_failure(error: CommerceLayerError, counts: Counts, log: Log) -> None:
    """Count and log a failed call; what an operator must act on is logged at ERROR, what passes at WARNING.

    ``NoBudget`` is only counted: nothing was sent, so nothing went wrong.
    """
    counts[metric_of(error)] += 1
    if not isinstance(error, NoBudget):
        needs_operator = isinstance(error, CredentialsRefused | PermissionMissing | RequestRefused)
        log_failure(error, log, needs_operator=needs_operator)


def log_failure(error: CommerceLayerError, log: Log, *, needs_operator: bool, payment: str | None = None) -> None:
    """Log a failed call: at ERROR where an operator must act, else at WARNING."""
    write = log.error if needs_operator else log.warning
    write(
        "commerce_layer_did_not_answer",
        extra={"reason": error.reason, "detail": str(error), "request_id": error.request_id, "payment": payment},
    )
