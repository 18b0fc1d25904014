"""The answers, metrics and failures of ``sweep`` and ``refresh``."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.errors import SendFailed, StateUnavailable
from tests.integration.handlers.conftest import HEARTBEAT, pending
from tests.integration.handlers.sample_events import load
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from tests.integration.handlers.conftest import Functions


def batch(*bodies: str | dict[str, object]) -> dict[str, Any]:
    """An event of the pending queue with these messages; their ids are ``message-0``, ``message-1``, …."""
    record = load("refresh_swept")["Records"][0]
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    return {
        "Records": [record | {"messageId": f"message-{number}", "body": text} for number, text in enumerate(texts)]
    }


def manual(name: str) -> dict[str, object]:
    return {"type": "stripe_payments", "id": f"pay-{name}"}


class TestPartialBatches:
    """Only what could not be handled at all comes back."""

    def test_none_fails(self, functions: Functions) -> None:
        functions.world.commerce_layer.put(samples.order("a"), samples.order("b"))

        output = functions.run("refresh", batch(manual("a"), manual("b")))

        assert output.answer == {"batchItemFailures": []}

    def test_all_fail(self, functions: Functions) -> None:
        functions.world.table.faults.add("read_many", StateUnavailable("down"))

        output = functions.run("refresh", batch(manual("a"), manual("b")))

        assert output.answer == {
            "batchItemFailures": [{"itemIdentifier": "message-0"}, {"itemIdentifier": "message-1"}]
        }
        assert output.metrics["Messages"] == 2

    def test_some_fail(self, functions: Functions) -> None:
        world = functions.world
        world.commerce_layer.put(*(samples.order(name) for name in "abc"))
        world.commerce_layer.script("refresh", "stripe_payments#pay-b", ValueError("cannot happen"))

        output = functions.run("refresh", batch(manual("a"), "malformed", manual("b"), manual("c")))

        assert output.failed == ["message-1", "message-2"]
        assert output.counted == {"Messages": 4, "Unreadable": 1, "ListCalls": 2, "RefreshCalls": 3} | pending(2)

    def test_a_verdict_is_no_failure(self, functions: Functions) -> None:
        """Missing, not answered, snoozed as time ran out: the table says when each is due again."""
        world = functions.world
        functions.context.milliseconds = 1_000

        output = functions.run("refresh", batch(manual("a")))

        assert output.failed == []
        assert not world.commerce_layer.calls
        assert world.row(samples.key()).due_at == START

    def test_a_batch_of_stale_messages(self, functions: Functions) -> None:
        output = functions.run("refresh", batch(manual("a") | {"claim": "gone"}))

        assert output.failed == []
        assert output.counted == {"Messages": 1}


class TestWhatIsWritten:
    """Metrics and log lines that alarms and people rely on."""

    def test_an_end_is_reported_with_what_a_person_needs(self, functions: Functions) -> None:
        world = functions.world
        world.commerce_layer.put(samples.authorized(samples.order(), START))

        output = functions.run("refresh", batch(manual("a")))

        (line,) = [line for line in output.log if line["message"] == "watch_ended"]
        assert (line["level"], line["payment"], line["order_number"]) == ("INFO", "stripe_payments#pay-a", "10a")
        assert (line["status"], line["settled_by"]) == ("settled", "webhook")
        assert line["function_request_id"] == functions.context.aws_request_id
        assert (output.metrics["Settled"], output.metrics["SettledByWebhook"]) == (1, 1)
        assert world.events.kinds == {"PaymentSettled": 1}

    def test_a_settlement_of_ours_that_came_late_is_counted(self, functions: Functions) -> None:
        world = functions.world
        order = samples.order(at=START - world.policy.webhook_late_after)
        world.event(order)
        world.commerce_layer.put(order)
        world.commerce_layer.on_refresh(
            samples.key(), lambda: world.commerce_layer.put(samples.authorized(order, START))
        )

        output = functions.run("refresh", batch(manual("a")))

        counts = ("Settled", "SettledByRefresh", "FoundLateByRefresh", "OutboxPending")
        assert [output.metrics.get(name) for name in counts] == [1, 1, 1, None]

    def test_settlements_of_ours_are_measured_each_by_its_delay_and_together_by_currency(
        self, functions: Functions
    ) -> None:
        world = functions.world
        for name, currency, at in (("a", "EUR", START - 90), ("b", "EUR", START - 30), ("c", "JPY", START - 60)):
            order = samples.order(name, at=at, currency=currency)
            world.event(order)
            world.commerce_layer.put(order)
            paid = samples.authorized(order, START)
            world.commerce_layer.on_refresh(samples.key(name), partial(world.commerce_layer.put, paid))

        output = functions.run("refresh", batch(*map(manual, "abc")))

        *money, of_service = output.emitted
        assert sorted(of_service["DetectionDelaySeconds"]) == [30, 60, 90]
        assert {line["currency"]: line["SettledByRefreshCents"] for line in money} == {
            "EUR": [19800],
            "JPY": [9900],
        }

    def test_what_could_not_be_sent_is_counted_and_the_log_says_what(self, functions: Functions) -> None:
        world = functions.world
        world.commerce_layer.put(samples.authorized(samples.order(), START))
        world.events.refused = {"PaymentSettled"}

        output = functions.run("refresh", batch(manual("a")))

        assert (output.failed, output.metrics["OutboxPending"]) == ([], 1)
        (line,) = [line for line in output.log if line["message"] == "outbox_not_relayed"]
        assert (line["payment"], line["outbox"]) == ("stripe_payments#pay-a", ["PaymentSettled"])

    def test_an_error_of_the_code_names_the_payment_and_no_more(self, functions: Functions) -> None:
        world = functions.world
        world.commerce_layer.put(samples.order())
        world.commerce_layer.script("refresh", "*", ValueError("Bearer made-up-token"))

        output = functions.run("refresh", batch(manual("a")))

        (line,) = [line for line in output.log if line["message"] == "message_failed"]
        assert (line["payment"], line["error"]) == ("stripe_payments#pay-a", "ValueError")
        assert "made-up-token" not in output.text

    @pytest.mark.parametrize(
        ("operation", "error"), [("due", StateUnavailable("down")), ("claim", StateUnavailable("down"))]
    )
    def test_a_sweep_that_fails_fails_its_invocation(
        self, functions: Functions, operation: str, error: Exception
    ) -> None:
        functions.world.table.put(samples.watch(samples.order(), functions.world.policy, due_at=START))
        functions.world.table.faults.add(operation, error)

        output = functions.run_failing("sweep", load("sweep_schedule"), StateUnavailable)

        assert output.metrics == HEARTBEAT

    def test_a_queue_that_does_not_answer_fails_the_sweep(self, functions: Functions) -> None:
        functions.world.table.put(samples.watch(samples.order(), functions.world.policy, due_at=START))
        functions.world.queue.faults.add("backlog", SendFailed("down"))

        output = functions.run_failing("sweep", load("sweep_schedule"), SendFailed)

        assert output.metrics == HEARTBEAT

    @pytest.mark.parametrize(
        ("event", "seconds"), [(load("sweep_schedule"), 45), ({}, 0)], ids=["schedule", "hand"]
    )
    def test_a_sweep_stays_to_top_the_queue_up_only_where_the_schedule_started_it(
        self, functions: Functions, event: dict[str, Any], seconds: int
    ) -> None:
        world = functions.world
        world.size = 2
        world.table.put(*(samples.watch(samples.order(name), world.policy, due_at=START) for name in "abc"))

        functions.run("sweep", event)

        assert world.clock.now == START + seconds

    def test_refused_messages_are_counted(self, functions: Functions) -> None:
        functions.world.table.put(samples.watch(samples.order(), functions.world.policy, due_at=START - 7))
        functions.world.queue.refused = {"pay-a"}

        output = functions.run_file("sweep_schedule")

        assert (output.metrics["Claimed"], output.metrics["SendFailures"]) == (1, 1)
        assert output.metrics["OldestOverdueSeconds"] == 7


def test_settlements_are_reported_also_where_there_was_none(functions: Functions) -> None:
    """An alarm compares them, and a metric that was never reported has no number."""
    output = functions.run("refresh", batch())

    assert output.metrics == {"Messages": 0, "SettledByWebhook": 0, "SettledByRefresh": 0, "FoundLateByRefresh": 0}
