"""Admission of messages: those that may act on a row, and why the others are dropped. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from payment_refresh.domain.outcome_events import awaits_placement
from payment_refresh.domain.vocabulary import STUCK, Status

if TYPE_CHECKING:
    from payment_refresh.domain.messages import Request
    from payment_refresh.domain.watch import Watch


class Dropped(StrEnum):
    """Why a message may not act."""

    STALE_DUPLICATE = "stale_duplicate"
    TAKEN_BY_ANOTHER = "taken_by_another"
    UNDER_WAY = "under_way"
    ALREADY_SETTLED = "already_settled"
    LETTER_OF_ANOTHER_ROUND = "letter_of_another_round"
    NOTHING_TO_ACKNOWLEDGE = "nothing_to_acknowledge"


def dropped(request: Request, watch: Watch | None, now: float) -> Dropped | None:
    """Tell why a message may not act on its row as it stands; None if it may.

    Parameters
    ----------
    watch
        The row; None where there is none.
    now
        Epoch seconds UTC.
    """
    if request.claim is not None:
        is_its_own = watch is not None and watch.claim == request.claim
        return None if is_its_own else Dropped.STALE_DUPLICATE
    if request.acknowledge is not None:
        is_stuck = watch is not None and watch.status in STUCK
        return None if is_stuck else Dropped.NOTHING_TO_ACKNOWLEDGE
    if watch is None:
        return None
    if request.letter_round is not None:
        is_its_own = watch.status is Status.DEAD_LETTERED and watch.round == request.letter_round
        return None if is_its_own else Dropped.LETTER_OF_ANOTHER_ROUND
    return _dropped_manual(watch, now)


def _dropped_manual(watch: Watch, now: float) -> Dropped | None:
    is_leased = watch.claim is not None and watch.due_at is not None and watch.due_at > now
    if is_leased or (watch.relayable and not watch.is_open):
        return Dropped.UNDER_WAY
    is_done = watch.status is Status.SETTLED and not awaits_placement(watch)
    return Dropped.ALREADY_SETTLED if is_done else None
