"""Each use case is stopped before and after every call it makes, then all goes on: nothing is lost.

What is repeated is one refresh at most, and what was sent and not yet cleared: the rules see to that.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.simulation.crash_points import Play, perform
from tests.simulation.habits import Habits
from tests.simulation.shop import WEBHOOK
from tests.simulation.weather import HOUR, MINUTE, Strike

if TYPE_CHECKING:
    from tests.simulation.case import Case
    from tests.simulation.kernel import Script
    from tests.simulation.stage import Stage

PAYMENT, ORDER, OTHER = "p00000a", "o00000", "p00000b"


def placed(_stage: Stage, case: Case) -> Script:
    yield from case.opens()
    case.places()


def placed_and_paid(stage: Stage, case: Case) -> Script:
    yield from placed(stage, case)
    yield 5
    yield from case.confirms()


def placed_and_paid_in_silence(stage: Stage, case: Case) -> Script:
    yield from placed_and_paid(stage, case)
    stage.schedule.silent.add(case.order_id)


def placed_paid_and_heard(stage: Stage, case: Case) -> Script:
    yield from placed_and_paid(stage, case)
    case.shop.hear(case.key(), WEBHOOK)


def cart(_stage: Stage, case: Case) -> Script:
    yield from case.opens()


def cart_paid(stage: Stage, case: Case) -> Script:
    yield from cart(stage, case)
    yield from case.confirms()


def paid_with_less(stage: Stage, case: Case) -> Script:
    yield from placed(stage, case)
    yield from case.confirms(cents=5000)


def declined(stage: Stage, case: Case) -> Script:
    yield from placed(stage, case)
    yield from case.declines()


def paid_with_another(stage: Stage, case: Case) -> Script:
    yield from placed(stage, case)
    yield 5
    case.chooses("b")
    yield from case.confirms("b")
    case.shop.hear(case.key("b"), WEBHOOK)


def cancelled_and_paid(stage: Stage, case: Case) -> Script:
    yield from placed(stage, case)
    yield 2
    case.cancels()
    yield 10 * MINUTE
    yield from case.confirms()
    case.shop.hear(case.key(), WEBHOOK)


def gone(stage: Stage, case: Case) -> Script:
    yield from placed(stage, case)
    yield 3
    case.shop.remove(case.key())


def nobody_announces(stage: Stage, case: Case) -> Script:
    stage.schedule.silent.add(case.order_id)
    yield from placed_and_paid(stage, case)


def nobody_announces_but_a_person_asks(stage: Stage, case: Case) -> Script:
    yield from nobody_announces(stage, case)
    yield 5 * MINUTE
    stage.deployment.mailbox.put(json.dumps({"order_id": case.order_id}))


def nobody_announces_but_a_person_asks_for_the_payment(stage: Stage, case: Case) -> Script:
    yield from nobody_announces(stage, case)
    yield 5 * MINUTE
    stage.deployment.mailbox.put(json.dumps({"type": case.key().type, "id": case.key().id}))


def paid_once_given_up(stage: Stage, case: Case) -> Script:
    yield from placed(stage, case)
    stage.schedule.silent.add(case.order_id)
    yield 1.2 * HOUR
    yield from case.confirms()


def poison(stage: Stage, case: Case) -> Script:
    case.shop.poison.add(case.key())
    yield from placed(stage, case)


GIVEN_UP = frozenset({"dead_letter 1", "PaymentStillPending 1"})
PLAYS = {
    "settled by a refresh": Play(
        placed_and_paid_in_silence, {ORDER: "closed", PAYMENT: "settled"}, frozenset({"PaymentSettled 1"})
    ),
    "settled by a refresh whose answer has no order": Play(
        placed_and_paid_in_silence,
        {ORDER: "closed", PAYMENT: "settled"},
        frozenset({"PaymentSettled 1"}),
        habits=Habits(shows_order=False),
    ),
    "settled by an event": Play(
        placed_paid_and_heard,
        {ORDER: "closed", PAYMENT: "settled"},
        perhaps_announced=frozenset({"PaymentSettled 1"}),
    ),
    "settled by a refresh or by its echo": Play(
        placed_and_paid,
        {ORDER: "closed", PAYMENT: "settled"},
        perhaps_announced=frozenset({"PaymentSettled 1"}),
    ),
    "settled, and never placed": Play(
        cart_paid, {ORDER: "closed", PAYMENT: "settled"}, frozenset({"OrderAuthorizedNotPlaced 1"})
    ),
    "never paid": Play(placed, {ORDER: "closed", PAYMENT: "dead_lettered"}, GIVEN_UP),
    "a cart": Play(cart, {ORDER: "closed", PAYMENT: "abandoned"}, frozenset({"PaymentAbandoned 1"})),
    "paid with less": Play(
        paid_with_less, {ORDER: "closed", PAYMENT: "dead_lettered"}, GIVEN_UP | {"PaymentAmountMismatch 1"}
    ),
    "declined": Play(declined, {ORDER: "closed", PAYMENT: "dead_lettered"}, GIVEN_UP | {"PaymentAttemptFailed 1"}),
    "paid with another payment": Play(
        paid_with_another, {ORDER: "closed", PAYMENT: "closed"}, frozenset({"PaymentClosed 1"})
    ),
    "paid once cancelled, reported by an event": Play(
        cancelled_and_paid, {ORDER: "closed", PAYMENT: "closed"}, frozenset({"PaymentOnCancelledOrder 1"})
    ),
    "gone": Play(gone, {ORDER: "dead_lettered", PAYMENT: "missing"}, GIVEN_UP | {"PaymentMissing 1"}),
    "discovered": Play(
        nobody_announces, {PAYMENT: "settled"}, frozenset({"PaymentSettled 1"}), discovers_every=45 * MINUTE
    ),
    "asked for by its order": Play(
        nobody_announces_but_a_person_asks, {ORDER: "closed", PAYMENT: "settled"}, frozenset({"PaymentSettled 1"})
    ),
    "asked for by hand": Play(
        nobody_announces_but_a_person_asks_for_the_payment, {PAYMENT: "settled"}, frozenset({"PaymentSettled 1"})
    ),
    "settled in the round that its letter began": Play(
        paid_once_given_up,
        {ORDER: "closed", PAYMENT: "settled"},
        GIVEN_UP | {"PaymentSettled 2"},
        replays=1.0,
        is_bounded=False,
    ),
    "one that cannot be processed": Play(
        poison, {ORDER: "closed", PAYMENT: "dead_lettered"}, GIVEN_UP, is_bounded=False
    ),
}
STRUCK = [
    *((name, function) for name in PLAYS for function in ("order_events", "sweep", "refresh")),
    ("discovered", "discover"),
]


@pytest.mark.parametrize("name", PLAYS)
def test_a_play_that_nothing_strikes_ends_as_it_must(name: str) -> None:
    play = PLAYS[name]
    outcome = perform(play, "refresh")

    assert not outcome.broken
    assert outcome.ends == play.ends
    assert play.announced <= outcome.sendings.keys() <= play.announced | play.perhaps_announced
    assert set(outcome.sendings.values()) <= {1}


def worth_striking(calls: list[str]) -> list[tuple[int, str]]:
    """Give calls with their numbers; of equal ones in a row, the first and the last."""
    ends = {0, len(calls) - 1}
    for at, (op, following) in enumerate(pairwise(calls)):
        if op != following:
            ends |= {at, at + 1}
    return [(at, calls[at]) for at in sorted(ends) if calls]


@pytest.mark.parametrize("strike", [Strike.DIES, Strike.FAILS])
@pytest.mark.parametrize(("name", "function"), STRUCK)
def test_whichever_call_is_struck_nothing_is_lost(name: str, function: str, strike: Strike) -> None:
    play = PLAYS[name]
    usual = perform(play, function)

    for at, op in worth_striking(usual.calls):
        for after in (False, True):
            outcome = perform(play, function, at, after=after, strike=strike)

            where = f"{strike} {'after' if after else 'before'} call {at}, {op}\n"
            assert not outcome.broken, where + outcome.broken
            assert outcome.ends == play.ends, where
            assert play.announced <= outcome.sendings.keys() <= play.announced | play.perhaps_announced, where
            assert outcome.refreshes <= usual.refreshes + 1 or not play.is_bounded, where
