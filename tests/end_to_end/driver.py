"""Driver of a deployed stack: makes orders, lets sweeps run, waits for results."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from devstack.records import Event, Letter, Row
    from devstack.stack import LocalStack

LONGEST_WAIT = 120.0
"""Seconds until a test gives up; far more than anything takes on an idle machine."""


@dataclass(frozen=True, slots=True)
class Driver:
    """A stack and the sandbox it is connected to."""

    stack: LocalStack

    def order(self, **wanted: object) -> dict[str, str]:
        """Make one order by hand and return its ids."""
        return self._post("/_sandbox/orders", wanted)

    def act(self, order_id: str, action: str) -> None:
        """Let one thing happen to an order."""
        self._post(f"/_sandbox/orders/{order_id}/actions", {"action": action})

    def row(self, key: str) -> Row | None:
        """Return a watch as it stands."""
        return next((row for row in self.stack.rows() if row.key == key), None)

    def status(self, key: str) -> str | None:
        """Return how a watch stands."""
        row = self.row(key)
        return row.status if row else None

    def letters(self, key: str) -> list[Letter]:
        """Return a watch's dead letters."""
        return [letter for letter in self.stack.letters() if letter.key == key]

    def move_letter_back(self, letter: Letter) -> None:
        """Take a letter out of the dead-letter queue and send it to the pending queue, as a redrive does."""
        self.delete_letters([letter])
        self.stack.send(letter.body)

    def delete_letters(self, letters: Collection[Letter]) -> None:
        """Delete dead letters; all others are visible again at once."""
        sqs, url = self.stack.aws.clients.sqs, self.stack.outputs["DeadLetterQueueUrl"]
        bodies, held = {letter.body for letter in letters}, []
        while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60).get(
            "Messages"
        ):
            held += batch
        for message in held:
            receipt = message["ReceiptHandle"]
            if message["Body"] in bodies:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=receipt)
            else:
                sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)

    def wait_for(self, what: str, condition: Callable[[], bool]) -> None:
        """Let sweeps run until the condition holds."""
        deadline = time.monotonic() + LONGEST_WAIT
        while not condition():
            if time.monotonic() > deadline:
                logs = "\n".join(self.stack.log("Refresh")[-20:])
                raise AssertionError(f"{what} did not come; rows: {self.stack.rows()}; log:\n{logs}")
            self.stack.sweep()
            time.sleep(0.5)

    def find(self, key: str) -> Row:
        """Let discover run until it has found a payment."""
        self.wait_for(f"{key} found", lambda: bool(self.stack.discover()) and self.row(key) is not None)
        row = self.row(key)
        assert row is not None
        return row

    def announced(self, key: str) -> list[Event]:
        """Return the outcome events of a payment."""
        return [event for event in self.stack.events() if event.key == key]

    def calls(self) -> Mapping[str, Any]:
        """Return what the sandbox counted."""
        assert self.stack.sandbox is not None
        return self.stack.sandbox.calls()

    def _post(self, path: str, body: Mapping[str, object]) -> dict[str, str]:
        with httpx.Client(base_url=self.stack.organization.base_url, trust_env=False) as http:
            answer = http.post(path, content=json.dumps(body))
        assert answer.is_success, answer.text
        ids: dict[str, str] = answer.json()
        return ids


def key_of(ids: Mapping[str, str]) -> str:
    """Return the key of a made order's payment."""
    return f"{ids['payment_type']}#{ids['payment_id']}"
