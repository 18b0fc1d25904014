"""Data types of a scenario's plan: steps, the story of one order, and an incident that many orders meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sandbox.store import Ref

if TYPE_CHECKING:
    from sandbox.organization import Draft

type Action = Literal[
    "create", "attach", "pending", "placing", "placed", "on_hold", "cancelled", "confirm", "decline",
    "decline_in_words", "webhook", "delete_order", "delete_payment", "orphan", "free", "pay_part", "charge_again",
    "tell_before", "touch", "give_back",
]  # fmt: skip
type Webhook = Literal["soon", "late", "lost"]
type Refusal = Literal["500", "401", "hang"]
"""How Commerce Layer refuses each refresh of a payment: an error, no right, or no answer at all."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens to an order.

    Attributes
    ----------
    at
        Seconds after the scenario's start (while a course is made: after the story's).
    second
        Whether it is about the payment that took the first one's place.
    ago
        How many seconds ago it is said to have happened: all times the organization keeps are set back.
    silent
        Whether the order's webhooks of it get lost.
    """

    at: float
    action: Action
    second: bool = False
    ago: float = 0.0
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """One order, and all that happens to it.

    Attributes
    ----------
    webhook
        Whether the gateway's webhook arrives for the payment the story is about; None if nothing is authorized.
    second
        The payment the shopper changes to, where the story has one.
    unheard
        None of the order's own webhooks is ever sent.
    refusal
        How Commerce Layer refuses each refresh of the first payment; None if it does not.
    """

    name: str
    draft: Draft
    webhook: Webhook | None
    steps: tuple[Step, ...]
    second: Ref | None = None
    unheard: bool = False
    refusal: Refusal | None = None

    def payment(self, step: Step) -> Ref:
        """Name the payment a step is about."""
        if not step.second:
            return Ref(self.draft.payment_type, self.draft.payment_id)
        if self.second is None:
            raise ValueError(f"the story {self.name} has no second payment")
        return self.second

    def is_lost(self, confirm: Step) -> bool:
        """Say whether the gateway's webhook of a confirmed payment never comes."""
        later = self.steps[self.steps.index(confirm) + 1 :]
        return not any(step.action == "webhook" and step.second == confirm.second for step in later)


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that goes wrong for many orders at once, and for a while: by these rules of faults."""

    name: str
    at: float
    until: float
    rules: tuple[dict[str, Any], ...]
