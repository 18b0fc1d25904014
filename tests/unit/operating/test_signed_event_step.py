"""The step that sends a signed test event: of a paid order, which begins no watch."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.listed import TOPICS
from payment_refresh.domain.policy import Policy
from payrefresh.errors import OperatorError
from payrefresh.setup.signed_event import SignedEventStep
from tests.support.samples import order as sample
from tests.support.samples import watch
from tests.unit import payloads
from tests.unit.operating.setup_doubles import SECRET_ARN, FakeOrganization, FakeSecrets, FakeStack, known

if TYPE_CHECKING:
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from payrefresh.setup.ports import Deployed

PAID = payloads.document(
    source=payloads.payment(), attempts=[payloads.through("t")], payment_status="authorized", number="1003"
)
UNPAID = payloads.document(source=payloads.payment())
ANOTHER_AMOUNT = payloads.document(
    source=payloads.payment(), attempts=[payloads.through("t", 100)], payment_status="authorized"
)


@dataclass
class FakeReceipts:
    """What the stack recorded.

    Attributes
    ----------
    late
        How many looks the log is late.
    begins
        Whether the stack begins a watch of what it gets.
    """

    stack: FakeStack
    late: int = 0
    begins: bool = False
    looks: int = 0

    def logged_since(self, stack: str, moment: float) -> int:
        assert (stack, moment <= self.stack.now) == ("payment-refresh", True)
        self.looks += 1
        return len(self.stack.got) if self.looks > self.late else 0

    def row(self, _stack: Deployed, _key: PaymentKey) -> Watch | None:
        return watch(sample(), Policy()) if self.begins and self.stack.got else None


@dataclass
class Ground:
    """A step on a stack that has all secrets."""

    organization: FakeOrganization = field(default_factory=FakeOrganization)
    stack: FakeStack = field(init=False)
    receipts: FakeReceipts = field(init=False)
    step: SignedEventStep = field(init=False)

    def __post_init__(self) -> None:
        secrets = FakeSecrets({SECRET_ARN: {topic: [f"current {topic}", "before"] for topic in TOPICS}})
        self.stack = FakeStack(secrets)
        self.receipts = FakeReceipts(self.stack)
        self.step = SignedEventStep(
            known=known(self.organization, stack=self.stack), secrets=secrets, events=self.stack,
            receipts=self.receipts, clock=self.stack.clock, sleep=self.stack.sleep,
        )  # fmt: skip


def test_newest_paid_order_is_sent_once_for_each_topic_signed_with_its_current_secret() -> None:
    ground = Ground()
    ground.organization.paid_orders.documents = {"a": UNPAID, "b": ANOTHER_AMOUNT, "c": {"data": None}, "d": PAID}

    look = ground.step.look()
    done = list(look.act())

    assert look.only_checks
    assert [(topic, secret) for topic, secret, _ in ground.stack.got] == [
        (topic, f"current {topic}") for topic in TOPICS
    ]
    assert {json.dumps(json.loads(body)) for _, _, body in ground.stack.got} == {json.dumps(PAID)}
    assert done == [
        "answered 200 for each topic", "no watch was begun", "the function's log has 8 lines of them",
    ]  # fmt: skip


def test_orders_that_would_begin_a_watch_are_never_sent() -> None:
    ground = Ground()
    ground.organization.paid_orders.documents = {"a": UNPAID, "b": ANOTHER_AMOUNT}

    look = ground.step.look()

    assert look.plan == ()
    assert "once an order was paid" in look.left[0]


def test_event_that_is_refused_names_the_topic_and_the_secret_to_look_at() -> None:
    ground = Ground()
    ground.organization.paid_orders.documents = {"d": PAID}
    look = ground.step.look()
    ground.stack.broken = 401

    with pytest.raises(OperatorError, match=r"answered 401 to a signed event of orders.pending"):
        list(look.act())


def test_log_that_is_late_is_waited_for_and_one_that_never_shows_is_an_error() -> None:
    ground = Ground()
    ground.organization.paid_orders.documents = {"d": PAID}
    ground.receipts.late = 3
    list(ground.step.look().act())
    assert ground.stack.slept == [1.0, 1.0, 1.0]

    ground.receipts.late = 10_000
    with pytest.raises(OperatorError, match="shows 0 of 8"):
        list(ground.step.look().act())


def test_watch_that_a_paid_order_begins_is_a_defect() -> None:
    ground = Ground()
    ground.organization.paid_orders.documents = {"d": PAID}
    ground.receipts.begins = True

    with pytest.raises(OperatorError, match="began a watch"):
        list(ground.step.look().act())


def test_nothing_is_sent_where_a_secret_is_missing_or_events_come_by_a_bus() -> None:
    ground = Ground()
    ground.organization.paid_orders.documents = {"d": PAID}
    del ground.stack.secrets.values[SECRET_ARN]["orders.pay"]  # type: ignore[attr-defined]  # a dict, seen as a mapping
    assert ground.step.look().plan == ()
    assert "orders.pay" in ground.step.look().found[0]

    ground.step.known.wanted = {"TakeWebhooks": "false"}
    assert "by a bus" in ground.step.look().found[0]


def test_without_a_stack_the_event_is_planned_for_later() -> None:
    ground = Ground()
    ground.step.known.stack = None

    assert ground.step.look().only_checks
    assert ground.step.look().plan
