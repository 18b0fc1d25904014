"""The result of checking one watch: answered, absent, gone, failed with its reason, snoozed, or crashed."""

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
    look
        The order as the look before our refresh showed it; None where none was sent.
    looked
        Whether a look showed the order before any refresh.
    is_orphan
        Whether a list shows the payment, and that it has no order.
    is_whole
        Whether the order came with all that a look asks for; an answer to a refresh has less.
    can_refresh
        Whether this payment may be refreshed now or later in this state (run mode, age and state of the order).
    is_observed
        Whether this deployment only observes the order, which then ends reported, not as a dead letter.
    is_old
        Whether that is because of the order's age: it is looked at rarely.
    sent_refresh
        Our refresh, where one was sent.
    code
        Status and code of an answer to the refresh that was no 200.
    """

    order: Order | None = None
    look: Order | None = None
    looked: bool = False
    is_orphan: bool = False
    is_whole: bool = True
    can_refresh: bool = True
    is_observed: bool = False
    is_old: bool = False
    sent_refresh: SentRefresh | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Neither a list nor a refresh finds the payment. That alone proves nothing.

    Attributes
    ----------
    look
        The order as a look showed it, which does not name the payment; None where no list shows it either.
    """

    look: Order | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Commerce Layer answered ``RECORD_NOT_FOUND`` to the payment's own id, after lists left it out twice.

    Attributes
    ----------
    is_confirmed
        Whether its order is gone too or does not name it, or other payments of its type are still there.
    """

    is_confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A call got no answer that can be read.

    Attributes
    ----------
    reason
        What went wrong, in short.
    is_own
        Whether a look was answered and only this payment's own refresh was not.
    is_observed
        As in `Answered`; only meaningful together with ``is_own``.
    look
        The order as the look before our refresh showed it.
    sent_refresh
        A refresh that was sent all the same; it may have moved the order.
    """

    reason: str
    is_own: bool = False
    is_observed: bool = False
    look: Order | None = None
    sent_refresh: SentRefresh | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozed:
    """The watch was not tried: there was no time or budget left for it.

    Attributes
    ----------
    after
        Seconds until it is due again.
    """

    after: int = 0


@dataclass(frozen=True, slots=True)
class Crashed:
    """The payment broke our own code; its message fails, and its neighbours go on."""

    error: Exception


type CheckResult = Answered | Absent | Gone | Failed | Snoozed | Crashed
