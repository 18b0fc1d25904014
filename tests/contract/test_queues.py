"""Contract of the queues' ports, held against the fakes and against SQS."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from botocore.exceptions import ReadTimeoutError

from payment_refresh.adapters.aws import client
from payment_refresh.adapters.sqs import SqsDeadLetterQueue, SqsPendingQueue
from payment_refresh.domain.policy import Policy
from payment_refresh.errors import SendFailed
from tests.support import samples
from tests.support.clock import START
from tests.support.log import FakeLog
from tests.support.queues import FakeDeadLetterQueue, FakePendingQueue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import DeadLetterQueue, PendingQueue


class Bench(Protocol):
    """Both ports on one queue, with what the tests need besides."""

    pending: PendingQueue
    letters: DeadLetterQueue

    def contents(self) -> list[str]:
        """Take all messages out."""
        ...

    def refuse(self, *payment_ids: str) -> None:
        """Let the queue refuse messages about these payments from now on."""
        ...


class FakeBench:
    """The fakes."""

    def __init__(self) -> None:
        self.fake_pending, self.fake_letters = FakePendingQueue(), FakeDeadLetterQueue()
        self.pending: PendingQueue = self.fake_pending
        self.letters: DeadLetterQueue = self.fake_letters

    def contents(self) -> list[str]:
        return [*self.fake_pending.receive(1000).values(), *self.fake_letters.letters]

    def refuse(self, *payment_ids: str) -> None:
        self.fake_pending.refused = self.fake_letters.refused = set(payment_ids)


class SqsBench:
    """SQS in the local AWS; what is to be refused is not sent, and reported as SQS does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.refused: tuple[str, ...] = ()
        self.pending: PendingQueue = SqsPendingQueue(url=url, log=FakeLog())
        self.letters: DeadLetterQueue = SqsDeadLetterQueue(url=url, log=FakeLog())

    def contents(self) -> list[str]:
        found: list[str] = []
        while messages := client("sqs").receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            found += [message["Body"] for message in messages]
        return found

    def refuse(self, *payment_ids: str) -> None:
        self.refused = payment_ids

    def leave_out(self, params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        refused = [entry for entry in params["Entries"] if json.loads(entry["MessageBody"])["id"] in self.refused]
        context["refused"] = [entry["Id"] for entry in refused]
        params["Entries"] = [entry for entry in params["Entries"] if entry not in refused]

    def report(self, parsed: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        parsed["Failed"] = [
            {"Id": id_, "Code": "InternalError", "SenderFault": False} for id_ in context["refused"]
        ]


@pytest.fixture(params=["fake", "SQS"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "fake":
        yield FakeBench()
        return
    request.getfixturevalue("aws")
    sqs = SqsBench(request.getfixturevalue("queue_url"))
    with (
        registered("provide-client-params.sqs.SendMessageBatch", sqs.leave_out),
        registered("after-call.sqs.SendMessageBatch", sqs.report),
    ):
        yield sqs


@contextmanager
def registered(event: str, handler: Any) -> Iterator[None]:
    """Let a handler take part in the client's calls."""
    client("sqs").meta.events.register(event, handler)
    try:
        yield
    finally:
        client("sqs").meta.events.unregister(event, handler)


def watches(count: int) -> list[Watch]:
    return [
        samples.claimed(samples.order(f"{number:02}"), Policy(), until=START, claim=f"token-{number}")
        for number in range(count)
    ]


def letter(name: str) -> str:
    return json.dumps({"type": "stripe_payments", "id": f"pay-{name}", "round": 1})


def test_an_empty_queue_has_no_backlog(bench: Bench) -> None:
    assert bench.pending.backlog() == 0


def test_each_watch_becomes_a_message_with_its_token(bench: Bench) -> None:
    assert list(bench.pending.send(watches(1))) == []

    (body,) = bench.contents()
    assert json.loads(body) == {"type": "stripe_payments", "id": "pay-00", "claim": "token-0"}


def test_more_than_ten_are_sent_too(bench: Bench) -> None:
    assert list(bench.pending.send(watches(23))) == []

    assert bench.pending.backlog() == 23
    assert sorted(json.loads(body)["id"] for body in bench.contents()) == [f"pay-{n:02}" for n in range(23)]


def test_what_is_being_handled_counts_as_backlog(bench: Bench) -> None:
    bench.pending.send(watches(2))
    bench.contents()

    assert bench.pending.backlog() == 2


def test_what_is_refused_is_given_back_and_nothing_else(bench: Bench) -> None:
    sent = watches(12)
    bench.refuse("pay-03", "pay-11")

    assert list(bench.pending.send(sent)) == [sent[3], sent[11]]

    assert len(bench.contents()) == 10


def test_each_letter_is_reported_apart(bench: Bench) -> None:
    bench.refuse("pay-b")

    assert list(bench.letters.send([letter("a"), letter("b"), letter("c")])) == [True, False, True]

    assert sorted(bench.contents()) == [letter("a"), letter("c")]


def test_no_letters_are_no_call(bench: Bench) -> None:
    assert list(bench.letters.send([])) == []


@pytest.mark.usefixtures("aws")
class TestSqs:
    """Properties that the fakes do not have."""

    @pytest.fixture
    def nowhere(self, queue_url: str) -> str:
        """A queue that does not exist."""
        return f"{queue_url}-gone"

    def test_a_queue_that_fails_refuses_everything(self, nowhere: str, log: FakeLog) -> None:
        sent = watches(11)

        assert SqsPendingQueue(url=nowhere, log=log).send(sent) == sent

        assert len(log.of("send_failed")) == 2

    def test_where_no_answer_comes_claims_must_stand_and_letters_count_as_not_sent(
        self, queue_url: str, log: FakeLog
    ) -> None:
        def lose(**_: object) -> None:
            raise ReadTimeoutError(endpoint_url=queue_url)

        with registered("after-call.sqs.SendMessageBatch", lose):
            assert SqsPendingQueue(url=queue_url, log=log).send(watches(2)) == []
            assert SqsDeadLetterQueue(url=queue_url, log=log).send([letter("a")]) == [False]

        assert [entry["reason"] for entry in log.of("send_failed")] == ["ReadTimeoutError"] * 2

    def test_letters_to_a_queue_that_fails_are_all_refused(self, nowhere: str, log: FakeLog) -> None:
        assert SqsDeadLetterQueue(url=nowhere, log=log).send([letter("a")]) == [False]

    def test_a_queue_that_does_not_show_its_length_is_an_error(self, nowhere: str, log: FakeLog) -> None:
        with pytest.raises(SendFailed, match=r"the number of messages in \S+ could not be read"):
            SqsPendingQueue(url=nowhere, log=log).backlog()

    def test_what_the_answer_does_not_name_was_not_taken(self, queue_url: str, log: FakeLog) -> None:
        def forget(parsed: dict[str, Any], **_: object) -> None:
            del parsed["Successful"]

        with registered("after-call.sqs.SendMessageBatch", forget):
            assert SqsDeadLetterQueue(url=queue_url, log=log).send([letter("a")]) == [False]

    def test_refusals_are_logged_without_the_message(self, queue_url: str, log: FakeLog) -> None:
        def refuse(parsed: dict[str, Any], **_: object) -> None:
            parsed["Failed"] = [{"Id": "0", "Code": "InternalError"}]
            parsed["Successful"] = []

        with registered("after-call.sqs.SendMessageBatch", refuse):
            SqsDeadLetterQueue(url=queue_url, log=log).send([letter("a")])

        assert log.of("send_refused") == [{"queue": queue_url, "reason": "InternalError"}]
