"""`payrefresh check` and `redrive` on a deployed stack: how payments are named, and what is printed."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

import payrefresh.adapters.letters
from payment_refresh.domain.messages import write_letter
from payment_refresh.domain.policy import Policy
from tests.support import samples
from tests.support.clock import START
from tests.support.deployment import deployment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from payment_refresh.domain.watch import Watch
    from tests.operating.command import Command
    from tests.operating.hollow import HollowStack


@pytest.fixture(autouse=True)
def _empty_queues(stack: HollowStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(payrefresh.adapters.letters, "LONG_POLL", 0)  # this queue has one server
    yield
    for name in ("DeadLetterQueueUrl", "PendingPaymentsQueueUrl"):
        stack.aws.clients.sqs.purge_queue(QueueUrl=stack.outputs[name])
    for item in stack.aws.clients.dynamodb.scan(TableName=stack.outputs["StateTableName"])["Items"]:
        stack.aws.clients.dynamodb.delete_item(TableName=stack.outputs["StateTableName"], Key={"pk": item["pk"]})


def put_letters(stack: HollowStack, *bodies: str) -> None:
    for body in bodies:
        stack.aws.clients.sqs.send_message(QueueUrl=stack.outputs["DeadLetterQueueUrl"], MessageBody=body)


def visible(stack: HollowStack) -> list[str]:
    """The letters that everybody can receive."""
    answer = stack.aws.clients.sqs.receive_message(
        QueueUrl=stack.outputs["DeadLetterQueueUrl"], MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [each["Body"] for each in answer.get("Messages", ())]


def dead(stack: HollowStack, *names: str) -> list[Watch]:
    """Put dead-lettered rows and their letters there."""
    rows = [samples.dead_lettered(samples.order(name), Policy(), at=START) for name in names]
    stack.put(*rows)
    put_letters(stack, *(write_letter(row, deployment()) for row in rows))
    return rows


class TestRedrive:
    """`payrefresh redrive`."""

    def test_dry_run_lists_letters_and_rows_without_one_and_gives_every_letter_back(
        self, command: Command, stack: HollowStack
    ) -> None:
        dead(stack, "a", "b")
        stack.put(samples.dead_lettered(samples.order("c"), Policy(), at=START))
        put_letters(stack, "not JSON")

        ran = command("redrive", "--dry-run")

        assert (ran.status, ran.err) == (0, "")
        assert ran.out.splitlines()[-2:] == [
            "3 dead letters would be redriven; nothing was done.",
            "left in the queue, since it names no payment: not JSON",
        ]
        assert (
            "stripe_payments#pay-c (order 10c)  stayed_pending, since 2026-01-01 00:00 UTC; its letter is gone"
            in (ran.out)
        )
        assert len(visible(stack)) == 3

    def test_unreadable_letter_is_left_and_makes_the_exit_status_one(
        self, command: Command, stack: HollowStack
    ) -> None:
        put_letters(stack, "not JSON")

        ran = command("redrive", "--json")

        assert (ran.status, ran.json["unreadable"], ran.json["redriven"]) == (1, ["not JSON"], [])
        assert visible(stack) == ["not JSON"]

    def test_without_waiting_it_says_what_was_sent_and_only_those_letters_are_gone(
        self, command: Command, stack: HollowStack
    ) -> None:
        dead(stack, "a", "b")

        ran = command("redrive", "10a", "--no-wait")

        assert (ran.status, ran.err) == (0, "")
        assert ran.out.splitlines() == [
            "sent  stripe_payments#pay-a (order 10a)  in the pending queue",
            "1 dead letter: 1 sent.",
        ]
        assert [json.loads(body)["id"] for body in visible(stack)] == ["pay-b"]

    def test_name_of_no_dead_letter_is_refused_and_every_letter_given_back(
        self, command: Command, stack: HollowStack
    ) -> None:
        dead(stack, "a")

        ran = command("redrive", "pay-a", "nonsense")

        assert (ran.status, ran.err.count("\n")) == (2, 1)
        assert "no dead letter is known as nonsense" in ran.err
        assert len(visible(stack)) == 1

    @pytest.mark.parametrize(
        "arguments", [["--reason", "bad_mood"], ["--older-than", "soon"], ["--file", "/nowhere/at/all"]]
    )
    def test_option_that_cannot_be_right_is_refused(self, command: Command, arguments: list[str]) -> None:
        ran = command("redrive", *arguments)

        assert (ran.status, ran.err.count("\n")) == (2, 1)
        assert arguments[1] in ran.err

    def test_age_and_reason_choose_among_the_letters(self, command: Command, stack: HollowStack) -> None:
        dead(stack, "a", "b")

        old = command("redrive", "--dry-run", "--older-than", "1h", "--reason", "stayed_pending", "--json")
        young = command("redrive", "--dry-run", "--older-than", "999d", "--json")

        assert len(old.json["would_redrive"]) == 2
        assert young.json["would_redrive"] == []


class TestCheck:
    """`payrefresh check`."""

    def test_ids_come_from_arguments_a_file_and_standard_input(
        self, command: Command, stack: HollowStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stack.put(samples.watch(samples.order("a"), Policy()))
        (tmp_path / "ids").write_text("order-b\n\n  order-c  \norder-b\n")
        monkeypatch.setattr(sys, "stdin", io.StringIO("stripe_payments#pay-d\n"))

        by_file = command("check", "10a", "--file", str(tmp_path / "ids"), "--dry-run", "--json")
        by_stdin = command("check", "-", "--dry-run", "--json")

        assert [each["payment"] for each in by_file.json] == [
            "stripe_payments#pay-a",
            "orders#order-b",
            "orders#order-c",
        ]
        assert [each["payment"] for each in by_stdin.json] == ["stripe_payments#pay-d"]

    def test_nothing_to_check_is_said_with_what_to_give(
        self, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(""))

        ran = command("check")

        assert (ran.status, ran.err.count("\n")) == (2, 1)
        assert "nothing to check" in ran.err

    def test_payment_that_is_not_asked_in_time_is_said_and_makes_the_exit_status_one(
        self, command: Command, stack: HollowStack
    ) -> None:
        stack.put(samples.watch(samples.order("a"), Policy()))

        ran = command("check", "pay-a", "--wait", "0")

        assert (ran.status, ran.err) == (1, "")
        assert ran.out.startswith("not asked yet  stripe_payments#pay-a (order 10a)  nothing came within the time")

    def test_without_waiting_the_message_is_sent_and_said_to_be(self, command: Command) -> None:
        ran = command("check", "pay-x", "--type", "stripe_payments", "--no-wait")

        assert (ran.status, ran.err) == (0, "")
        assert ran.out == "sent  stripe_payments#pay-x  `payrefresh show` says what comes of it\n"

    def test_dead_lettered_payment_is_asked_and_its_letter_is_said_to_stay(
        self, command: Command, stack: HollowStack
    ) -> None:
        dead(stack, "a")

        ran = command("check", "pay-a", "--no-wait")

        assert (ran.status, ran.err) == (0, "")
        assert ran.out.splitlines()[1:] == [
            "What was dead-lettered has still its letter in the queue: redrive it, and that goes."
        ]
        assert len(visible(stack)) == 1
