"""The settings, read once from the environment; what is wrong fails the cold start, by name.

What only some functions' settings need is imported where it is made. Each cold start makes all these classes, so
they are named tuples, which take a quarter of a dataclass's time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from payment_refresh.domain.modes import ApiMode, RunMode
from payment_refresh.errors import SettingsError
from payment_refresh.rate_limit.budget import DEFAULT_CALLS, LEAST_CALLS, MOST_CALLS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payment_refresh.domain.discovery import Window
    from payment_refresh.domain.policy import Policy

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
"""Seconds in each unit of a duration."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class OrderEventsSettings(NamedTuple):
    """What ``order_events`` needs."""

    table: str
    webhook_secret_arn: str
    policy: Policy


class SweepSettings(NamedTuple):
    """What ``sweep`` needs; ``lease`` in seconds."""

    table: str
    queue_url: str
    lease: int
    calls_per_minute: int


class ApiSettings(NamedTuple):
    """Where Commerce Layer is and how it may be called; ``mode`` is ``live`` or ``test``, like the credentials."""

    base_url: str
    auth_url: str
    organization: str
    mode: ApiMode
    secret_arn: str
    calls_per_minute: int


class RefreshSettings(NamedTuple):
    """What ``refresh`` needs.

    Attributes
    ----------
    act_after
        Epoch seconds UTC; None for the first deployment.
    """

    table: str
    letters_url: str
    outcome_bus: str
    api: ApiSettings
    run_mode: RunMode
    act_after: float | None
    lease: int
    policy: Policy


class DiscoverSettings(NamedTuple):
    """What ``discover`` needs; ``webhook_url`` tells which of the organization's webhooks are ours."""

    table: str
    api: ApiSettings
    window: Window
    webhook_url: str
    policy: Policy


def order_events_settings(environ: Mapping[str, str]) -> OrderEventsSettings:
    """Read the settings of ``order_events``.

    Raises
    ------
    SettingsError
        A setting is missing or wrong; the message names it.
    """
    return OrderEventsSettings(
        table=_text(environ, "STATE_TABLE_NAME"),
        webhook_secret_arn=_text(environ, "WEBHOOK_SECRET_ARN"),
        policy=read_policy(environ),
    )


def sweep_settings(environ: Mapping[str, str]) -> SweepSettings:
    """Read the settings of ``sweep``; raises as `order_events_settings`."""
    return SweepSettings(
        table=_text(environ, "STATE_TABLE_NAME"),
        queue_url=_text(environ, "PENDING_QUEUE_URL"),
        lease=_duration(environ, "CLAIM_LEASE"),
        calls_per_minute=read_calls_per_minute(environ),
    )


def refresh_settings(environ: Mapping[str, str]) -> RefreshSettings:
    """Read the settings of ``refresh``; raises as `order_events_settings`."""
    return RefreshSettings(
        table=_text(environ, "STATE_TABLE_NAME"),
        letters_url=_text(environ, "DEAD_LETTER_QUEUE_URL"),
        outcome_bus=_text(environ, "OUTCOME_BUS_NAME"),
        api=read_api(environ),
        run_mode=RunMode(_one_of(environ, "MODE", tuple(RunMode))),
        act_after=_time(environ, "ACT_ON_ORDERS_AFTER"),
        lease=_duration(environ, "CLAIM_LEASE"),
        policy=read_policy(environ),
    )


def discover_settings(environ: Mapping[str, str]) -> DiscoverSettings:
    """Read the settings of ``discover``; raises as `order_events_settings`."""
    policy = read_policy(environ)
    return DiscoverSettings(
        table=_text(environ, "STATE_TABLE_NAME"),
        api=read_api(environ),
        window=_window(environ, policy),
        webhook_url=_text(environ, "WEBHOOK_URL"),
        policy=policy,
    )


def _window(environ: Mapping[str, str], policy: Policy) -> Window:
    """Read how far back discover looks: no further than ended watches are kept, or it would begin them again."""
    from payment_refresh.domain.discovery import Window

    carts = _one_of(environ, "DISCOVER_CARTS", ("true", "false")) == "true"
    window = Window(
        after=_duration(environ, "DISCOVER_AFTER"),
        placed=(
            _duration(environ, "DISCOVER_WINDOW")
            if environ.get("DISCOVER_WINDOW")
            else min(policy.give_up, policy.retention)
        ),
        carts=_duration(environ, "DISCOVER_CART_WINDOW") if carts else None,
    )
    for name, length in (("DISCOVER_WINDOW", window.placed), ("DISCOVER_CART_WINDOW", window.carts)):
        if length is not None and window.after >= length:
            raise SettingsError(f"DISCOVER_AFTER must be shorter than {name}")
        if length is not None and length > policy.retention:
            raise SettingsError(f"{name} must not be longer than RETENTION_DAYS")
    return window


def read_api(environ: Mapping[str, str]) -> ApiSettings:
    """Read where Commerce Layer is and how it may be called; raises as `order_events_settings`."""
    base_url = _url(environ, "COMMERCE_LAYER_BASE_URL")
    slug = environ.get("COMMERCE_LAYER_ORGANIZATION") or (urlsplit(base_url).hostname or "").split(".")[0]
    return ApiSettings(
        base_url=base_url,
        auth_url=_url(environ, "COMMERCE_LAYER_AUTH_URL"),
        organization=slug,
        mode=_api_mode(environ),
        secret_arn=_text(environ, "API_SECRET_ARN"),
        calls_per_minute=read_calls_per_minute(environ),
    )


def read_calls_per_minute(environ: Mapping[str, str]) -> int:
    """Read how many calls a minute may be made; raises as `order_events_settings`."""
    mode = _api_mode(environ)
    calls = _whole(environ, "CALLS_PER_MINUTE", 0, MOST_CALLS[mode])
    if 0 < calls < LEAST_CALLS:
        raise SettingsError(
            f"CALLS_PER_MINUTE is {calls}; it must be 0 (half of the limit) or at least {LEAST_CALLS}"
        )
    return calls or DEFAULT_CALLS[mode]


def _api_mode(environ: Mapping[str, str]) -> ApiMode:
    return ApiMode(_one_of(environ, "COMMERCE_LAYER_MODE", tuple(ApiMode)))


def read_policy(environ: Mapping[str, str]) -> Policy:
    """Read the rules of when to ask again; raises as `order_events_settings`."""
    from payment_refresh.domain.policy import Policy

    policy = Policy(
        first=_duration(environ, "FIRST_CHECK_AFTER"),
        give_up=_duration(environ, "GIVE_UP_AFTER"),
        cap_idle=_duration(environ, "CHECK_CAP_IDLE"),
        cap_busy=_duration(environ, "CHECK_CAP_BUSY"),
        growth_idle=_share(environ, "GROWTH_IDLE"),
        growth_busy=_share(environ, "GROWTH_BUSY"),
        cart_ages=_ages(environ, "CART_CHECK_AGES"),
        cart_auto_place_ages=_ages(environ, "CART_AUTO_PLACE_CHECK_AGES"),
        unplaced_after=_duration(environ, "UNPLACED_AFTER"),
        missing_after=_duration(environ, "MISSING_AFTER"),
        webhook_late_after=_duration(environ, "WEBHOOK_LATE_AFTER"),
        retention=_whole(environ, "RETENTION_DAYS", 35, 3650) * UNITS["d"],
    )
    if policy.first >= policy.give_up:
        raise SettingsError("FIRST_CHECK_AFTER must be shorter than GIVE_UP_AFTER")
    if policy.cap_idle > policy.cap_busy:
        raise SettingsError("CHECK_CAP_IDLE must not be longer than CHECK_CAP_BUSY")
    if policy.growth_idle > policy.growth_busy:
        raise SettingsError("GROWTH_IDLE must not be larger than GROWTH_BUSY")
    return policy


def _text(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise SettingsError(f"{name} is not set; the template sets it for every function that needs it")
    return value


def _one_of(environ: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    value = _text(environ, name)
    if value not in values:
        raise SettingsError(f"{name} is {value!r}; it must be one of {', '.join(values)}")
    return value


def _duration(environ: Mapping[str, str], name: str) -> int:
    return parse_duration(_text(environ, name), name)


def _ages(environ: Mapping[str, str], name: str) -> tuple[int, ...]:
    ages = tuple(parse_duration(part.strip(), name) for part in _text(environ, name).split(","))
    if list(ages) != sorted(set(ages)):
        raise SettingsError(f"{name} must name growing ages, such as 45m,24h")
    return ages


def parse_duration(text: str, name: str) -> int:
    """Read a duration such as ``90s``, ``45m``, ``24h`` or ``20d``, in seconds.

    Raises
    ------
    SettingsError
        It is none; the message bears ``name``.
    """
    match = re.fullmatch(r"([1-9][0-9]{0,6})([smhd])", text)
    if match is None:
        raise SettingsError(f"{name} is {text!r}; write a duration such as 90s, 45m, 24h or 20d")
    return int(match[1]) * UNITS[match[2]]


def _whole(environ: Mapping[str, str], name: str, least: int, most: int) -> int:
    text = _text(environ, name)
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise SettingsError(f"{name} is {text!r}; it must be a whole number from {least} to {most}")
    return int(text)


def _share(environ: Mapping[str, str], name: str) -> float:
    text = _text(environ, name)
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) or float(text) <= 0:
        raise SettingsError(f"{name} is {text!r}; it must be a positive number such as 0.05")
    return float(text)


def _url(environ: Mapping[str, str], name: str) -> str:
    """Only https, so that no token goes over the wire in the clear; http for a server on this machine."""
    value = _text(environ, name).rstrip("/")
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if not parts.hostname or not (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    ):
        raise SettingsError(f"{name} is {value!r}; it must be an https URL (http only for this machine itself)")
    return value


def _time(environ: Mapping[str, str], name: str) -> float | None:
    text = environ.get(name, "").strip()
    if not text:
        return None
    from payment_refresh.times import read_time, to_epoch

    time = read_time(text)
    if time is None:
        raise SettingsError(f"{name} is {text!r}; write a time such as 2026-01-31T00:00:00Z, or leave it empty")
    return to_epoch(time)
