"""The result of checking one watch: answered, missing, failed with its reason, snoozed, or crashed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payment_refresh.domain.attribution import SentRefresh
    from payment_refresh.domain.order import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Commerce Layer answered.

    Attributes
    ----------
    order
        The newest order that came with a look or a refresh; None where none came.
    looked
        Whether a look showed the order before any refresh.
    can_refresh
        Whether this deployment may refresh this payment at all (run mode, age of the order).
    sent_refresh
        Our refresh, where one was sent.
    code
        Status and code of an answer to the refresh that was no 200.
    """

    order: Order | None = None
    looked: bool = False
    can_refresh: bool = True
    sent_refresh: SentRefresh | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """Commerce Layer answered 404 to the payment's own id."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A call got no answer that can be read.

    Attributes
    ----------
    reason
        What went wrong, in short.
    sent_refresh
        A refresh that was sent all the same; it may have moved the order.
    """

    reason: str
    sent_refresh: SentRefresh | None = None


@dataclass(frozen=True, slots=True)
class Snoozed:
    """The watch was not tried: there was no time or budget left for it."""


@dataclass(frozen=True, slots=True)
class Crashed:
    """The payment broke our own code; its message fails, and its neighbours go on."""

    error: Exception


type CheckResult = Answered | Missing | Failed | Snoozed | Crashed
