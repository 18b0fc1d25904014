"""The metrics in which a settled watch counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payment_refresh.domain.measures import settlement_counts
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import SettledBy
from tests.support import samples
from tests.support.clock import START

POLICY = Policy()
WATCH = samples.watch(samples.order(), POLICY)


class TestWhoIsCounted:
    """Who moved the order; a payment our refresh settled late says that the gateway's webhook does not arrive."""

    @pytest.mark.parametrize(
        ("settled_by", "age", "names"),
        [
            (None, 10_000, []),
            (SettledBy.WEBHOOK, 10_000, ["SettledByWebhook"]),
            (SettledBy.REFRESH, 599, ["SettledByRefresh"]),
            (SettledBy.REFRESH, 600, ["SettledByRefresh", "FoundLateByRefresh"]),
        ],
    )
    def test_a_settlement(self, settled_by: SettledBy | None, age: int, names: list[str]) -> None:
        watch = replace(WATCH, settled_by=settled_by)

        assert settlement_counts(watch, START + age, POLICY) == names

    def test_the_age_is_that_of_the_round(self) -> None:
        watch = replace(WATCH, settled_by=SettledBy.REFRESH, since=START - 10_000)

        assert settlement_counts(watch, START + 599, POLICY) == ["SettledByRefresh"]
