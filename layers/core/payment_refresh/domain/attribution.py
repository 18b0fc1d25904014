"""Attribution: whether the gateway's webhook, a shopper or our own refresh moved an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.vocabulary import CheckSource, SettledBy
from payment_refresh.times import to_epoch

if TYPE_CHECKING:
    from payment_refresh.domain.moment import Moment
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch

CLOCK_SKEW = 0.2
"""Seconds by which Commerce Layer's clock may be behind ours where a change is attributed to our refresh."""


@dataclass(frozen=True, slots=True)
class SentRefresh:
    """A refresh that was sent: when, and when it was answered or given up on; epoch seconds UTC."""

    sent: float
    until: float


def attribute_check(watch: Watch, at: Moment, *, refreshed: bool) -> SettledBy:
    """Attribute money that a check shows, and the check before it did not.

    It is our refresh's where its answer shows it, or the first look within two minutes after it, unless an order
    event that came meanwhile showed the money already before it was sent. When the payment status changed is no
    sign: a capture that follows our refresh moves it again.

    Parameters
    ----------
    watch
        The watch with its last refresh, this one included, and with the checks before this one.
    refreshed
        Whether this check is a refresh.
    """
    if watch.refresh_sent_at is None or watch.refresh_answered_at is None:
        return SettledBy.WEBHOOK
    sent, answered = to_epoch(watch.refresh_sent_at), to_epoch(watch.refresh_answered_at)
    if watch.event_money_at is not None and to_epoch(watch.event_money_at) < sent - CLOCK_SKEW:
        return SettledBy.WEBHOOK
    if refreshed:
        return SettledBy.REFRESH
    was_looked_at = any(check.by is CheckSource.LOOK and check.at > answered for check in watch.checks)
    is_soon = at.now <= answered + at.policy.echo
    return SettledBy.REFRESH if is_soon and not was_looked_at else SettledBy.WEBHOOK


def attribute_event(watch: Watch, order: Order, policy: Policy) -> SettledBy:
    """Attribute money that an order event shows: ours only if it came during our last refresh or shortly after.

    Where the answer to that refresh was lost, the event is the first to show what it did, like the first look.
    """
    paid_at, sent_at = order.payment_updated_at, watch.refresh_sent_at
    was_lost = sent_at is not None and (not watch.checks or watch.checks[-1].at < int(to_epoch(sent_at)))
    within = policy.echo if was_lost else policy.shortly
    is_ours = paid_at is not None and _is_after_refresh(watch, paid_at, within)
    return SettledBy.REFRESH if is_ours else SettledBy.WEBHOOK


def is_own_change(watch: Watch, changed_at: str, policy: Policy) -> bool:
    """Whether a change of the order may be the work of our refresh, which makes no cart young again.

    Clocks may differ by some seconds: a shopper's change right before our refresh passes for ours.
    """
    return _is_after_refresh(watch, changed_at, policy.echo, skew=policy.shortly)


def _is_after_refresh(watch: Watch, changed_at: str, within: float, *, skew: float = CLOCK_SKEW) -> bool:
    if watch.refresh_sent_at is None or watch.refresh_answered_at is None:
        return False
    first = to_epoch(watch.refresh_sent_at) - skew
    return first <= to_epoch(changed_at) <= to_epoch(watch.refresh_answered_at) + within
