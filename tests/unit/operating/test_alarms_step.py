"""The step about alarms: somebody must get them, and must have confirmed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from payrefresh.ports import Receiver
from payrefresh.setup.alarms import AlarmsStep
from tests.unit.operating.setup_doubles import FakeOrganization, FakeSecrets, FakeStack, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payrefresh.setup.ports import Deployed


@dataclass(frozen=True)
class FakeReceivers:
    """The subscriptions of the topic."""

    there: tuple[Receiver, ...]

    def of(self, _stack: Deployed) -> Sequence[Receiver]:
        return self.there


def _step(wanted: dict[str, str], *there: Receiver) -> AlarmsStep:
    stack = FakeStack(FakeSecrets())
    return AlarmsStep(known=known(FakeOrganization(), wanted=wanted, stack=stack), receivers=FakeReceivers(there))


MAIL = {"AlarmEmail": "ops@example.com"}


def test_receiver_who_confirmed_leaves_nothing_to_do() -> None:
    look = _step(MAIL, Receiver(protocol="email", endpoint="ops@example.com", is_confirmed=True)).look()

    assert (list(look.found), list(look.left)) == (["ops@example.com (email) gets them"], [])


def test_receiver_who_has_not_confirmed_must_click_the_link() -> None:
    look = _step(MAIL, Receiver(protocol="email", endpoint="ops@example.com", is_confirmed=False)).look()

    assert "has not confirmed" in look.found[0]
    assert list(look.left) == [
        "ops@example.com (email): click the link in the mail from AWS, then run setup again"
    ]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({}, "name somebody"),
        ({"AlarmTopicArn": "arn:aws:sns:eu-west-1:1:a"}, "subscribe somebody to arn:aws:sns:eu-west-1:1:a"),
        (MAIL, "the subscription of ops@example.com is gone"),
    ],
)
def test_alarms_that_nobody_gets_are_left_to_a_person(wanted: dict[str, str], said: str) -> None:
    [left] = _step(wanted).look().left

    assert said in left


def test_topic_of_ones_own_with_one_of_two_receivers_confirmed_names_the_other() -> None:
    pager = Receiver(protocol="https", endpoint="https://pager.example", is_confirmed=False)
    mail = Receiver(protocol="email", endpoint="ops@example.com", is_confirmed=True)

    look = _step({"AlarmTopicArn": "arn:aws:sns:eu-west-1:1:a"}, pager, mail).look()

    assert list(look.left) == [
        "https://pager.example (https): confirm the subscription, as AWS asked its endpoint to; then run setup "
        "again"
    ]
