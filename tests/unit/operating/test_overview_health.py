"""The verdict on a stack: healthy where nothing is wrong, and each kind of wrong by its name."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from payment_refresh.domain.cursor import Cursor, Pass
from payment_refresh.domain.daily_digest import DailyDigest
from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.mode_mark import ModeMark
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.stuck import summarize
from payment_refresh.domain.vocabulary import DueClass
from payment_refresh.rate_limit.gcra import RateState
from payrefresh.overview.health import judge_health
from payrefresh.overview.numbers import DAY, HOUR, MINUTE
from payrefresh.overview.settings import Settings
from payrefresh.overview.status_view import status_as_json, view_status
from payrefresh.ports import Depth, DueCount, Point, RingingAlarm
from tests.support.clock import START
from tests.support.samples import dead_lettered, order, reported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payrefresh.overview.snapshot import Snapshot
from tests.unit.operating.health_steps import BEATS, FACTS, NOW, notes, numbers, points, seen, wrong


def test_an_idle_stack_that_runs_is_healthy_and_nothing_more_is_said() -> None:
    assert judge_health(seen()).findings == ()


def test_a_busy_stack_whose_webhook_settles_nearly_all_is_healthy() -> None:
    busy = {
        "CLAIMED": points((60, 20), (120, 30)),
        "MESSAGES": points((60, 40)),
        "LIST_CALLS": points((60, 9)),
        "REFRESH_CALLS": points((60, 30)),
        "SETTLED_BY_WEBHOOK": points((60, 400)),
        "SETTLED_BY_REFRESH": points((60, 9)),
        "FOUND_LATE_BY_REFRESH": points((60, 4)),
        "REFRESHES_REFUSED": points((60, 1)),
        "NO_ANSWER": points((3000, 4)),
    }
    due = {DueClass.FIRST: DueCount(3, 10, int(NOW - 50)), DueClass.CART: DueCount(90, 900, int(NOW - 9000))}

    assert wrong(seen(recent=busy, due=due, pending=Depth(40, 25))) == []


def test_a_stack_just_deployed_is_healthy_and_says_so() -> None:
    fresh = replace(FACTS, created_at=NOW - 3 * MINUTE, updated_at=NOW - 3 * MINUTE)
    just_deployed = seen(
        stack=fresh,
        recent={name: [] for name in BEATS},
        orders=Cursor(of=Pass.ORDERS),
        digest=DailyDigest(),
        alarms=[RingingAlarm(name, NOW, "") for name in ("OverdueAlarm", "DiscoverAgeAlarm")],
    )

    assert wrong(just_deployed) == []
    assert notes(just_deployed) == ["OverdueAlarm"]


def test_a_message_that_was_just_sent_is_not_held_to_be_stuck_in_the_queue() -> None:
    just_sent = {"CLAIMED": points((90, 1))}

    assert wrong(seen(recent=just_sent, pending=Depth(1, 0))) == []


def test_discover_in_its_first_run_is_not_held_to_have_stopped() -> None:
    fresh = replace(FACTS, created_at=NOW - 16 * MINUTE)
    first_run = seen(
        stack=fresh, orders=Cursor(of=Pass.ORDERS, first_at=int(NOW - 60)), recent={"DISCOVER_AGE_SECONDS": []}
    )

    assert wrong(first_run) == []


def test_a_stack_that_got_its_digest_with_the_last_deployment_is_healthy() -> None:
    upgraded = seen(stack=replace(FACTS, updated_at=NOW - HOUR), digest=DailyDigest())

    assert wrong(upgraded) == []


STUCK = summarize(
    [
        dead_lettered(order("a"), Policy(), at=NOW - HOUR),
        dead_lettered(order("b", currency="JPY"), Policy(), at=NOW - HOUR),
    ],
    complete=True,
)
OVERDUE = {DueClass.PLACED: DueCount(5, 0, int(NOW - HOUR))}
BUSY = RateState(next_ms=int(NOW * 1000), written_ms=0, busy_since_ms=int((NOW - DAY) * 1000))

WRONG: Mapping[str, tuple[str, dict[str, Any], str]] = {
    "the sweep stopped": (
        "OverdueAlarm",
        {"recent": {"OBSERVING": points((3 * HOUR, 0))}},
        "The last sweep reported 3 hours ago",
    ),
    "no sweep for hours": ("OverdueAlarm", {"recent": {"OBSERVING": []}}, "No sweep has reported: nothing is"),
    "overdue for no known reason": ("OverdueAlarm", {"due": OVERDUE}, "due for 60 minutes: sweeps run and do not"),
    "overdue as calls are paused": (
        "OverdueAlarm",
        {"due": OVERDUE, "reads_are_paused": True},
        "Commerce Layer does not answer",
    ),
    "overdue as the budget is used up": ("OverdueAlarm", {"due": OVERDUE, "rate": BUSY}, "CallsPerMinute allows"),
    "the queue is not received": (
        "QueueAgeAlarm",
        {"pending": Depth(7, 0), "recent": {"CLAIMED": points((600, 7))}},
        "7 payments wait in the queue",
    ),
    "discover never ran": (
        "DiscoverAgeAlarm",
        {"orders": Cursor(of=Pass.ORDERS), "recent": {"DISCOVER_AGE_SECONDS": []}},
        "Discover has never run",
    ),
    "discover stopped": (
        "DiscoverAgeAlarm",
        {"recent": {"DISCOVER_AGE_SECONDS": points((5 * HOUR, 0))}},
        "has not run for more than an hour",
    ),
    "discover does not finish": (
        "DiscoverAgeAlarm",
        {"orders": Cursor(of=Pass.ORDERS, first_at=START, complete_at=int(NOW - 5 * HOUR))},
        "not completed a pass for 5 hours",
    ),
    "no digest": ("digest", {"digest": DailyDigest()}, "No daily digest was ever made"),
    "digests stopped": ("digest", {"digest": DailyDigest(at=int(NOW - 3 * DAY))}, "made 3 days ago"),
    "digest not sent": (
        "digest",
        {"digest": DailyDigest(at=int(NOW - 8 * HOUR), unmailed=True)},
        "could not be sent",
    ),
    "dead letters": ("DeadLettersAlarm", {"stuck": STUCK}, "2 payments of placed orders stayed pending"),
    "a letter without a row": ("DeadLettersAlarm", {"dead_letters": Depth(1, 0)}, "1 message in the dead-letter"),
    "failed runs": ("AsyncFailuresAlarm", {"failed_runs": Depth(2, 0)}, "2 scheduled runs"),
    "a parameter cannot be read": (
        "SettingsUnreadable",
        {"settings": Settings(unreadable=("MODE is 'x'",))},
        "MODE is 'x'",
    ),
    "fell back to observe": (
        "FellBackToObserveAlarm",
        {
            "settings": Settings(run_mode=RunMode.OBSERVE),
            "mode": ModeMark(run_mode=RunMode.OBSERVE, fell_back_at=int(NOW - 600)),
        },
        "has only observed since",
    ),
    "an alarm of CloudWatch's own": (
        "RefreshErrorsAlarm",
        {"alarms": [RingingAlarm("RefreshErrorsAlarm", NOW - 60, "The refresh function crashed.")]},
        "RefreshErrorsAlarm rings since",
    ),
    "credentials refused": ("CredentialsRefusedAlarm", {"recent": {"CREDENTIALS_REFUSED": points((900, 1))}}, ""),
    "no right to update": (
        "MayNotUpdateAlarm",
        {"recent": {"MAY_NOT_UPDATE": points((200, 3)), "REFRESH_CALLS": points((200, 3))}},
        "no refresh is accepted",
    ),
    "each refresh is refused": (
        "RefreshesRefusedAlarm",
        {"recent": {"REFRESHES_REFUSED": points((5000, 2), (60, 1)), "REFRESH_CALLS": points((5000, 2), (60, 1))}},
        "every refresh was refused",
    ),
    "the gateway's webhook is broken": (
        "WebhookLateAlarm",
        {
            "recent": {
                "FOUND_LATE_BY_REFRESH": points((HOUR, 3)),
                "SETTLED_BY_REFRESH": points((HOUR, 5)),
                "SETTLED_BY_WEBHOOK": points((HOUR, 59)),
            }
        },
        "refreshes settled 5 payments, 3 of them late, and the webhook 59",
    ),
    "the same in a small shop": (
        "WebhookLateInAWeekAlarm",
        {"week": numbers(SETTLED_BY_REFRESH=points((3 * DAY, 3)), SETTLED_BY_WEBHOOK=points((6 * DAY, 2)))},
        "within seven days, refreshes settled 3",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_each_kind_of_wrong_is_found_alone_with_what_to_do(case: str) -> None:
    name, changes, text = WRONG[case]
    health = judge_health(seen(**changes))

    assert [each.name for each in health.wrong] == [name]
    assert text in health.wrong[0].what
    assert health.wrong[0].to_do
    assert not health.is_healthy


def test_a_sum_and_the_oldest_of_what_waits_for_a_person_are_shown() -> None:
    (finding,) = judge_health(seen(stuck=STUCK)).wrong

    assert "(99.00 EUR + 9,900 JPY; the oldest is order 10a, pending since 2026-01-01 00:00 UTC)" in finding.what


@pytest.mark.parametrize(("counted", "expected"), [(points((600, 150)), (150, 150)), ([], (300, 0))])
def test_more_stuck_payments_than_are_read_are_shown_as_the_digest_counted_them(
    counted: list[Point], expected: tuple[int, int]
) -> None:
    many = seen(
        stuck=None, due={DueClass.STUCK: DueCount(300, 0, int(START))}, recent={"DEAD_LETTERED_WAITING": counted}
    )

    waiting = status_as_json(many, judge_health(many))["waiting_for_a_person"]
    assert (waiting["dead_lettered"], waiting["reported"]) == expected


def test_alarms_that_ring_on_after_all_is_well_again_are_not_believed() -> None:
    names = ["DeadLettersAlarm", "OverdueAlarm", "DiscoverAgeAlarm", "UrgentOutcomesAlarm", "AsyncFailuresAlarm"]

    assert wrong(seen(alarms=[RingingAlarm(name, NOW - HOUR, "") for name in names])) == []


def test_an_alarm_that_stands_for_what_was_found_anyway_is_not_said_twice() -> None:
    refused = seen(
        recent={"CREDENTIALS_REFUSED": points((60, 1))},
        alarms=[RingingAlarm("CredentialsRefusedAlarm", NOW - 60, "")],
    )

    assert wrong(refused) == ["CredentialsRefusedAlarm"]


WORTH_KNOWING: Mapping[str, tuple[str, dict[str, Any]]] = {
    "observe mode": ("observe", {"settings": Settings(run_mode=RunMode.OBSERVE)}),
    "observes for long": (
        "FellBackToObserveAlarm",
        {
            "settings": Settings(run_mode=RunMode.OBSERVE),
            "mode": ModeMark(run_mode=RunMode.OBSERVE, fell_back_at=int(NOW - DAY)),
        },
    ),
    "a deployment was rolled back": ("rolled_back", {"stack": replace(FACTS, status="UPDATE_ROLLBACK_COMPLETE")}),
    "contradicting parameters": ("clamped", {"settings": Settings(clamped=("A is taken for B",))}),
    "calls are paused": ("paused", {"reads_are_paused": True}),
    "urgent outcomes": ("urgent", {"week": numbers(URGENT_OUTCOMES=points((HOUR, 2)))}),
    "answered 429": ("rate_limited", {"week": numbers(RATE_LIMITED=points((HOUR, 2)))}),
    "orders of the new model": ("new_model", {"week": numbers(NEW_MODEL_ORDERS=points((HOUR, 2)))}),
    "reported payments": (
        "reported",
        {"stuck": summarize([reported(order("a"), Policy(), at=NOW)], complete=True)},
    ),
}


@pytest.mark.parametrize("case", WORTH_KNOWING)
def test_what_is_worth_knowing_is_said_and_leaves_the_stack_healthy(case: str) -> None:
    name, changes = WORTH_KNOWING[case]

    assert notes(seen(**changes)) == [name]
    assert judge_health(seen(**changes)).is_healthy


def test_the_screen_begins_with_the_verdict_and_fits_one_screen() -> None:
    def screen(snapshot: Snapshot) -> list[str]:
        console = Console(width=100)
        with console.capture() as captured:
            console.print(view_status(snapshot, judge_health(snapshot)))
        return captured.get().splitlines()

    healthy = screen(seen(settings=Settings(organization="acme"), money={"EUR": 9900}))
    assert healthy[0] == "payment-refresh (acme, live, eu-west-1): healthy"
    assert any("by a refresh (99.00 EUR)" in line for line in healthy)
    assert len(healthy) < 24
    assert screen(seen(stuck=STUCK))[0].endswith("1 thing to do")
    assert screen(seen(stuck=STUCK, failed_runs=Depth(1, 0)))[0].endswith("2 things to do")
