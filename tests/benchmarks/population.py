"""The payments that come: placement, authorization by the gateway, and the events that report them."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log
from typing import TYPE_CHECKING, Protocol

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.policy import DAY, HOUR, MINUTE
from tests.support.clock import START
from tests.support.samples import STRIPE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random


class Draw(Protocol):
    """A distribution of times from placement to authorization."""

    def __call__(self, random: Random) -> float:
        """Seconds; infinity where it never comes."""
        ...


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Most come about the median, some much later."""

    median: float
    sigma: float = 1.0

    def __call__(self, random: Random) -> float:
        """Draw seconds."""
        return random.lognormvariate(log(self.median), self.sigma)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Any time between two is as likely."""

    earliest: float
    latest: float

    def __call__(self, random: Random) -> float:
        """Draw seconds."""
        return random.uniform(self.earliest, self.latest)


@dataclass(frozen=True, slots=True)
class Never:
    """The shopper left."""

    def __call__(self, random: Random) -> float:  # noqa: ARG002  as the others
        """Give infinity."""
        return inf


type Mix = tuple[tuple[float, Draw], ...]
"""Shares, and how each part of the payments settles."""

FAST = LogNormal(5, 0.5)
STUCK: Mix = (
    (0.60, LogNormal(3 * MINUTE)),
    (0.15, LogNormal(2 * HOUR)),
    (0.15, Uniform(3 * DAY, 10 * DAY)),
    (0.10, Never()),
)
ALL_FAST: Mix = ((1.0, FAST),)
MIXED: Mix = (
    (0.92, FAST),
    (0.05, LogNormal(3 * MINUTE)),
    (0.02, Uniform(3 * DAY, 10 * DAY)),
    (0.01, Never()),
)
STUCK_TEXT = (
    "seconds from placement to the gateway's authorization: 60 % log-normal (sigma 1) with median 3 min, 15 % "
    "log-normal (sigma 1) with median 2 h, 15 % uniform from 3 to 10 days, 10 % never"
)
FAST_TEXT = "log-normal (sigma 0.5) with median 5 s"
MIXED_TEXT = (
    f"92 % {FAST_TEXT}, 5 % log-normal (sigma 1) with median 3 min, 2 % uniform from 3 to 10 days, 1 % never"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One payment.

    Attributes
    ----------
    placed_at
        When its order was placed.
    settles_at
        When the gateway has the money; infinity if never.
    moves_at
        When the gateway's webhook moves the order; infinity where it is lost.
    """

    number: int
    placed_at: float
    settles_at: float
    moves_at: float

    @property
    def key(self) -> PaymentKey:
        """The payment's name; names sort as numbers do."""
        return PaymentKey(STRIPE, f"pay-{self.number:08}")


def draw(mix: Mix, random: Random) -> float:
    """Draw the seconds from placement to authorization."""
    at = random.random()
    for share, kind in mix:
        at -= share
        if at < 0:
            return kind(random)
    return mix[-1][1](random)


def arrivals(mix: Mix, per_day: float, random: Random, *, lost: float) -> Iterator[Payment]:
    """Let payments come, at random and independently of each other.

    Parameters
    ----------
    lost
        Share of the gateway's webhooks that never arrive.
    """
    at, number = float(START), 0
    while True:
        at, number = at + random.expovariate(per_day / DAY), number + 1
        settles_at = at + draw(mix, random)
        is_lost = random.random() < lost
        yield Payment(number=number, placed_at=at, settles_at=settles_at, moves_at=inf if is_lost else settles_at)
