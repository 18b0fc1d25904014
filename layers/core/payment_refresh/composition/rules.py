"""The merchant's rules as the settings give them: when to check a payment, and how far back discover looks."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from payment_refresh.composition.clamping import Clamps
from payment_refresh.composition.environment import UNITS, ages, duration, flag, one_of, share, whole
from payment_refresh.domain.policy import HOUR, MINUTE, Policy, RefreshCancelled
from payment_refresh.domain.window import Window
from payment_refresh.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.ports import Log

    type Reader = Callable[[Mapping[str, str], str], Any]


class Rules(NamedTuple):
    """The rules, free of contradictions.

    Attributes
    ----------
    clamped
        What was taken for larger than it is set, and why: one sentence each.
    """

    policy: Policy
    window: Window
    clamped: tuple[str, ...]


class _Windows(NamedTuple):
    """The settings of discover, in seconds; None where a window is not set."""

    after: int = 30 * MINUTE
    placed: int | None = None
    carts: int = 48 * HOUR
    lists_carts: bool = True


def _raise(error: SettingsError) -> NoReturn:
    raise error


def read_rules(environ: Mapping[str, str], *, unreadable: Callable[[SettingsError], None] = _raise) -> Rules:
    """Read the rules; of settings that contradict each other, the one that is too small is taken for larger.

    Parameters
    ----------
    unreadable
        Told of each setting that is missing or cannot be read. Where it returns, the default holds.

    Raises
    ------
    SettingsError
        A setting is missing or cannot be read; the message names it.
    """

    def read(readers: Mapping[str, tuple[str, Reader]]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for field, (name, reader) in readers.items():
            try:
                values[field] = reader(environ, name)
            except SettingsError as error:
                unreadable(error)
        return values

    return _without_contradictions(Policy(**read(_POLICY)), _Windows(**read(_WINDOWS)))


def log_clamps(rules: Rules, log: Log) -> None:
    """Say once, as a function starts, what was taken for larger than it is set."""
    if rules.clamped:
        log.warning("settings_clamped", extra={"detail": "; ".join(rules.clamped)})


def _refresh_cancelled(environ: Mapping[str, str], name: str) -> RefreshCancelled:
    return RefreshCancelled(one_of(environ, name, tuple(RefreshCancelled)))


def _retention(environ: Mapping[str, str], name: str) -> int:
    return whole(environ, name, 35, 3650) * UNITS["d"]


def _window(environ: Mapping[str, str], name: str) -> int | None:
    return duration(environ, name) if environ.get(name, "").strip() else None


_POLICY: Mapping[str, tuple[str, Reader]] = {
    "first": ("FIRST_CHECK_AFTER", duration),
    "give_up": ("GIVE_UP_AFTER", duration),
    "give_up_grace": ("GIVE_UP_GRACE", duration),
    "cap_idle": ("CHECK_CAP_IDLE", duration),
    "cap_busy": ("CHECK_CAP_BUSY", duration),
    "growth_idle": ("GROWTH_IDLE", share),
    "growth_busy": ("GROWTH_BUSY", share),
    "cart_ages": ("CART_CHECK_AGES", ages),
    "cancelled_ages": ("CANCELLED_CHECK_AGES", ages),
    "replaced_ages": ("REPLACED_CHECK_AGES", ages),
    "refresh_cancelled": ("REFRESH_CANCELLED", _refresh_cancelled),
    "unplaced_after": ("UNPLACED_AFTER", duration),
    "missing_after": ("MISSING_AFTER", duration),
    "webhook_late_after": ("WEBHOOK_LATE_AFTER", duration),
    "retention": ("RETENTION_DAYS", _retention),
}
_WINDOWS: Mapping[str, tuple[str, Reader]] = {
    "lists_carts": ("DISCOVER_CARTS", flag),
    "after": ("DISCOVER_AFTER", duration),
    "placed": ("DISCOVER_WINDOW", _window),
    "carts": ("DISCOVER_CART_WINDOW", duration),
}


def _without_contradictions(policy: Policy, windows: _Windows) -> Rules:
    clamps = Clamps()
    cart_ages = clamps.growing("CART_CHECK_AGES", policy.cart_ages)
    give_up = clamps.longer("GIVE_UP_AFTER", policy.give_up, "FIRST_CHECK_AFTER", policy.first)
    if len(cart_ages) > 1:
        give_up = clamps.longer("GIVE_UP_AFTER", give_up, "the last but one of CART_CHECK_AGES", cart_ages[-2])
    if windows.placed is None:
        placed = max(min(give_up, policy.retention), 2 * windows.after)
    else:
        placed = clamps.longer("DISCOVER_WINDOW", windows.placed, "DISCOVER_AFTER", windows.after)
    carts = windows.carts if windows.lists_carts else None
    if carts is not None:
        carts = clamps.longer("DISCOVER_CART_WINDOW", carts, "DISCOVER_AFTER", windows.after)
    # What discover lists must still have its row, or it would begin again what has ended.
    retention = clamps.at_least("RETENTION_DAYS", policy.retention, "DISCOVER_WINDOW", placed)
    retention = clamps.at_least("RETENTION_DAYS", retention, "DISCOVER_CART_WINDOW", carts or 0)
    policy = replace(
        policy,
        give_up=give_up,
        cap_busy=clamps.at_least("CHECK_CAP_BUSY", policy.cap_busy, "CHECK_CAP_IDLE", policy.cap_idle),
        growth_busy=clamps.at_least("GROWTH_BUSY", policy.growth_busy, "GROWTH_IDLE", policy.growth_idle),
        cart_ages=cart_ages,
        cancelled_ages=clamps.growing("CANCELLED_CHECK_AGES", policy.cancelled_ages),
        replaced_ages=clamps.growing("REPLACED_CHECK_AGES", policy.replaced_ages),
        retention=retention,
    )
    return Rules(policy, Window(after=windows.after, placed=placed, carts=carts), clamps.notes)
