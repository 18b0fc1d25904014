"""The fifth step: a signed event of each topic, which the stack takes and which begins no watch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.intake import Result, decide_first, key_of
from payment_refresh.domain.listed import TOPICS
from payment_refresh.domain.moment import Moment
from payment_refresh.domain.order_document import read_order
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import FoundBy
from payment_refresh.errors import UnreadableOrder
from payrefresh.errors import OperatorError
from payrefresh.setup.steps import Look
from payrefresh.setup.wanted_webhooks import INCLUDES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.ports import Clock
    from payrefresh.setup.known import Known
    from payrefresh.setup.ports import Deployed, Receipts, Secrets, SignedEvents

LOG_WITHIN, LOG_EVERY = 60.0, 1.0
"""Seconds until the log must show the events, which takes some on AWS; and between two looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A paid order, as a webhook shows it, that begins no watch."""

    number: str
    key: PaymentKey
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedEventStep:
    """Sends the newest paid order to the stack once for each topic, signed with the topic's secret."""

    known: Known
    secrets: Secrets
    events: SignedEvents
    receipts: Receipts
    clock: Clock
    sleep: Callable[[float], None]
    title: str = "A signed test event"

    def look(self) -> Look:
        """Find an order to send."""
        if not self.known.takes_webhooks:
            return Look(found=["order events come by a bus: nothing is sent to the stack's URL"])
        stack, url, secret = self.known.stack, self.known.webhook_url, self.known.webhook_secret
        if stack is None or url is None or secret is None:
            return Look(
                found=["there is no stack yet to send it to"],
                plan=["send the newest paid order once for each topic, signed"],
                only_checks=True,
            )
        example = self._example()
        if example is None:
            return Look(
                found=["no order was paid yet that could be sent"],
                left=["run setup again once an order was paid, to see that the stack takes signed events"],
            )
        stored = self.secrets.read(secret)
        lacking = [topic for topic in TOPICS if _current(stored, topic) is None]
        if lacking:
            return Look(
                found=[f"the stack does not have the secrets of {', '.join(lacking)} yet: nothing is sent"]
            )
        return Look(
            found=[f"order {example.number} is the newest that is paid"],
            plan=[f"send it to the stack {len(TOPICS)} times, signed with the secret of each topic"],
            act=lambda: self._send(example, stack, url, stored),
            only_checks=True,
        )

    def _example(self) -> Example | None:
        orders = self.known.checked_organization().paid_orders
        for order_id in orders.newest():
            document = orders.document(order_id, INCLUDES)
            try:
                order = read_order(document)
            except UnreadableOrder:
                continue  # of a kind that this version does not know: the next will do
            key = key_of(order)
            at = Moment(now=int(self.clock()), policy=Policy())
            if key is not None and decide_first(key, order, at, FoundBy.EVENT).result is Result.IGNORED:
                number = str(order.number or order.id)
                return Example(number=number, key=key, body=json.dumps(document).encode())
        return None

    def _send(self, example: Example, stack: Deployed, url: str, stored: Mapping[str, object]) -> Iterator[str]:
        before = self.receipts.row(stack, example.key)
        begun = self.clock()
        for topic in TOPICS:
            status = self.events.send(f"{url}/{topic}", topic, _current(stored, topic) or "", example.body)
            if status != 200:
                raise OperatorError(
                    f"the stack answered {status} to a signed event of {topic}: its secret in "
                    f"{self.known.stack_name}/webhooks may not be the one that signs; run setup again in a minute"
                )
        yield "answered 200 for each topic"
        if before is None and self.receipts.row(stack, example.key) is not None:
            raise OperatorError(
                f"the stack began a watch of {example.key} for an order that is paid: this is a defect, report it"
            )
        yield "no watch was begun"
        yield f"the function's log has {self._logged(begun, stack)} lines of them"

    def _logged(self, begun: float, stack: Deployed) -> int:
        deadline = self.clock() + LOG_WITHIN
        while (logged := self.receipts.logged_since(stack.name, begun)) < len(TOPICS):
            if self.clock() >= deadline:
                raise OperatorError(
                    f"the events were answered 200, but after {LOG_WITHIN:.0f} s the log of "
                    f"{stack.name}-order-events shows {logged} of {len(TOPICS)}: the URL may be another stack's; "
                    "run setup again"
                )
            self.sleep(LOG_EVERY)
        return logged


def _current(stored: Mapping[str, object], topic: str) -> str | None:
    values = stored.get(topic)
    first = values[0] if isinstance(values, list) and values else None
    return first if isinstance(first, str) else None
