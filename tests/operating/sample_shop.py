"""A made-up shop's month: the rows that its stack would have, and what it would have spent."""

from __future__ import annotations

import random
from copy import replace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.vocabulary import (
    CheckSource,
    Evidence,
    Notice,
    OutboxItem,
    Reason,
    SettledBy,
    Status,
    WatchClass,
)
from payment_refresh.domain.watch import Check, Watch
from payment_refresh.metrics import Metric
from payment_refresh.times import to_epoch, to_iso
from payrefresh.report.bill import dollars
from payrefresh.report.figures import Counting
from payrefresh.report.period import read_period
from payrefresh.report.report import NAMED, NAMED_IF_OBSERVED, About, Report
from payrefresh.report.spending import Spending

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = int(to_epoch("2026-03-31T09:00:00.000Z"))
MINUTE, HOUR, DAY = 60, 3600, 86_400

_GATEWAYS = (
    ("stripe_payments", "stripe_gateways", "kXqwVtLdaz", "EUR"),
    ("stripe_payments", "stripe_gateways", "kXqwVtLdaz", "GBP"),
    ("stripe_payments", "stripe_gateways", "pBnRmFoyqe", "JPY"),
    ("checkout_com_payments", "checkout_com_gateways", "zWyBdCrnvg", "EUR"),
    ("satispay_payments", "satispay_gateways", "gLmRoQhvbx", "EUR"),
)
_WEIGHTS = (55, 12, 9, 16, 8)
_WAITS = (
    (2 * MINUTE, 20),
    (4 * MINUTE, 26),
    (11 * MINUTE, 22),
    (40 * MINUTE, 14),
    (3 * HOUR, 9),
    (15 * HOUR, 5),
    (50 * HOUR, 3),
)
_TYPICAL = {"EUR": 6_800, "GBP": 5_900, "JPY": 9_400}


@dataclass(slots=True)
class Shop:
    """Makes rows; the same seed makes the same."""

    seed: int = 14
    number: int = 2_454_100

    def rows(self, *, observes: bool = False) -> Iterator[Watch]:
        """All rows of a month: mostly payments that their webhooks settled, and a few of everything else."""
        dice = random.Random(self.seed)  # noqa: S311 - a made-up shop
        for _ in range(1_640):
            watch = self._watch(dice, wait=dice.choice((3, 20, 45, 70)))
            yield self._settled(watch, SettledBy.WEBHOOK)
        for _ in range(31):
            watch = self._watch(dice, wait=self._wait(dice))
            look = Check(at=watch.since + 1, by=CheckSource.LOOK, verdict="pending", payment_status="unpaid")
            yield self._settled(replace(watch, checks=(look,)), SettledBy.WEBHOOK)
        for _ in range(64):
            watch = self._watch(dice, wait=self._wait(dice))
            yield self._stuck(watch, Status.REPORTED) if observes else self._settled(watch, SettledBy.REFRESH)
        yield from self._for_a_person(dice)
        for status in (Status.DEAD_LETTERED, Status.DEAD_LETTERED, Status.REPORTED, Status.CLOSED):
            yield self._stuck(self._watch(dice, wait=3 * DAY), status)
        for _ in range(37):
            yield replace(self._watch(dice, wait=DAY), status=Status.ABANDONED, watch_class=WatchClass.CART)
        for _ in range(9):
            yield replace(self._watch(dice, wait=HOUR), ended_at=None, due_at=NOW + 60)

    def _for_a_person(self, dice: random.Random) -> Iterator[Watch]:
        for notice in (Notice.NOT_PLACED, Notice.NOT_PLACED, None):
            settled = self._settled(self._watch(dice, wait=8 * MINUTE), SettledBy.WEBHOOK)
            after_all = {OutboxItem.PLACED_AFTER_ALL} if notice is None else set()
            yield replace(settled, notice=notice, announced=frozenset({OutboxItem.NOT_PLACED} | after_all))
        for _ in range(2):
            watch = self._watch(dice, wait=30 * MINUTE)
            yield replace(
                watch,
                status=Status.CLOSED,
                reason=Reason.REPLACED,
                notice=Notice.SUPERSEDED,
                evidence=Evidence.MONEY,
                held_cents=watch.amount_cents,
                announced=frozenset({OutboxItem.SUPERSEDED}),
            )
        settled = self._settled(self._watch(dice, wait=5 * MINUTE), SettledBy.WEBHOOK)
        yield replace(
            settled,
            notice=Notice.AMOUNT_MISMATCH,
            held_cents=(settled.amount_cents or 0) - 500,
            announced=frozenset({OutboxItem.AMOUNT_MISMATCH}),
        )

    def _watch(self, dice: random.Random, wait: int) -> Watch:
        """A watch that ended some time in the month, after it had been pending for so many seconds."""
        self.number += dice.randrange(1, 4)
        kind, gateway, gateway_id, currency = dice.choices(_GATEWAYS, _WEIGHTS)[0]
        # Shops sell more in the evening, and more at the end of a week.
        day = dice.choices(
            range(30), [1.0 + 0.5 * (at % 7 in (4, 5)) + (1.6 if at in (11, 12) else 0) for at in range(30)]
        )[0]
        ended_at = NOW - (29 - day) * DAY - dice.randrange(6 * HOUR)
        amount = round(_TYPICAL[currency] * dice.lognormvariate(0, 0.55))
        name = "".join(dice.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", k=10))
        return Watch(
            key=PaymentKey(kind, name),
            watch_class=WatchClass.PLACED,
            since=ended_at - wait,
            started_at=ended_at - wait,
            due_at=None,
            order_id=name[::-1],
            order_number=str(self.number),
            amount_cents=amount,
            currency=currency,
            payment_gateway_type=gateway,
            payment_gateway_id=gateway_id,
            ended_at=ended_at,
        )

    def _wait(self, dice: random.Random) -> int:
        around = dice.choices([wait for wait, _ in _WAITS], [weight for _, weight in _WAITS])[0]
        return round(around * dice.uniform(0.5, 1.9))

    def _settled(self, watch: Watch, by: SettledBy) -> Watch:
        ended_at = watch.ended_at or NOW
        check = Check(at=ended_at, by=CheckSource.REFRESH, verdict="settled", payment_status="authorized")
        announced = frozenset({OutboxItem.SETTLED})
        settled = replace(
            watch, status=Status.SETTLED, settled_by=by, announced=announced, checks=(*watch.checks, check)
        )
        return replace(settled, refresh_answered_at=to_iso(ended_at)) if by is SettledBy.REFRESH else settled

    def _stuck(self, watch: Watch, status: Status) -> Watch:
        reason = Reason.ACKNOWLEDGED if status is Status.CLOSED else Reason.STAYED_PENDING
        return replace(watch, status=status, reason=reason)


def spending() -> Spending:
    """What such a month takes."""
    work = {
        "Lambda requests": 61_400.0,
        "Lambda time": 13_900.0,
        "DynamoDB writes": 58_300.0,
        "DynamoDB reads": 141_000.0,
        "SQS requests": 664_000.0,
        "CloudWatch Logs ingestion": 0.118,
        "EventBridge Scheduler": 46_100.0,
        "EventBridge events": 1_750.0,
        "CloudWatch metrics": 30.4,
        "CloudWatch alarms": 39.0,
        "Secrets Manager secrets": 2.0,
        "DynamoDB storage": 0.0021,
        "DynamoDB point-in-time recovery": 0.0021,
    }
    return Spending(
        calls={Metric.LIST_CALLS: 7_204, Metric.RETRIEVE_CALLS: 31, Metric.REFRESH_CALLS: 2_873},
        not_sent=0,
        days=30.0,
        work=work,
        bill=dollars(work),
        not_measured=(),
    )


def report(*watches: Watch, observes: bool = False, since: str = "30d") -> Report:
    """The report of such a month; with other rows, of these."""
    counting = Counting(period=read_period(since, NOW), named=NAMED_IF_OBSERVED if observes else NAMED)
    for watch in watches or Shop().rows(observes=observes):
        counting.add(watch)
    about = About(
        stack="payment-refresh",
        region="eu-west-1",
        organization="example-shop",
        api_mode="live",
        observes=observes,
        retention_days=35,
    )
    return Report(about=about, period=counting.period, figures=counting.figures, spending=spending())


HOSTILE = tuple(
    replace(
        next(Shop(seed=number).rows()),
        key=PaymentKey("stripe_payments", f"hostile{number}"),
        settled_by=SettledBy.REFRESH,
        order_id=f"hostile{number}",
        order_number=order_number,
    )
    for number, order_number in enumerate(
        (
            "<script>document.body.append('ran')</script>",
            '"><img src=x onerror=alert(1)>',
            '=HYPERLINK("https://example.com")',
            "@SUM(A1:A9)",
            "[red]not markup[/red]",
            "\x1b[2J\x1b]0;title\x07",
            "a" * 200,
        )
    )
)
"""Payments of orders whose numbers somebody chose to do harm; a shop can number its orders as it likes."""
