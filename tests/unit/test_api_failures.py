"""API failures are counted by class, and logged as an error where a person must act, as a warning elsewhere."""

from __future__ import annotations

from collections import Counter

import pytest

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
from payment_refresh.use_cases.api_failures import report_failure
from tests.support.log import Entry, FakeLog

PERSONS = (CredentialsRefused, MayNotRead, MayNotUpdate, RequestRefused)
PASSING = (TimedOut, ServerError, NoToken, CircuitOpen, RateLimited, NotFound, Declined)


@pytest.mark.parametrize("kind", [*PERSONS, *PASSING])
def test_it_is_counted_by_its_class(kind: type[CommerceLayerError]) -> None:
    counts = Counter({kind.__name__: 1})

    report_failure(kind("no"), counts, FakeLog())

    assert counts == {kind.__name__: 2}


@pytest.mark.parametrize(
    ("kind", "level"), [(kind, "error") for kind in PERSONS] + [(kind, "warning") for kind in PASSING]
)
def test_what_a_person_must_mend_is_an_error(kind: type[CommerceLayerError], level: str) -> None:
    log = FakeLog()

    report_failure(kind("what was asked", status=418, code="TEAPOT", trace_id="trace"), Counter(), log)

    extra = {"reason": "418 TEAPOT", "detail": "what was asked", "trace_id": "trace"}
    assert log.entries == [Entry(level, "commerce_layer_did_not_answer", extra)]


def test_want_of_budget_is_counted_only() -> None:
    counts, log = Counter[str](), FakeLog()

    report_failure(NoBudget("no slot soon"), counts, log)

    assert counts == {"NoBudget": 1}
    assert log.entries == []
