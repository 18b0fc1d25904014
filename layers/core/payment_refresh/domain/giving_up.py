"""Giving up: when a payment that stayed pending is given up, and what becomes of it then. Pure."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

from payment_refresh.domain.endings import end
from payment_refresh.domain.vocabulary import OutboxItem, Reason, Status, WatchClass

if TYPE_CHECKING:
    from payment_refresh.domain.check_results import Answered
    from payment_refresh.domain.moment import Moment
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch


def is_last_look(watch: Watch, now: int, policy: Policy) -> bool:
    """Whether the refresh that giving up takes was sent not long ago, so that only the last look is missing."""
    refreshed = watch.refreshed_at
    if refreshed is None or refreshed < policy.ends_at(watch):
        return False
    # Both times are rounded down, so the look comes a whole ``first`` later only where it is one second more.
    return policy.first < now - refreshed <= policy.last_look_within


def may_give_up(watch: Watch, answer: Answered, at: Moment) -> bool:
    """Whether the policy's end has come, and all was asked that giving up takes.

    That is a refresh and then, at least one ``first`` later, a look. Where no refresh may be sent, what the order
    does not wait for any more takes two looks instead.
    """
    if not answer.looked or answer.sent_refresh is not None or at.now < at.policy.ends_at(watch):
        return False
    if answer.can_refresh and not watch.look_only:
        return is_last_look(watch, at.now, at.policy)
    if watch.cancelled_at is None and watch.replaced_at is None:
        return True
    return watch.final_look_at is not None and at.now > watch.final_look_at + at.policy.first


def is_failing_too_long(watch: Watch, at: Moment) -> bool:
    """Whether this payment's own refresh has failed for the whole ``give_up_grace`` after the policy's end."""
    grace = at.policy.give_up_grace
    since = watch.refresh_failing_since
    return since is not None and at.now - since >= grace and at.now >= at.policy.ends_at(watch) + grace


def give_up(watch: Watch, at: Moment, reason: Reason, *, is_observed: bool) -> Watch:
    """End a watch whose payment stayed pending: quietly where no order waits for it."""
    if watch.cancelled_at is not None:
        return end(watch, Status.CLOSED, at, reason=Reason.CANCELLED)
    if watch.replaced_at is not None:
        return end(watch, Status.CLOSED, at, reason=Reason.REPLACED)
    if watch.watch_class is WatchClass.CART:
        return end(watch, Status.ABANDONED, at)
    return end_stuck(watch, at, reason, is_observed=is_observed)


def end_stuck(watch: Watch, at: Moment, reason: Reason, *, is_observed: bool) -> Watch:
    """End a watch as one that a person must look at; what is only observed is reported, without a dead letter."""
    if is_observed:
        return end(watch, Status.REPORTED, at, reason=reason)
    ended = end(watch, Status.DEAD_LETTERED, at, reason=reason)
    return replace(ended, outbox=watch.outbox | {OutboxItem.DEAD_LETTER})


def end_gone(watch: Watch, at: Moment) -> Watch:
    """End a watch whose payment, or whose order, is gone: quietly where no order waits for it."""
    is_waited_for = (
        watch.watch_class is not WatchClass.CART and watch.cancelled_at is None and watch.replaced_at is None
    )
    if is_waited_for:
        return end(watch, Status.MISSING, at)
    return end(watch, Status.CLOSED, at, reason=Reason.DELETED)
