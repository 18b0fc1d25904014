"""Kinds in which somebody else's fault must stay theirs: refreshes that always fail, and a broken gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.gateway import Failing
from tests.simulation.kinds.kind import Kind
from tests.simulation.truth import EITHER, GIVEN_UP, SETTLED
from tests.simulation.weather import DAY, HOUR

if TYPE_CHECKING:
    from tests.simulation.case import Case
    from tests.simulation.kernel import Script

HOWS = tuple(Failing)


def never_refreshed(case: Case) -> Script:
    """Every refresh of this one payment fails, for good."""
    yield from case.opens()
    case.shop.failing[case.key()] = case.dice.choice(HOWS)
    case.places()


def not_refreshed_for_a_while(case: Case) -> Script:
    """The same for some hours; the payment was made meanwhile."""
    yield from case.opens()
    case.shop.failing[case.key()] = case.dice.choice(HOWS)
    case.places()
    yield from case.confirms()
    yield case.dice.uniform(HOUR, DAY)
    del case.shop.failing[case.key()]


def never_refreshed_and_paid(case: Case) -> Script:
    """The same for good; whether the payment was made, only its gateway's webhook says."""
    yield from case.opens()
    case.shop.failing[case.key()] = case.dice.choice(HOWS)
    case.places()
    yield case.soon()
    yield from case.confirms()


def behind_a_broken_gateway(case: Case) -> Script:
    """One account at the gateway breaks, for a while or for good; payments go on by the others."""
    account = f"{case.key().type}-{case.account}"
    for_good = int(case.account.rpartition("-")[2]) % 2 == 0
    how = HOWS[int(case.account.rpartition("-")[2]) % len(HOWS)]
    case.shop.broken.setdefault(account, how)
    case.truth = EITHER if for_good else SETTLED
    yield from case.opens()
    case.places()
    yield case.soon()
    yield from case.confirms()
    yield from case.comes()
    if not for_good:
        case.shop.broken.pop(account, None)


KINDS = (
    Kind(script=never_refreshed, weight=3, truth=GIVEN_UP),
    Kind(script=not_refreshed_for_a_while, weight=4, truth=SETTLED),
    Kind(script=never_refreshed_and_paid, weight=2, truth=EITHER),
    Kind(script=behind_a_broken_gateway, weight=1, truth=EITHER, group=(4, 9), within=(0.05, 0.5)),
)
