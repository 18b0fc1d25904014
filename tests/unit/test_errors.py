"""The short text of an error, and where it belongs."""

from __future__ import annotations

import pytest

from payment_refresh import errors
from payment_refresh.domain.watch import RowConflict
from payment_refresh.errors import CommerceLayerError, PaymentRefreshError, RateLimited, Unavailable


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Unavailable("no answer"), "Unavailable"),
        (Unavailable("no answer", code="ReadTimeout"), "ReadTimeout"),
        (RateLimited("slow down", status=429), "429"),
        (CommerceLayerError("declined", status=422, code="VALIDATION_ERROR"), "422 VALIDATION_ERROR"),
    ],
)
def test_the_reason_is_status_and_code_or_what_kind_of_error_it_was(
    error: CommerceLayerError, reason: str
) -> None:
    assert error.reason == reason


def test_an_error_of_commerce_layer_has_what_its_support_asks_for() -> None:
    error = RateLimited("slow down", status=429, code="RATE", request_id="req-1", retry_after=1.5)

    assert (error.status, error.code, error.request_id, error.retry_after) == (429, "RATE", "req-1", 1.5)
    assert str(error) == "slow down"


def test_a_lost_write_has_the_row_as_it_stands() -> None:
    conflict = RowConflict("stripe_payments#a", None)

    assert (conflict.key, conflict.current) == ("stripe_payments#a", None)
    assert "stripe_payments#a" in str(conflict)


def test_everything_raised_on_purpose_has_one_root() -> None:
    raised = [thing for thing in vars(errors).values() if isinstance(thing, type) and issubclass(thing, Exception)]

    assert all(issubclass(error, PaymentRefreshError) for error in raised)
