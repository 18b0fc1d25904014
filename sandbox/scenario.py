"""Parameters of a scenario: how many orders, which stories, what gets lost."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.kinds import KINDS

_DIVIDED = {
    "carts": {"cart_abandoned": 0.5, "cart_paid": 0.3, "cart_cancelled": 0.2},
    "stuck_before": {"stuck_before_paid": 0.5, "stuck_before_settled": 0.3, "stuck_before_unpaid": 0.2},
}
"""Shares that are divided between several kinds."""

_MIXES: dict[str, dict[str, float]] = {
    "plain": {},
    "all": {
        "closed_tab": 0.04,
        "changed_source": 0.04,
        "old_source_wins": 0.03,
        "double_payment": 0.03,
        "cancelled_late_money": 0.03,
        "stuck_before": 0.05,
        "loss_order_events": 0.05,
    },
    "messy": {
        "declined": 0,
        "declined_retried": 0,
        "never_paid": 0,
        "carts": 0,
        "loss_order_events": 0.05,
        "each": 5,
    },
}
"""What a request that names a mix need not name itself."""

_SHARES = (
    *("declined", "declined_retried", "never_paid", "carts", "closed_tab", "changed_source"),
    *("old_source_wins", "double_payment", "cancelled_late_money", "stuck_before"),
)
"""Parameters that say how many orders have a story; the rest of the orders are simply paid."""
_ABOVE_0 = ("orders", "duration_s", "time_scale", "stuck_min_age_s", "stuck_max_age_s")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What to play. Shares are of all orders; `loss` and `late` are of those that get paid."""

    orders: int = 240
    seed: int = 1
    duration_s: float = 60.0
    """Over how long the orders are created; their stories go on a little longer."""
    mix: Literal["plain", "all", "messy"] = "plain"
    """``all`` gives the shares from `closed_tab` to `stuck_before`, and `loss_order_events`, a small value
    where the request gives none; ``plain`` leaves them 0. ``messy`` plays each kind of story that there is."""
    each: int = 0
    """At least so many orders have a story of each kind; if the orders do not suffice, dice choose the kinds."""
    kinds: tuple[str, ...] = ()
    """The kinds that `each` is about, and the rest of the orders have; all if there are none."""
    only_on_purpose: bool = False
    """Only kinds in which merchant and shopper want what happens; the gateway's webhooks of carts all arrive."""
    loss: float = 0.2
    late: float = 0.1
    declined: float = 0.05
    declined_retried: float = 0.08
    never_paid: float = 0.05
    carts: float = 0.15
    closed_tab: float = 0.0
    """A cart that is paid and never placed: the tab was closed."""
    changed_source: float = 0.0
    """Placed and paid with the second payment; the first was never paid."""
    old_source_wins: float = 0.0
    """A cart with a second payment, paid with the first; its money places it."""
    double_payment: float = 0.0
    """Two payments, both paid: of a placed order, or of a cart that the first money to come places."""
    cancelled_late_money: float = 0.0
    """Placed, cancelled while unpaid, then paid."""
    stuck_before: float = 0.0
    """Placed long ago, with no order event: paid with the webhook lost or not, or never paid."""
    stuck_min_age_s: float = 7_200.0
    stuck_max_age_s: float = 432_000.0
    """How long ago the orders of `stuck_before` were placed, from two hours to five days."""
    place_async: float = 0.1
    auto_capture: float = 0.3
    loss_order_events: float = 0.0
    """Share of the orders none of whose webhooks is ever sent."""
    gateway_webhooks_off_after_s: float | None = None
    """The gateway's webhooks are lost from this second on."""
    time_scale: float = 1.0
    """Stretches or shortens the pauses within each order's story."""

    def __post_init__(self) -> None:
        if self.mix not in list(_MIXES):
            raise ValueError(f"mix must be one of {', '.join(_MIXES)}, got {self.mix!r}")
        if unknown := sorted(set(self.kinds) - KINDS.keys()):
            raise ValueError(f"unknown kinds of stories: {', '.join(unknown)}; known are {', '.join(KINDS)}")
        if type(self.only_on_purpose) is not bool:
            raise ValueError(f"only_on_purpose must be true or false, got {self.only_on_purpose!r}")
        for each in dataclasses.fields(self):
            if each.name not in ("mix", "kinds", "only_on_purpose"):
                self._check(each.name, getattr(self, each.name))
        if sum(getattr(self, name) for name in _SHARES) > 1 + 1e-9:
            raise ValueError(f"{', '.join(_SHARES[:-1])} and {_SHARES[-1]} together must not exceed 1")
        if self.loss + self.late > 1:
            raise ValueError("loss and late together must not exceed 1")
        if self.each and not self.playable:
            raise ValueError("none of these kinds is on purpose")
        if self.stuck_min_age_s > self.stuck_max_age_s:
            raise ValueError("stuck_min_age_s must not exceed stuck_max_age_s")

    @staticmethod
    def _check(name: str, value: object) -> None:
        if name == "gateway_webhooks_off_after_s" and value is None:
            return
        whole = name in ("orders", "seed", "each")
        if not isinstance(value, int if whole else (int, float)) or isinstance(value, bool):
            raise ValueError(f"{name} must be a {'whole ' if whole else ''}number, got {value!r}")
        if name in _ABOVE_0:
            if value <= 0:
                raise ValueError(f"{name} must be above 0, got {value!r}")
        elif name in ("gateway_webhooks_off_after_s", "each"):
            if value < 0:
                raise ValueError(f"{name} must not be negative, got {value!r}")
        elif name != "seed" and not 0 <= value <= 1:
            raise ValueError(f"{name} must be 0 to 1, got {value!r}")

    @classmethod
    def read(cls, values: dict[str, Any]) -> Scenario:
        """Make a scenario from a request's body.

        Raises
        ------
        ValueError
            When a name is unknown or a value impossible.
        """
        known = {each.name for each in dataclasses.fields(cls)}
        if unknown := sorted(values.keys() - known):
            raise ValueError(f"unknown in a scenario: {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        mix, kinds = values.get("mix"), values.get("kinds", [])
        if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
            raise ValueError(f"kinds must be a list of kinds of stories, got {kinds!r}")
        values = values | {"kinds": tuple(kinds)}
        return cls(**(_MIXES.get(mix, {}) if isinstance(mix, str) else {}) | values)

    @property
    def playable(self) -> tuple[str, ...]:
        """The kinds that may be played beside those that have a share of their own."""
        wanted = self.kinds or tuple(KINDS)
        return tuple(name for name in wanted if KINDS[name].on_purpose or not self.only_on_purpose)

    def shares(self) -> dict[str, float]:
        """Give which share of the orders has a story of which kind."""
        found: dict[str, float] = {}
        for parameter in _SHARES:
            share = getattr(self, parameter)
            found |= {name: share * part for name, part in _DIVIDED.get(parameter, {parameter: 1.0}).items()}
        return found
