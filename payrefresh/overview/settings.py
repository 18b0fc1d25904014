"""The settings of a stack, as its parameters say: by which rules its watches are checked, and what it may do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, override

from payment_refresh.composition import environment
from payment_refresh.composition.calls import read_calls_per_minute
from payment_refresh.composition.deployment import read_api_mode, read_organization, read_run_mode
from payment_refresh.composition.refresh import FRESH
from payment_refresh.composition.rules import read_rules
from payment_refresh.domain.deployment import ApiMode, RunMode
from payment_refresh.domain.policy import Policy
from payment_refresh.errors import SettingsError
from payment_refresh.rate_limit.budget import DEFAULT_CALLS
from payment_refresh.times import to_epoch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.domain.watch import Watch

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What holds for the watches of a stack.

    Attributes
    ----------
    act_after
        Orders from before that are only observed (epoch seconds UTC); None where that is not known yet.
    unreadable
        What of the parameters could not be read, and whose defaults stand here.
    clamped
        Parameters that contradict each other, and what they are taken for: one sentence each.
    """

    policy: Policy = field(default_factory=Policy)
    run_mode: RunMode = RunMode.REFRESH
    api_mode: ApiMode = ApiMode.LIVE
    organization: str = ""
    calls_per_minute: int = DEFAULT_CALLS[ApiMode.LIVE]
    act_after: float | None = None
    unreadable: tuple[str, ...] = ()
    clamped: tuple[str, ...] = ()

    def observes(self, watch: Watch) -> bool:
        """Whether nothing is done about this watch unasked: all of them, or its order is too old."""
        is_old = (
            self.act_after is not None and watch.order_at is not None and to_epoch(watch.order_at) < self.act_after
        )
        return self.run_mode is RunMode.OBSERVE or is_old


def read_settings(parameters: Mapping[str, str], *, first_deployed_at: float | None) -> Settings:
    """Read them from a stack's parameters, whose names the functions' environment has in another form.

    Parameters
    ----------
    first_deployed_at
        The mark of the first deployment (epoch seconds UTC); None before the first sweep.
    """
    environ = _Asked({environment_name(name): value for name, value in parameters.items()})
    unreadable: list[str] = []

    def record(error: SettingsError) -> None:
        # A stack of another release may lack a parameter; only what is there can be wrong.
        if environ.has_last:
            unreadable.append(str(error))

    rules = read_rules(environ, unreadable=record)
    defaults = Settings()

    def read[T](reader: Callable[[Mapping[str, str]], T], default: T) -> T:
        try:
            return reader(environ)
        except SettingsError as error:
            record(error)
            return default

    act_after = read(lambda values: environment.time(values, "ACT_ON_ORDERS_AFTER"), None)
    if act_after is None and first_deployed_at is not None:
        act_after = first_deployed_at - FRESH
    return Settings(
        policy=rules.policy,
        run_mode=read(read_run_mode, defaults.run_mode),
        api_mode=read(read_api_mode, defaults.api_mode),
        organization=read(read_organization, defaults.organization),
        calls_per_minute=read(read_calls_per_minute, defaults.calls_per_minute),
        act_after=act_after,
        unreadable=tuple(unreadable),
        clamped=rules.clamped,
    )


class _Asked(dict[str, str]):
    """An environment that knows which of its variables was read last."""

    last = ""

    @property
    def has_last(self) -> bool:
        """Whether that one is set."""
        return bool(super().get(self.last, "").strip())

    @override
    def get(self, name: str, default: str = "", /) -> str:  # type: ignore[override]  # readers ask for texts only
        self.last = name
        return super().get(name, default)


def environment_name(parameter: str) -> str:
    """The variable of a function that has a parameter: ``FIRST_CHECK_AFTER`` for ``FirstCheckAfter``."""
    return _WORDS.sub("_", parameter).upper()
