"""A failed call counts in the metric of its error, and is logged as loudly as it needs somebody."""

from __future__ import annotations

import pytest

from payment_refresh import errors
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
    RateLimited,
    RequestRefused,
    ServerError,
    TimedOut,
)
from payment_refresh.metrics import Counts
from payment_refresh.use_cases.api_failures import METRICS, metric_of, report_failure
from tests.support.log import Entry, FakeLog

PERSONS = (CredentialsRefused, MayNotRead, MayNotUpdate, RequestRefused)
PASSING = (TimedOut, ServerError, NoToken, CircuitOpen, RateLimited, NotFound, Declined)


@pytest.mark.parametrize("kind", [*PERSONS, *PASSING])
def test_an_error_counts_in_the_metric_of_its_class(kind: type[CommerceLayerError]) -> None:
    metric = METRICS[kind]
    counts = Counts({metric: 1})

    report_failure(kind("no"), counts, FakeLog())

    assert counts == {metric: 2}


@pytest.mark.parametrize("kind", [*PERSONS, *PASSING])
def test_an_error_of_a_subclass_counts_in_the_metric_of_its_base(kind: type[CommerceLayerError]) -> None:
    subclass = type("Renamed", (kind,), {})

    assert metric_of(subclass("no")) is METRICS[kind]


def test_every_error_of_commerce_layer_has_a_metric_of_its_own() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type)}

    assert {kind for kind in kinds if issubclass(kind, CommerceLayerError)} == METRICS.keys()
    assert len(set(METRICS.values())) == len(METRICS)


@pytest.mark.parametrize(
    ("kind", "level"), [(kind, "error") for kind in PERSONS] + [(kind, "warning") for kind in PASSING]
)
def test_what_a_person_must_mend_is_an_error(kind: type[CommerceLayerError], level: str) -> None:
    log = FakeLog()

    report_failure(kind("what was asked", status=418, code="TEAPOT", request_id="req-1"), Counts(), log)

    extra = {"reason": "418 TEAPOT", "detail": "what was asked", "request_id": "req-1", "payment": None}
    assert log.entries == [Entry(level, "commerce_layer_did_not_answer", extra)]


def test_want_of_budget_is_counted_only() -> None:
    counts, log = Counts(), FakeLog()

    report_failure(NoBudget("no slot soon"), counts, log)

    assert counts == {"NoBudget": 1}
    assert log.entries == []
