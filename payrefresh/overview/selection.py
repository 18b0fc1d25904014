"""The selection of watches for a list: which ones, and in which order. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from payment_refresh.domain.payment import ORDERS, REFRESHABLE
from payment_refresh.domain.vocabulary import STUCK, Notice, Status, WatchClass
from payrefresh.errors import WrongInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from payment_refresh.domain.watch import Watch
    from payrefresh.overview.amounts import Least

ALL = "all"
NOT_OVER: frozenset[str] = frozenset({Status.WATCHING, *STUCK})
"""What is listed unless statuses are asked for: what is pending, or waits for a person."""

TYPES = (*REFRESHABLE, ORDERS)


class Sort(StrEnum):
    """The order of a list."""

    AGE = "age"
    AMOUNT = "amount"
    DUE = "due"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What to list; None, and no words, for any.

    Attributes
    ----------
    gateways
        Types or ids of gateways in Commerce Layer.
    since_before
        Only what has been pending since before that (epoch seconds UTC).
    """

    statuses: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    gateways: frozenset[str] = frozenset()
    notices: frozenset[str] = frozenset()
    since_before: float | None = None
    least: Least | None = None

    def takes(self, watch: Watch) -> bool:
        """Whether a watch is to be listed."""
        return (
            self._has(self.statuses, watch.status)
            and self._has(self.classes, watch.watch_class)
            and self._has(self.types, watch.key.type)
            and self._has(self.notices, watch.notice)
            and self._is_of_gateway(watch)
            and (self.since_before is None or watch.since <= self.since_before)
            and (self.least is None or self.least.allows(watch.amount_cents, watch.currency))
        )

    def _is_of_gateway(self, watch: Watch) -> bool:
        return self._has(self.gateways, watch.payment_gateway_type) or watch.payment_gateway_id in self.gateways

    @staticmethod
    def _has(words: frozenset[str], word: str | None) -> bool:
        return not words or word in words


def read_words(option: str, given: Iterable[str], known: Iterable[str]) -> frozenset[str]:
    """Read the words of an option, which may stand between commas; ``all`` is none of them, and so any.

    Raises
    ------
    WrongInput
        One is not known; the message names those that are.
    """
    words = frozenset(word.strip() for each in given for word in each.split(",") if word.strip())
    if ALL in words:
        return frozenset()
    unknown = sorted(words - set(known))
    if unknown:
        raise WrongInput(f"{option} {unknown[0]!r:.60} is not known: give {', '.join(sorted(known))} or all")
    return words


def read_statuses(given: Sequence[str], *, has_notices: bool = False) -> frozenset[str]:
    """Read ``--status``; by default what is not over, but any where notices are asked for, most of which are."""
    if given:
        return read_words("--status", given, tuple(Status))
    return frozenset() if has_notices else NOT_OVER


def read_classes(given: Iterable[str]) -> frozenset[str]:
    """Read ``--class``."""
    return read_words("--class", given, tuple(WatchClass))


def read_types(given: Iterable[str]) -> frozenset[str]:
    """Read ``--type``."""
    return read_words("--type", given, TYPES)


def read_notices(given: Iterable[str]) -> frozenset[str]:
    """Read ``--notice``."""
    return read_words("--notice", given, tuple(Notice))


def arranged(watches: Iterable[Watch], by: Sort) -> Sequence[Watch]:
    """Put watches in order: the oldest first, the largest of each currency, what is due, or what ended last."""
    return sorted(watches, key=_ORDERS[by])


def sums(watches: Iterable[Watch]) -> Mapping[str, int]:
    """Totals of the orders by currency, in its smallest unit; an order counts once."""
    totals: Counter[str] = Counter()
    orders: set[str] = set()
    for watch in watches:
        order = watch.order_id or str(watch.key)
        if order not in orders and watch.amount_cents is not None and watch.currency is not None:
            orders.add(order)
            totals[watch.currency] += watch.amount_cents
    return dict(sorted(totals.items()))


_ORDERS: Mapping[Sort, Callable[[Watch], tuple[object, ...]]] = {
    Sort.AGE: lambda watch: (watch.since, watch.key),
    Sort.AMOUNT: lambda watch: (watch.currency or "", -(watch.amount_cents or 0), watch.key),
    Sort.DUE: lambda watch: (watch.due_at is None, watch.due_at or 0, watch.key),
    Sort.ENDED: lambda watch: (watch.ended_at is None, -(watch.ended_at or 0), watch.key),
}
