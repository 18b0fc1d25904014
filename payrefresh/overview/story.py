"""The story of one watch: what it is about, what happened, what comes next, and what a person has to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payment_refresh.times import to_iso
from payrefresh.overview.advice import amount, to_do, where_to_look
from payrefresh.overview.coming import Coming, coming
from payrefresh.overview.history import Happened, history
from payrefresh.overview.words import CLASSES, STATUSES, said

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch
    from payrefresh.overview.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The story of a watch.

    Attributes
    ----------
    meaning
        What its status means.
    title
        Which order it is.
    amount
        The order's total, as people write it.
    gateway
        What to search for at the gateway.
    to_do
        What a person has to do, in order.
    """

    watch: Watch
    meaning: str
    title: str
    amount: str
    gateway: str
    history: tuple[Happened, ...]
    coming: Coming
    to_do: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The same as members of a JSON object; times are ISO 8601."""
        watch, coming = self.watch, self.coming
        return {
            "key": str(watch.key),
            "payment": None if watch.key.is_order else {"type": watch.key.type, "id": watch.key.id},
            "order": {
                "id": watch.order_id,
                "number": watch.order_number,
                "class": watch.watch_class,
                "amount_cents": watch.amount_cents,
                "currency": watch.currency,
                "amount": self.amount,
            },
            "gateway": {"id": watch.gateway_id, "look_up": self.gateway},
            "status": watch.status,
            "meaning": self.meaning,
            "reason": watch.reason,
            "notice": watch.notice,
            "note": watch.note,
            "settled_by": watch.settled_by,
            "round": watch.round,
            "since": to_iso(watch.since),
            "ended_at": _iso(watch.ended_at),
            "history": [{"at": to_iso(each.at), "what": each.what} for each in self.history],
            "next": {
                "being_checked": coming.is_claimed,
                "at": _iso(coming.next_at),
                "gives_up_at": _iso(coming.gives_up_at),
                "in_words": list(coming.lines),
            },
            "to_do": list(self.to_do),
            "outbox": sorted(watch.outbox),
        }


def tell(watch: Watch, settings: Settings, now: float) -> Story:
    """Tell the story of a watch, as of ``now`` (epoch seconds UTC)."""
    return Story(
        watch=watch,
        meaning=said(STATUSES, watch.status),
        title=_title(watch),
        amount=amount(watch.amount_cents, watch.currency),
        gateway=where_to_look(watch, settings.api_mode),
        history=history(watch),
        coming=coming(watch, settings, now),
        to_do=to_do(watch),
    )


def _title(watch: Watch) -> str:
    kind = said(CLASSES, watch.watch_class)
    return f"{kind[:1].upper()}{kind[1:]} {watch.order_number or watch.order_id or '(not known)'}"


def _iso(at: float | None) -> str | None:
    return None if at is None else to_iso(at)
