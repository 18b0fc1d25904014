"""Rows that a later version wrote, in each function: kept, asked about while they are open, nothing is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.policy import DAY, HOUR
from payment_refresh.domain.vocabulary import DueClass, FoundBy, OutboxItem, Status, WatchClass
from tests.hostile.strict_table import StrictStateTable
from tests.integration.handlers.sample_events import load
from tests.support import samples
from tests.support.clock import START
from tests.support.later_rows import DISPUTED, DUE_CLASS, STATUS, assert_nothing_is_lost, later

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch
    from tests.integration.handlers.conftest import Functions, Output
    from tests.support.world import World

ORDER = samples.order()
KEY = samples.key()
IN_EVENTS: dict[str, Any] = {"found_by": FoundBy.EVENT, "watch_class": WatchClass.PLACED}
"""Words that an outcome event says as the row has them; the schema that allows others is the later version's."""


@pytest.fixture
def world(functions: Functions) -> World:
    """The world of the functions, whose rows go through the items that they are stored as."""
    functions.world.table = StrictStateTable(log=functions.world.log)
    return functions.world


def put(world: World, order: Order = ORDER, **changes: Any) -> Watch:
    """Let a later version have written the row of an order's payment."""
    row = later(samples.watch(order, world.policy, due_at=START), **changes)
    world.table.put(row)
    return row


def put_ended(world: World, order: Order = ORDER, **changes: Any) -> Watch:
    """Let it have ended in a way that only that version knows."""
    return put(world, order, **{"ended_at": START, "expires_at": START + 35 * DAY} | changes)


def deliver(functions: Functions, name: str, **changes: Any) -> Output:
    """Let the order event of a file come in, on a row of its payment."""
    order = json.loads(load(name)["body"])["data"]
    source = order["relationships"]["payment_source"]["data"]
    before = samples.order(id=order["id"], source_type=source["type"], source_id=source["id"], at=START - 10**8)
    put(functions.world, before, **changes)
    return functions.run_file(name)


def refresh(functions: Functions, **message: object) -> Output:
    """Let a message about the payment come in."""
    record = load("refresh_swept")["Records"][0]
    body = json.dumps({"type": KEY.type, "id": KEY.id} | message)
    return functions.run("refresh", {"Records": [record | {"messageId": "message", "body": body}]})


def check_swept(functions: Functions) -> Output:
    """Let a sweep claim the row, and its message be received."""
    functions.run_file("sweep_schedule")
    return refresh(functions, claim=functions.world.row(KEY).claim)


class TestOrderEvents:
    """Webhooks are answered, and change what this version knows."""

    @pytest.mark.usefixtures("world")
    def test_event_of_a_payment_in_an_unknown_status_is_taken_and_keeps_the_rest(
        self, functions: Functions
    ) -> None:
        output = deliver(functions, "order_events_place", claim="token", claims=1)

        assert (output.answer["statusCode"], output.body["meta"]["result"]) == (200, "deferred")
        (row,) = functions.world.table.rows.values()
        assert (row.status, row.event_during_lease) == (STATUS, True)
        assert_nothing_is_lost(row)

    @pytest.mark.usefixtures("world")
    def test_event_with_money_ends_an_unknown_open_status_and_keeps_the_rest(self, functions: Functions) -> None:
        output = deliver(functions, "order_events_authorize")

        assert output.body == {"meta": {"result": "ended"}}
        (row,) = functions.world.table.rows.values()
        assert (row.status, row.due_at is not None) == (Status.SETTLED, True)
        assert_nothing_is_lost(row)

    @pytest.mark.usefixtures("world")
    @pytest.mark.parametrize("name", ["order_events_place", "order_events_authorize", "order_events_cancel"])
    def test_event_of_an_unknown_end_is_answered_and_changes_nothing(
        self, functions: Functions, name: str
    ) -> None:
        output = deliver(functions, name, ended_at=START, due_at=None)

        assert output.body == {"meta": {"result": "ignored"}}
        assert functions.world.table.writes == []

    @pytest.mark.usefixtures("world")
    def test_event_that_overrules_a_known_end_keeps_the_unknown_kind_in_the_outbox(
        self, functions: Functions
    ) -> None:
        known = frozenset({OutboxItem.DEAD_LETTER, DISPUTED})
        output = deliver(
            functions, "order_events_authorize", status=Status.DEAD_LETTERED, ended_at=START, outbox=known
        )

        assert output.body == {"meta": {"result": "ended"}}
        (row,) = functions.world.table.rows.values()
        assert (row.status, OutboxItem.DEAD_LETTER in row.outbox) == (Status.SETTLED, False)
        assert_nothing_is_lost(row)


class TestDiscover:
    """Listed orders whose rows a later version wrote."""

    def test_open_row_in_an_unknown_due_class_is_moved_to_one_that_is_swept(
        self, functions: Functions, world: World
    ) -> None:
        put(world, due_class=DUE_CLASS)
        world.commerce_layer.put(ORDER)
        world.clock.advance(HOUR)
        assert functions.run_file("sweep_schedule").answer["claimed"] == 0

        output = functions.run_file("discover_schedule")

        assert (output.answer["listed"], output.answer["created"]) == (1, 0)
        assert_nothing_is_lost(world.row(KEY))
        assert functions.run_file("sweep_schedule").answer["claimed"] == 1

    def test_row_of_an_unknown_end_is_kept_as_long_as_its_order_is_listed(
        self, functions: Functions, world: World
    ) -> None:
        before = put_ended(world, due_at=None, expires_at=START + DAY)
        world.commerce_layer.put(replace(ORDER, updated_at="2035-01-01T00:00:00.000Z"))
        world.clock.advance(HOUR)

        assert functions.run_file("discover_schedule").answer["created"] == 0

        row = world.row(KEY)
        assert row == replace(before, revision=2, expires_at=world.now + world.policy.retention)
        assert_nothing_is_lost(row)


class TestSweep:
    """What is due is claimed."""

    def test_due_row_in_an_unknown_status_is_claimed_and_sent(self, functions: Functions, world: World) -> None:
        before = put(world)

        assert functions.run_file("sweep_schedule").answer["claimed"] == 1

        row = world.row(KEY)
        (message,) = world.queue.receive(1).values()
        assert json.loads(message)["claim"] == row.claim
        assert row == replace(before, claim=row.claim, claims=1, due_at=START + world.lease, revision=2)
        assert_nothing_is_lost(row)


class TestRefresh:
    """What is open is asked about; what this version cannot do is left."""

    def test_pending_payment_in_an_unknown_status_is_refreshed_and_due_again(
        self, functions: Functions, world: World
    ) -> None:
        put(world)
        world.commerce_layer.put(ORDER)

        output = check_swept(functions)

        counts = ("Messages", "ListCalls", "RefreshCalls", "Pending", "PendingUnderHour")
        assert output.counted == dict.fromkeys(counts, 1)
        row = world.row(KEY)
        assert (row.status, row.claim, len(row.checks)) == (STATUS, None, 2)
        assert row.due_at is not None
        assert row.due_at > START
        assert_nothing_is_lost(row)

    def test_settled_payment_in_an_unknown_status_ends_and_only_the_known_kind_is_sent(
        self, functions: Functions, world: World
    ) -> None:
        put(world, **IN_EVENTS)
        world.commerce_layer.put(samples.authorized(ORDER, START))

        output = check_swept(functions)

        assert (output.counted["Settled"], world.events.kinds) == (1, {"PaymentSettled": 1})
        row = world.row(KEY)
        assert row.status is Status.SETTLED
        assert row.outbox == {DISPUTED}
        assert (row.due_at, "OutboxPending" in output.counted) == (START + world.policy.first, False)
        assert_nothing_is_lost(row)

    def test_outbox_that_only_a_later_version_can_relay_is_due_an_hour_after_its_lease(
        self, functions: Functions, world: World
    ) -> None:
        put(world, status=Status.SETTLED, ended_at=START)

        output = check_swept(functions)

        row = world.row(KEY)
        assert (row.claim, row.claims, row.due_at) == (None, 0, START + world.lease + HOUR)
        assert (world.events.kinds, world.commerce_layer.calls, output.counted) == ({}, [], {"Messages": 1})
        (line,) = [line for line in output.log if line["message"] == "left_for_later_version"]
        assert (line["payment"], line["status"], line["outbox"]) == (str(KEY), "settled", ["PaymentDisputed"])
        assert_nothing_is_lost(row)

    def test_unknown_end_is_left_with_its_whole_outbox_for_a_later_version(
        self, functions: Functions, world: World
    ) -> None:
        before = put_ended(world, outbox=frozenset({OutboxItem.DEAD_LETTER, DISPUTED}), claim="token", claims=1)

        output = refresh(functions, claim="token")

        row = world.row(KEY)
        due_at = START + world.lease + HOUR
        assert row == replace(before, claim=None, claims=0, due_at=due_at, revision=2)
        assert (output.failed, world.letters.letters, world.commerce_layer.calls) == ([], [], [])
        assert_nothing_is_lost(row)

    def test_row_that_was_written_meanwhile_is_left_to_whoever_wrote_it(
        self, functions: Functions, world: World
    ) -> None:
        before = put_ended(world, claim="token", claims=1)
        world.table.faults.meanwhile("write", lambda: world.table.put(replace(before, revision=9)))

        output = refresh(functions, claim="token")

        assert (output.failed, world.row(KEY).revision) == ([], 9)
        assert "outbox_already_taken" in output.logged

    @pytest.mark.parametrize("message", [{}, {"round": 1}, {"acknowledge": "refunded by hand"}])
    def test_message_of_a_person_about_an_unknown_end_comes_back_for_a_later_version(
        self, functions: Functions, world: World, message: dict[str, object]
    ) -> None:
        before = put_ended(world)

        output = refresh(functions, **message)

        assert (output.failed, world.row(KEY)) == (["message"], before)
        (line,) = [line for line in output.log if line["message"] == "message_failed"]
        assert (line["error"], "deploy that" in line["detail"]) == ("UnreadableRow", True)

    def test_redriven_letter_starts_a_round_that_keeps_what_a_later_version_wrote(
        self, functions: Functions, world: World
    ) -> None:
        put(world, status=Status.DEAD_LETTERED, ended_at=START)
        world.commerce_layer.put(ORDER)

        output = refresh(functions, round=1)

        assert (output.failed, output.counted["RefreshCalls"]) == ([], 1)
        row = world.row(KEY)
        assert (row.round, row.status) == (2, Status.WATCHING)
        assert_nothing_is_lost(row)

    def test_order_sent_manually_does_not_begin_its_payment_again_after_an_unknown_end(
        self, functions: Functions, world: World
    ) -> None:
        before = put_ended(world)
        world.commerce_layer.put(ORDER)

        refresh(functions, type="orders", id=ORDER.id)

        assert world.row(KEY) == before
        assert world.row(samples.order_key()).status is Status.CLOSED


class TestDigest:
    """What stays stuck is counted, as far as this version can say."""

    def test_dead_letter_with_unknown_words_is_counted_and_kept(self, functions: Functions, world: World) -> None:
        before = put(world, status=Status.DEAD_LETTERED, ended_at=START, outbox=frozenset())

        output = functions.run_file("digest_schedule")

        assert (output.answer["reported"], output.answer["dead_lettered"]) == (0, 1)
        assert (world.row(KEY), world.table.writes) == (before, [])

    def test_unknown_end_among_what_is_stuck_makes_the_count_incomplete(
        self, functions: Functions, world: World
    ) -> None:
        world.table.put(samples.reported(samples.order("b"), world.policy, at=START))
        before = put_ended(world, due_class=DueClass.STUCK)

        output = functions.run_file("digest_schedule")

        assert (output.answer["reported"], output.answer["dead_lettered"]) == (1, 0)
        assert [detail["complete"] for detail in world.events.details] == [False, False]
        assert "stuck_not_all_counted" in output.logged
        assert world.row(KEY) == before
