"""Strategies of hypothesis: policies, orders and watches as they can occur."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from payment_refresh.domain.attribution import SentRefresh
from payment_refresh.domain.check_results import Absent, Answered, Gone
from payment_refresh.domain.order import Authorization, Order, Reversal
from payment_refresh.domain.outcome_events import KINDS
from payment_refresh.domain.payment import ORDERS, REFRESHABLE, PaymentKey
from payment_refresh.domain.policy import DAY, HOUR, Policy, RefreshCancelled
from payment_refresh.domain.vocabulary import (
    Evidence,
    FoundBy,
    Notice,
    OutboxItem,
    Reason,
    SettledBy,
    Status,
    WatchClass,
)
from payment_refresh.domain.watch import Check, Watch
from payment_refresh.times import to_iso
from tests.support.clock import START
from tests.support.samples import STRIPE, key, outbox_of

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

jitters = st.floats(-1, 1)
ids = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
keys = st.builds(PaymentKey, st.sampled_from([*REFRESHABLE, ORDERS]), ids)
texts = st.text(max_size=12)
moments = st.integers(START - 30 * DAY, START + 30 * DAY)
times = moments.map(to_iso)
checks = st.builds(
    Check,
    at=moments,
    by=st.sampled_from(["event", "look", "refresh"]),
    verdict=texts,
    payment_status=st.none() | texts,
    code=st.none() | texts,
)

maybe = st.none() | st.booleans()
amounts = st.none() | st.integers(0, 10**9)

kinds = st.frozensets(st.sampled_from(KINDS))
WHILE_OPEN = outbox_of(OutboxItem.ATTEMPT_FAILED, OutboxItem.AMOUNT_MISMATCH)
"""What a watch can have in its outbox before it ends."""


@st.composite
def policies(draw: DrawFn) -> Policy:
    """Rules that the settings allow."""
    first = draw(st.integers(1, 600))
    cap = draw(st.integers(1, DAY))
    growth = draw(st.floats(0.001, 2))
    ages = st.lists(st.integers(1, 30 * DAY), min_size=1, max_size=5, unique=True).map(sorted).map(tuple)
    give_up = draw(st.integers(first + 1, 30 * DAY))
    *earlier, last = draw(ages)
    return Policy(
        first=first,
        give_up=give_up,
        cap_idle=cap,
        cap_busy=cap * draw(st.integers(1, 24)),
        growth_idle=growth,
        growth_busy=growth * draw(st.floats(1, 50)),
        give_up_grace=draw(st.integers(1, DAY)),
        cart_ages=(*(age for age in earlier if age < give_up), last),
        cancelled_ages=draw(ages),
        replaced_ages=draw(ages),
        refresh_cancelled=draw(st.sampled_from(RefreshCancelled)),
        unplaced_after=draw(st.integers(1, HOUR)),
        missing_after=draw(st.integers(1, DAY)),
    )


authorizations = st.builds(
    Authorization,
    id=st.sampled_from(["attempt-1", "attempt-2"]),
    payment_id=st.sampled_from([None, "pay-a", "pay-b"]),
    succeeded=st.booleans(),
    error_code=st.sampled_from([None, "card_declined"]),
    message=st.sampled_from([None, "", "Pending", "insufficient funds"]),
    created_at=st.none() | times,
    amount_cents=st.sampled_from([None, 0, 5000, 9900]),
    transaction_id=st.sampled_from([None, "transaction-1", "transaction-2"]),
)
reversals = st.builds(
    Reversal,
    payment_id=st.sampled_from([None, "pay-a", "pay-b"]),
    transaction_id=st.sampled_from([None, "transaction-1"]),
    amount_cents=st.sampled_from([None, 5000, 9900]),
)
orders = st.builds(
    Order,
    id=st.just("order-a"),
    number=st.none() | texts,
    status=st.sampled_from(
        ["draft", "pending", "placing", "placed", "editing", "approved", "cancelled", "on_hold"]
    ),
    payment_status=st.sampled_from(
        ["unpaid"] * 3
        + ["partially_authorized", "authorized", "paid", "partially_paid", "voided", "refunded", "free", "new"]
    ),
    amount_cents=amounts | st.just(9900),
    currency=st.sampled_from([None, "EUR"]),
    placed_at=st.none() | times,
    cancelled_at=st.none() | times,
    created_at=st.none() | times,
    updated_at=st.none() | times,
    payment_updated_at=st.none() | times,
    source_known=st.just(True),
    source_type=st.just(STRIPE),
    source_id=st.sampled_from(["pay-a", "pay-a", "pay-b"]),
    gateway_id=st.none() | texts,
    payment_gateway_type=st.sampled_from([None, "stripe_gateways"]),
    payment_gateway_id=st.sampled_from([None, "gateway-1"]),
    mismatched=st.booleans(),
    auto_place=maybe,
    auto_capture=maybe,
    authorizations=st.lists(authorizations, max_size=2).map(tuple),
    authorizations_known=st.booleans(),
    reversals=st.lists(reversals, max_size=2).map(tuple),
    reversals_known=st.booleans(),
)


@st.composite
def open_watches(draw: DrawFn) -> Watch:
    """A claimed watch of ``pay-a`` in any state it can be in while it is watched."""
    started_at = draw(moments)
    refreshed_at = draw(st.none() | moments)
    until = None if refreshed_at is None else to_iso(refreshed_at)
    announced = draw(kinds)
    return Watch(
        key=key(),
        watch_class=draw(st.sampled_from(WatchClass)),
        round=draw(st.integers(1, 3)),
        found_by=draw(st.sampled_from(FoundBy)),
        revision=draw(st.integers(1, 99)),
        since=started_at,
        started_at=started_at,
        due_at=draw(moments),
        claim="token",
        claims=draw(st.integers(1, 9)),
        isolated_attempts=draw(st.integers(0, 3)),
        event_during_lease=draw(st.booleans()),
        event_money_at=draw(st.none() | times),
        asked_manually=draw(st.booleans()),
        consecutive_failures=draw(st.integers(0, 30)),
        last_error=draw(st.none() | texts),
        refresh_failing_since=draw(st.none() | moments),
        checks=tuple(draw(st.lists(checks, max_size=3))) * draw(st.sampled_from([1, 7])),
        refreshes=draw(st.integers(0, 9)),
        refreshed_at=refreshed_at,
        refresh_sent_at=until,
        refresh_answered_at=until,
        first_absent_at=draw(st.none() | moments),
        absent_twice=draw(st.booleans()),
        unplaced_since=draw(st.none() | moments),
        cancelled_at=draw(st.none() | moments),
        replaced_at=draw(st.none() | moments),
        final_look_at=draw(st.none() | moments),
        look_only=draw(st.booleans()),
        failed_attempt=draw(st.sampled_from([None, "attempt-1"])),
        order_id=draw(st.sampled_from([None, "order-a"])),
        order_at=draw(st.none() | times),
        order_updated_at=draw(st.none() | times),
        order_payment_updated_at=draw(st.none() | times),
        auto_place=draw(maybe),
        auto_capture=draw(maybe),
        outbox=announced & WHILE_OPEN if draw(st.booleans()) else frozenset(),
        announced=announced,
    )


@st.composite
def watches(draw: DrawFn) -> Watch:
    """Any row of the table."""
    return replace(
        draw(open_watches()),
        key=draw(keys),
        status=draw(st.sampled_from(Status)),
        due_at=draw(st.none() | moments),
        claim=draw(st.none() | texts),
        order_number=draw(st.none() | texts),
        amount_cents=draw(st.none() | st.integers(0, 10**12)),
        currency=draw(st.none() | texts),
        gateway_id=draw(st.none() | texts),
        payment_gateway_type=draw(st.none() | texts),
        payment_gateway_id=draw(st.none() | texts),
        held_cents=draw(amounts),
        other_payment_id=draw(st.none() | texts),
        other_held_cents=draw(amounts),
        evidence=draw(st.none() | st.sampled_from(Evidence)),
        note=draw(st.none() | texts),
        ended_at=draw(st.none() | moments),
        settled_by=draw(st.none() | st.sampled_from(SettledBy)),
        notice=draw(st.none() | st.sampled_from(Notice)),
        reason=draw(st.none() | st.sampled_from(Reason)),
        outbox=draw(st.frozensets(st.sampled_from(OutboxItem), max_size=2)),
        expires_at=draw(st.none() | moments),
    )


@st.composite
def answers(draw: DrawFn, now: int) -> Answered | Absent | Gone:
    """Anything Commerce Layer can answer up to ``now``."""
    what = draw(st.integers(0, 7))
    if what < 2:
        return Absent() if what else Gone(is_confirmed=draw(st.booleans()))
    order = draw(st.none() | orders)
    sent = now - draw(st.floats(0, 90))
    sent_refresh = SentRefresh(sent, draw(st.floats(sent, now)))
    return Answered(
        order=order,
        looked=order is not None,
        is_orphan=order is None and draw(st.booleans()),
        is_whole=draw(st.booleans()),
        can_refresh=draw(st.booleans()),
        is_observed=draw(st.booleans()),
        is_old=draw(st.booleans()),
        sent_refresh=sent_refresh if order is not None and draw(st.booleans()) else None,
        code=draw(st.none() | texts),
    )
