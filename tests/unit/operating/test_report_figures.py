"""The figures of a report: what rows count as, when, and how much money that is."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.vocabulary import (
    CheckSource,
    Notice,
    OutboxItem,
    Reason,
    SettledBy,
    Status,
    WatchClass,
)
from payment_refresh.domain.watch import Check, Watch
from payment_refresh.times import to_iso
from payrefresh.report.delays import delays_of, duration
from payrefresh.report.facts import Fact, facts_of
from payrefresh.report.figures import Counting
from payrefresh.report.gateways import Gateway, Group, names
from payrefresh.report.period import Period
from payrefresh.report.report import NAMED
from payrefresh.report.sums import Sum

if TYPE_CHECKING:
    from collections.abc import Collection

    from payrefresh.report.figures import Figures

START = 1_760_000_000
END = START + 1000
PERIOD = Period(START, START + 86_400)


def watch(name: str = "a", **changes: Any) -> Watch:
    """A placed order's watch that a refresh settled."""
    settled = Watch(
        key=PaymentKey("stripe_payments", f"pay-{name}"),
        watch_class=WatchClass.PLACED,
        status=Status.SETTLED,
        settled_by=SettledBy.REFRESH,
        since=START + 100,
        started_at=START + 100,
        due_at=None,
        order_id=f"order-{name}",
        order_number=f"10{name}",
        amount_cents=9900,
        currency="EUR",
        payment_gateway_type="stripe_gateways",
        payment_gateway_id="gateway",
        ended_at=END,
    )
    return replace(settled, **changes)


def figures(*watches: Watch, named: Collection[Fact] = ()) -> Figures:
    """The figures of these rows."""
    counting = Counting(period=PERIOD, named=named)
    for each in watches:
        counting.add(each)
    return counting.figures


def facts(of: Watch) -> dict[Fact, int]:
    """What happened to a payment, by when."""
    return dict(facts_of(of))


def announced(*items: OutboxItem) -> frozenset[OutboxItem]:
    return frozenset(items)


def look(at: int, verdict: str, **more: Any) -> Check:
    return Check(at=at, by=CheckSource.LOOK, verdict=verdict, **more)


def test_payment_that_a_refresh_settled_is_found_when_that_was_answered() -> None:
    assert facts(watch(refresh_answered_at=to_iso(END - 90.5))) == {Fact.FOUND: END - 91}


def test_payment_whose_end_came_before_the_answer_is_found_at_its_end() -> None:
    assert facts(watch(refresh_answered_at=to_iso(END + 5))) == {Fact.FOUND: END}


def test_money_on_an_order_that_is_not_placed_is_found_before_the_watch_ends() -> None:
    unplaced = watch(
        unplaced_since=END - 900, notice=Notice.NOT_PLACED, announced=announced(OutboxItem.NOT_PLACED)
    )

    assert facts(unplaced) == {Fact.FOUND: END - 900, Fact.NOT_PLACED: END}


def test_order_that_was_placed_after_all_keeps_when_its_money_was_seen() -> None:
    placed = watch(
        checks=(look(END - 900, "settled_unplaced"), look(END, "settled")),
        announced=announced(OutboxItem.NOT_PLACED, OutboxItem.PLACED_AFTER_ALL),
    )

    assert facts(placed) == {Fact.FOUND: END - 900, Fact.NOT_PLACED: END - 900}
    assert figures(placed).placed_after_all == 1


def test_free_order_is_no_money_that_anybody_found() -> None:
    assert facts(watch(amount_cents=0)) == {}


def test_money_that_was_given_back_since_is_not_counted_as_found() -> None:
    assert facts(watch(status=Status.CLOSED, reason=Reason.REVERSED)) == {}


def test_webhook_that_came_after_a_pending_look_is_late() -> None:
    by_webhook = watch(settled_by=SettledBy.WEBHOOK)

    assert facts(by_webhook) == {Fact.BY_WEBHOOK: END}
    asked = replace(by_webhook, checks=(look(END - 60, "pending"),))
    assert facts(asked) == {Fact.BY_WEBHOOK: END, Fact.LATE_WEBHOOK: END}


@pytest.mark.parametrize(
    ("item", "fact"),
    [
        (OutboxItem.SUPERSEDED, Fact.SECOND_CHARGE),
        (OutboxItem.ON_CANCELLED_ORDER, Fact.ON_CANCELLED),
        (OutboxItem.MISSING, Fact.GONE),
        (OutboxItem.PLACED_LATE, Fact.PLACED_LATE),
        (OutboxItem.AMOUNT_MISMATCH, Fact.AMOUNT_DIFFERS),
    ],
)
def test_what_an_event_announced_is_counted_where_the_row_ended(item: OutboxItem, fact: Fact) -> None:
    assert facts(watch(status=Status.CLOSED, announced=announced(item))) == {fact: END}


def test_other_amount_is_counted_when_it_was_noticed_first() -> None:
    noticed = look(END - 500, "pending", code=Notice.AMOUNT_MISMATCH)
    still_open = watch(
        status=Status.WATCHING,
        ended_at=None,
        checks=(noticed, replace(noticed, at=END - 10)),
        announced=announced(OutboxItem.AMOUNT_MISMATCH),
    )

    assert facts(still_open) == {Fact.AMOUNT_DIFFERS: END - 500}


@pytest.mark.parametrize(
    ("status", "reason", "stand"),
    [
        (Status.DEAD_LETTERED, Reason.STAYED_PENDING, "dead_lettered"),
        (Status.REPORTED, Reason.STAYED_PENDING, "reported"),
        (Status.CLOSED, Reason.ACKNOWLEDGED, "acknowledged"),
    ],
)
def test_payment_that_was_given_up_stayed_pending_whatever_became_of_it(
    status: Status, reason: Reason, stand: str
) -> None:
    given_up = figures(watch(status=status, reason=reason))

    assert given_up.of(Fact.STAYED_PENDING).payments == 1
    assert given_up.stuck == {stand: 1}


def test_what_happened_outside_of_the_period_is_not_in_its_figures() -> None:
    before, after = watch("b", ended_at=START - 1), watch("c", ended_at=PERIOD.until)
    counted = figures(watch("a", ended_at=START), before, after, replace(before, status=Status.DEAD_LETTERED))

    assert counted.rows == 4
    assert counted.of(Fact.FOUND) == Sum(payments=1, orders=1, totals={"EUR": 9900})
    assert counted.of(Fact.STAYED_PENDING) == Sum()
    assert counted.waiting.payments == 1  # whenever that was


def test_order_with_two_payments_is_counted_once_in_money() -> None:
    two = figures(watch("a", held_cents=4000), watch("b", order_id="order-a", held_cents=100))

    assert two.of(Fact.FOUND) == Sum(payments=2, orders=1, totals={"EUR": 9900}, held={"EUR": 4100})


def test_money_of_each_currency_is_summed_apart() -> None:
    counted = figures(watch("a"), watch("b", currency="JPY", amount_cents=500), watch("c", amount_cents=1))

    assert counted.of(Fact.FOUND).totals == {"EUR": 9901, "JPY": 500}
    gateway = Gateway("stripe", "gateway")
    assert {group: of.totals for group, of in counted.groups[Fact.FOUND].items()} == {
        Group(gateway, "EUR"): {"EUR": 9901},
        Group(gateway, "JPY"): {"JPY": 500},
    }


def test_order_without_a_known_total_is_counted_and_in_no_sum() -> None:
    counted = figures(watch("a", amount_cents=None), watch("b", currency=None))

    assert counted.of(Fact.FOUND) == Sum(payments=2, orders=2, unknown=2)


def test_found_payments_are_counted_in_the_step_they_were_found_in() -> None:
    hour = START // 3600 * 3600
    counted = figures(
        watch("a", ended_at=START), watch("b", ended_at=hour + 3600), watch("c", ended_at=hour + 7199)
    )

    assert [count for count in counted.by_step.values() if count] == [1, 2]
    assert list(counted.by_step)[:2] == [hour, hour + 3600]


def test_lines_are_kept_only_where_they_are_asked_for() -> None:
    rows = [watch("a"), watch("b", ended_at=END - 1), watch("c", settled_by=SettledBy.WEBHOOK)]

    assert not figures(*rows).lines
    lines = figures(*rows, named=NAMED).lines
    assert [(line.watch.order_number, line.pending_for) for line in lines] == [("10b", 899), ("10a", 900)]


def test_payment_of_an_unknown_gateway_goes_by_its_own_type() -> None:
    of = figures(watch(payment_gateway_type=None, payment_gateway_id=None))

    assert list(of.groups[Fact.FOUND]) == [Group(Gateway("stripe"), "EUR")]


def test_names_of_gateways_of_one_kind_bear_their_ids() -> None:
    found = names([Gateway("stripe", "a"), Gateway("stripe"), Gateway("satispay", "b"), Gateway("new_one")])

    assert list(found.values()) == ["new_one", "Satispay", "Stripe (unknown)", "Stripe a"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (3601, "1 h"),
        (90_000, "1 d 1 h"),
        (700_000, "8 d 2 h"),
    ],
)
def test_duration_has_its_two_largest_units(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def test_delays_are_summed_up_in_classes_whose_limits_belong_to_them() -> None:
    delays = delays_of([60, 61, 300, 10**9])

    assert [each.payments for each in delays.classes] == [1, 2, 0, 0, 0, 0, 0, 0, 1]
    assert (delays.median, delays.most, delays.longest) == (61, 10**9, 10**9)


def test_nine_in_ten_delays_do_not_exceed_what_is_said() -> None:
    assert delays_of(range(1, 11)).most == 9
    assert delays_of(()).median is None
