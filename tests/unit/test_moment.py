"""The circumstances of a transition."""

from __future__ import annotations

from payment_refresh.domain.moment import Moment
from payment_refresh.domain.policy import Policy
from tests.support.clock import START


def test_a_moment_without_jitter_leaves_intervals_as_the_policy_says() -> None:
    assert Moment(now=int(START), policy=Policy()).jitter() == 0
