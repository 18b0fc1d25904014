"""The short way by which simulations replace watches: it gives what `copy.replace` gives."""

from __future__ import annotations

from copy import replace

import pytest
from hypothesis import given

from payment_refresh.domain.policy import Policy
from payment_refresh.domain.watch import Watch
from tests.support import samples
from tests.support.quick_watches import quick_watches
from tests.unit.strategies import watches

WATCH = samples.watch(samples.order(), Policy())


@given(watches(), watches())
def test_watch_replaced_the_short_way_equals_one_replaced_as_usual(watch: Watch, other: Watch) -> None:
    def next_value() -> Watch:
        return replace(watch, claim=other.claim, status=other.status, checks=other.checks, due_at=other.due_at)

    usual = next_value()

    with quick_watches():
        assert next_value() == usual
        assert replace(watch) == watch


def test_short_way_refuses_a_field_that_a_watch_does_not_have() -> None:
    with quick_watches(), pytest.raises(TypeError, match="claimed"):
        replace(WATCH, claimed="token")  # type: ignore[call-arg]  # on purpose


def test_usual_way_is_back_once_the_simulation_is_over() -> None:
    usual = Watch.__replace__
    with quick_watches():
        assert Watch.__replace__ is not usual

    assert Watch.__replace__ is usual
