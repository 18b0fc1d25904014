"""Findings of refreshes: each judged by what was observed. Pure."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

from payrefresh.probe.findings import HANDLED, Assumption, Finding
from payrefresh.probe.refreshing import Intent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payrefresh.probe.refreshing import Observed

ANSWER = Assumption("refresh.answer", "a refresh is answered 200, also where no money has come")
INCLUDES = Assumption("refresh.includes", "a refresh may include the order")
FINDS = Assumption("refresh.finds", "a refresh lets the order know of money that the gateway has")
CURRENT = Assumption("refresh.current", "the order in its answer is as the refresh left it")
TOUCHES = Assumption("refresh.updated_at", "a refresh that finds nothing leaves the order's updated_at")
LEAVES = Assumption("refresh.failed", "a refresh of a declined payment leaves one failed authorization")
REPEATS = Assumption("refresh.repeats", "a refresh of a payment known to be declined leaves no other one")
PLACES = Assumption("refresh.places", "auto_place holds where a refresh finds the money")
CAPTURES = Assumption("refresh.captures", "auto_capture holds where a refresh finds the money")
EVENT = Assumption("refresh.event", "the event orders.authorize comes of what a refresh finds")

ALL = (ANSWER, INCLUDES, FINDS, CURRENT, TOUCHES, LEAVES, REPEATS, PLACES, CAPTURES, EVENT)

REFUSALS = frozenset({400, 409, 422})
"""Statuses with which a sandbox can refuse a refresh whose payment is not authorized."""


def findings_of(observed: Observed) -> Iterator[Finding]:
    """Judge one refresh; each finding bears the payment."""
    found = (
        _answer(observed),
        _includes(observed),
        _finds(observed),
        _current(observed),
        _touches(observed),
        *_declined(observed),
        *_follows(observed),
        _event(observed),
    )
    return (replace(finding, subject=str(observed.key)) for finding in found)


def _answer(observed: Observed) -> Finding:
    answer = observed.answer
    if answer.ok:
        shown = {} if observed.moved else {"unconfirmed_refresh_status": 200}
        return replace(ANSWER.holds("200", **shown), may_update=True)
    if answer.status in (401, 403):
        lacks = ANSWER.unasked(f"the integration's role may not update payments ({answer.said})")
        return replace(lacks, may_update=False)
    if answer.status not in REFUSALS:
        return ANSWER.unasked(f"the API failed ({answer.said})")
    meaning = HANDLED if answer.status != 400 else "the functions take it for a fault of their own: report it"
    differs = ANSWER.differs(answer.said, meaning, unconfirmed_refresh_status=answer.status)
    return replace(differs, may_update=True)


def _includes(observed: Observed) -> Finding:
    if not observed.answer.ok:
        return INCLUDES.unseen("the refresh was refused")
    if "order" not in observed.includes:
        return INCLUDES.differs("it may not", "nothing to do: the next look decides", updates_include=False)
    return INCLUDES.holds("it may", updates_include=True)


def _finds(observed: Observed) -> Finding:
    if observed.moved:
        found = f"{observed.before.payment_status} became {observed.after.payment_status}"
        return FINDS.holds(found, refresh_is_idle=False)
    if observed.wanted.intent is Intent.AUTHORIZED and observed.answer.ok:
        meaning = "a refresh does not help in this organization: ask Commerce Layer's support, with this file"
        return FINDS.differs(f"still {observed.after.payment_status}", meaning, refresh_is_idle=True)
    return FINDS.unseen(f"still {observed.after.payment_status}: no money had come, or it was known")


def _current(observed: Observed) -> Finding:
    if not observed.moved or observed.shown is None:
        return CURRENT.unseen("the order did not move" if not observed.moved else "the answer had no order")
    if observed.shown.payment_status == observed.after.payment_status:
        return CURRENT.holds("so it is", refresh_order_lags=False)
    found = f"it says {observed.shown.payment_status}, the order is {observed.after.payment_status}"
    return CURRENT.differs(found, "nothing to do: the next look decides", refresh_order_lags=True)


def _touches(observed: Observed) -> Finding:
    if observed.moved or not _was_judged(observed):
        return TOUCHES.unseen("the order moved" if observed.moved else "there was no refresh")
    if observed.before.updated_at == observed.after.updated_at:
        return TOUCHES.holds("it does", refresh_touches_updated_at=False)
    return TOUCHES.differs("it moves", HANDLED, refresh_touches_updated_at=True)


def _declined(observed: Observed) -> Iterator[Finding]:
    before, after = observed.failed(observed.before), observed.failed(observed.after)
    found = f"{before} before, {after} after"
    is_named = observed.wanted.intent is Intent.DECLINED
    if not (is_named and observed.after.authorizations_known and _was_judged(observed)):
        why = "there was no refresh, or no list of authorizations" if is_named else "name one with ID=declined"
        yield LEAVES.unseen(why)
        yield REPEATS.unseen(why)
        return
    if after:
        yield LEAVES.holds(found, declined_leaves_authorization=True)
    else:
        meaning = "nothing to do: the payment stays pending, and PaymentAttemptFailed is not told"
        yield LEAVES.differs(found, meaning, declined_leaves_authorization=False)
    if not before:
        yield REPEATS.unseen("there was none before")
    elif after > before:
        yield REPEATS.differs(found, HANDLED, refresh_repeats_failed_authorization=True)
    else:
        yield REPEATS.holds(found, refresh_repeats_failed_authorization=False)


def _was_judged(observed: Observed) -> bool:
    """Whether Commerce Layer took the refresh, whatever it said then."""
    return observed.answer.ok or observed.answer.status in REFUSALS


def _follows(observed: Observed) -> Iterator[Finding]:
    before, after = observed.before, observed.after
    if not (observed.moved and before.auto_place and before.placed_at is None):
        yield PLACES.unseen("there was nothing to place")
    elif after.placed_at is not None:
        yield PLACES.holds("the order was placed", refresh_places=True)
    else:
        meaning = "such orders end as OrderAuthorizedNotPlaced: a person has to place them"
        yield PLACES.differs("the order was not placed", meaning, refresh_places=False)
    if not (observed.moved and before.auto_capture):
        yield CAPTURES.unseen("there was nothing to capture")
    elif after.payment_status == "paid":
        yield CAPTURES.holds("it was captured", refresh_captures=True)
    else:
        found = f"the order is {after.payment_status}"
        yield CAPTURES.differs(
            found, "nothing to do: it counts as settled; somebody has to capture it", refresh_captures=False
        )


def _event(observed: Observed) -> Finding:
    if observed.events is None:
        return EVENT.unasked("the API gives no list of an order's events")
    if not observed.moved:
        return EVENT.unseen("the order did not move")
    named = [event for event in observed.events if event.name == "orders.authorize"]
    if named:
        called = ", ".join(code for event in named for code in event.answers)
        return EVENT.holds(
            f"it came; webhooks called for it answered {called}"
            if called
            else "it came; no webhook was called yet",
            refresh_is_silent=False,
        )
    others = ", ".join(sorted({event.name for event in observed.events})) or "none"
    return EVENT.differs(
        f"it did not; came: {others}",
        "nothing to do: the functions learn of it by their own look; your other systems do not",
        refresh_is_silent=True,
    )
