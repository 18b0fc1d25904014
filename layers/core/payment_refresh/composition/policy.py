"""The merchant's rules of when to check a payment, as the settings give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.composition.environment import UNITS, ages, duration, one_of, share, whole
from payment_refresh.domain.policy import Policy, RefreshCancelled
from payment_refresh.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_policy(environ: Mapping[str, str]) -> Policy:
    """Read the rules.

    Raises
    ------
    SettingsError
        A setting is missing or wrong, or contradicts another; the message names it.
    """
    policy = Policy(
        first=duration(environ, "FIRST_CHECK_AFTER"),
        give_up=duration(environ, "GIVE_UP_AFTER"),
        give_up_grace=duration(environ, "GIVE_UP_GRACE"),
        cap_idle=duration(environ, "CHECK_CAP_IDLE"),
        cap_busy=duration(environ, "CHECK_CAP_BUSY"),
        growth_idle=share(environ, "GROWTH_IDLE"),
        growth_busy=share(environ, "GROWTH_BUSY"),
        cart_ages=ages(environ, "CART_CHECK_AGES"),
        cancelled_ages=ages(environ, "CANCELLED_CHECK_AGES"),
        replaced_ages=ages(environ, "REPLACED_CHECK_AGES"),
        refresh_cancelled=RefreshCancelled(one_of(environ, "REFRESH_CANCELLED", tuple(RefreshCancelled))),
        unplaced_after=duration(environ, "UNPLACED_AFTER"),
        missing_after=duration(environ, "MISSING_AFTER"),
        webhook_late_after=duration(environ, "WEBHOOK_LATE_AFTER"),
        retention=whole(environ, "RETENTION_DAYS", 35, 3650) * UNITS["d"],
    )
    if policy.first >= policy.give_up:
        raise SettingsError("FIRST_CHECK_AFTER must be shorter than GIVE_UP_AFTER")
    if any(age >= policy.give_up for age in policy.cart_ages[:-1]):
        raise SettingsError("all of CART_CHECK_AGES but the last must be shorter than GIVE_UP_AFTER")
    if policy.cap_idle > policy.cap_busy:
        raise SettingsError("CHECK_CAP_IDLE must not be longer than CHECK_CAP_BUSY")
    if policy.growth_idle > policy.growth_busy:
        raise SettingsError("GROWTH_IDLE must not be larger than GROWTH_BUSY")
    return policy
