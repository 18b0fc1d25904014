"""The documented policy of an operator: it suffices for every command, and none of its rights is too much."""

from __future__ import annotations

from collections import defaultdict
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest

import payrefresh.adapters.letters
from tests.operating.command import Command
from tests.operating.identity import administrator
from tests.operating.invocations import INVOCATIONS, registered
from tests.operating.scene import ACCOUNT, Right, Scene, operator_policy, recording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.integration.sandbox.driver import Driver
    from tests.operating.hollow import HollowStack

EXPLAINED = {
    ("ReadReceiversOfAlarms", "sns:GetSubscriptionAttributes"): "setup, where an address confirmed what it gets",
    ("ReadReceiversOfAlarms", "sns:ListSubscriptionsByTopic"): "doctor and setup, where the stack has a topic",
    ("StoreTheCredentialsInSetup", "secretsmanager:CreateSecret"): "setup, which only plans here",
    ("StoreTheCredentialsInSetup", "secretsmanager:PutSecretValue"): "likewise",
    ("SeeTheTestEventInSetup", "logs:FilterLogEvents"): "likewise",
}
"""Rights of the policy that no run here uses, by statement and action, each with what does."""

ASKING_AWS = [name for name in registered() if INVOCATIONS[name].asks_aws]


@pytest.fixture(scope="module")
def scene(stack: HollowStack, organization: Driver, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """An operator with exactly the documented policy."""
    made = Scene(stack, organization, tmp_path_factory.mktemp("operator"))
    made.allow(operator_policy(stack))
    return made


def test_every_command_has_an_invocation_here() -> None:
    assert set(registered()) <= INVOCATIONS.keys()


def test_operator_with_exactly_this_policy_may_run_every_command_and_uses_every_right(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    policy, used, refused = operator_policy(scene.stack), defaultdict[str, set[Right]](set), []
    monkeypatch.setattr(payrefresh.adapters.letters, "LONG_POLL", 0)  # this queue has one server
    with administrator(scene.stack.aws):
        for name, value in (scene.credentials() | {"PAYREFRESH_STACK": scene.stack.name}).items():
            monkeypatch.setenv(name, value)
        for name in ASKING_AWS:
            with recording(monkeypatch) as rights:
                refused += [ran for ran in scene.runs(Command(capsys), name) if "not allowed" in ran.out + ran.err]
            used[name] |= rights

    made = set[Right]().union(*used.values())
    assert refused == []
    assert {right for right in made if not allowing(policy, right)} == set()
    covering = {grant for right in made for grant in allowing(policy, right)}
    if set(registered()) == INVOCATIONS.keys():  # until all are there, some of what they need is too much
        assert granted(policy) - covering == EXPLAINED.keys()


def granted(policy: Mapping[str, Any]) -> set[tuple[str, str]]:
    """All that a policy grants, as statement and action."""
    return {(statement["Sid"], action) for statement in policy["Statement"] for action in statement["Action"]}


def allowing(policy: Mapping[str, Any], right: Right) -> set[tuple[str, str]]:
    """The statements that allow a call: the local AWS does not look at every resource, this does."""
    action, resource = right[0], right[1].replace(":*:", f":{ACCOUNT}:")
    return {
        (statement["Sid"], action)
        for statement in policy["Statement"]
        if action in statement["Action"] and any(fnmatchcase(resource, each) for each in statement["Resource"])
    }


GRANTING: dict[str, Any] = {
    "Statement": [{"Sid": "Read", "Action": ["sqs:A", "sqs:B"], "Resource": ["arn:aws:sqs:x:1:q-*"]}]
}


class TestTheComparison:
    """It finds a right that is missing, on another resource, and one that is too much."""

    def test_call_on_a_resource_that_fits_is_allowed(self) -> None:
        assert allowing(GRANTING, ("sqs:A", "arn:aws:sqs:x:1:q-7")) == {("Read", "sqs:A")}

    @pytest.mark.parametrize("right", [("sqs:C", "arn:aws:sqs:x:1:q-7"), ("sqs:A", "arn:aws:sqs:x:1:r-7")])
    def test_call_of_another_action_or_resource_is_not(self, right: Right) -> None:
        assert allowing(GRANTING, right) == set()

    def test_all_that_is_granted_is_listed_by_statement_and_action(self) -> None:
        assert granted(GRANTING) == {("Read", "sqs:A"), ("Read", "sqs:B")}
