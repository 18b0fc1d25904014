"""`payrefresh status` on a deployed stack: what it reads, from rows and marks as the adapters write them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from payment_refresh.adapters.dynamodb.cursor import DynamoCursorTable
from payment_refresh.adapters.dynamodb.digest import DynamoDigestTable
from payment_refresh.adapters.dynamodb.mode_mark import DynamoModeTable
from payment_refresh.adapters.dynamodb.rate_item import DynamoRateItem
from payment_refresh.domain.cursor import Cursor, Pass
from payment_refresh.domain.daily_digest import DailyDigest
from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.mode_mark import ModeMark
from payment_refresh.domain.policy import Policy
from payment_refresh.rate_limit.gcra import RateState
from payrefresh.adapters.aws import connect
from payrefresh.adapters.due_index import DynamoDueIndex
from payrefresh.adapters.stack import find_stack
from tests.operating.emitted import emit
from tests.support.samples import cart, dead_lettered, order, reported, watch

if TYPE_CHECKING:
    from tests.operating.command import Command
    from tests.operating.hollow import HollowStack

# On one stack, which is deployed, runs idly, then is at work, and then things go wrong: each test puts what it
# needs on top of what those before it may have left.


def test_status_of_a_stack_just_deployed_is_healthy_and_says_why_nothing_is_there(command: Command) -> None:
    ran = command("status")

    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[0].endswith("healthy")
    assert "just deployed" in ran.out


@pytest.fixture(scope="module")
def running(stack: HollowStack) -> HollowStack:
    """The stack after some sweeps and a run of discover, with nothing to do."""
    emit(stack, 60, Observing=0, OldestOverdueSeconds=0, DiscoverAgeSeconds=5)
    emit(stack, 8 * 3600, SettledByWebhook=40, SettledByRefresh=2, EventWatching=42)
    emit(stack, 8 * 3600, dimensions={"currency": "EUR"}, SettledByRefreshCents=19_900)
    return stack


def test_status_of_an_idle_stack_is_healthy_and_shows_what_it_did(command: Command, running: HollowStack) -> None:
    ran = command("status", "--json")

    assert (ran.status, ran.err) == (0, "")
    assert ran.json["healthy"]
    assert (ran.json["wrong"], ran.json["notes"]) == ([], [])
    assert (ran.json["stack"], ran.json["organization"]) == (running.name, "sandbox-shop")
    assert ran.json["last_day"]["settled_by_webhook"] == 40
    assert ran.json["last_day"]["settled_by_refresh_cents"] == {"EUR": 19_900}
    assert ran.json["alarms"] is None  # nobody evaluates them on the local AWS


def test_status_counts_the_due_index_and_reads_the_marks(command: Command, running: HollowStack) -> None:
    connect(profile=None, region=None)
    now, table = int(time.time()), running.outputs["StateTableName"]
    DynamoCursorTable(table).write(Cursor(of=Pass.ORDERS, first_at=now - 9000, complete_at=now - 300))
    DynamoDigestTable(table, DailyDigest).write(DailyDigest(number=1, at=now - 600, detail="{}"))
    DynamoModeTable(table).write(ModeMark(run_mode=RunMode.REFRESH))
    rate = RateState(next_ms=now * 1000, written_ms=now * 1000, busy_since_ms=(now - 600) * 1000)
    DynamoRateItem(table=table).swap(None, rate)
    running.put(
        watch(order("a", at=now - 30), Policy(), now=now - 30),
        watch(order("b", at=now - 7200), Policy(), now=now - 7200, due_at=now - 5),
        watch(cart("c", at=now - 60), Policy(), now=now - 60),
        reported(order("d", at=now - 90_000, amount_cents=700), Policy(), at=now - 60),
    )

    ran = command("status", "--json")

    assert ran.status == 0
    assert ran.json["watched"] == {"placed": 2, "carts": 1}
    assert ran.json["due"] == 1
    assert ran.json["waiting_for_a_person"] == {"dead_lettered": 0, "reported": 1}
    assert [each["name"] for each in ran.json["notes"]] == ["reported"]
    assert "7.00 EUR" in ran.json["notes"][0]["what"]
    assert ran.json["last_pass_at"] is not None
    assert ran.json["last_digest_at"] is not None
    assert ran.json["budget"]["utilisation"] == pytest.approx(0.63, abs=0.05)


def test_status_with_things_wrong_names_each_with_what_to_do_and_exits_with_one(
    command: Command, running: HollowStack
) -> None:
    now = int(time.time())
    running.put(dead_lettered(order("e", at=now - 90_000), Policy(), at=now - 60))
    sqs = running.aws.clients.sqs
    sqs.send_message(QueueUrl=running.outputs["AsyncFailuresQueueUrl"], MessageBody="a failed run")
    emit(running, 70, WebhookCircuitsOpen=1)

    ran = command("status")

    assert (ran.status, ran.err) == (1, "")
    assert ran.out.splitlines()[0].endswith("3 things to do")
    assert "1 payment of placed orders stayed pending to the end, and waits for a person (99.00 EUR)." in ran.out
    assert "1 scheduled run" in ran.out
    assert "its circuit is open" in ran.out
    assert ran.out.count("→") >= 3
    assert command("status", "--json").json["healthy"] is False
    assert all(line == line.rstrip() for line in ran.out.splitlines())


@pytest.mark.usefixtures("command")
def test_stuck_rows_are_summed_up_unless_there_are_too_many(running: HollowStack) -> None:
    connect(profile=None, region=None)
    index, now = DynamoDueIndex(running.outputs["StateTableName"]), int(time.time())
    running.put(
        reported(order("d", at=now - 90_000, amount_cents=700), Policy(), at=now - 60),
        dead_lettered(order("e", at=now - 90_000), Policy(), at=now - 60),
    )

    stuck = index.stuck(most=2)
    assert stuck is not None
    assert (stuck.dead_lettered.count, stuck.reported.count) == (1, 1)
    assert index.stuck(most=1) is None
    assert find_stack(running.name).created_at == pytest.approx(time.time(), abs=600)
