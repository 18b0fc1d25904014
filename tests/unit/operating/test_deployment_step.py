"""The step that deploys: what it does in each state that a stack can be in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from payrefresh.errors import OperatorError
from payrefresh.setup.deployment import DeploymentStep
from tests.unit.operating.setup_doubles import FakeOrganization, FakeSecrets, FakeStack, known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WANTED = {"Mode": "observe", "AlarmEmail": ""}


@dataclass
class FakeAws:
    """Stacks, and what deploys them.

    Attributes
    ----------
    executes
        Whether the change set is executed.
    """

    status_now: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    executes: bool = True

    def status(self, _name: str) -> str | None:
        return self.status_now

    def find(self, name: str) -> FakeStack:
        outputs = {"WebhookUrl": "https://abc.lambda-url.on.aws/"}
        return FakeStack(FakeSecrets(), name=name, parameters=self.parameters, outputs=outputs)

    def plan(self, _name: str) -> Sequence[str]:
        return ["run sam"]

    def unfinished(self, _name: str) -> Sequence[str]:
        return self.left

    def deploy(self, name: str, parameters: Mapping[str, str]) -> Sequence[str]:
        if self.executes:
            self.status_now, self.left = "CREATE_COMPLETE", ()
            self.parameters |= parameters
        return [f"deployed {name}"]

    def webhook_url(self, function_url: str) -> str:
        return function_url


def _step(aws: FakeAws) -> DeploymentStep:
    return DeploymentStep(
        known=known(FakeOrganization(), wanted=WANTED, webhook_url=None), stacks=aws, deployer=aws
    )


@pytest.mark.parametrize("status", [None, "REVIEW_IN_PROGRESS"])
def test_stack_that_is_not_there_yet_is_deployed_and_then_known(status: str | None) -> None:
    step = _step(FakeAws(status))

    assert list(step.look().plan) == ["deploy payment-refresh", "run sam"]
    assert list(step.look().act()) == ["deployed payment-refresh"]

    assert step.look().plan == []
    assert step.known.webhook_url == "https://abc.lambda-url.on.aws"


def test_change_set_that_was_not_executed_stops_the_setup() -> None:
    step = _step(FakeAws(None, executes=False))

    with pytest.raises(OperatorError, match="was not deployed: the change set was not executed"):
        step.look().act()


def test_stack_with_another_parameter_is_updated_and_the_change_is_said() -> None:
    aws = FakeAws("UPDATE_COMPLETE", {"Mode": "refresh", "GiveUpAfter": "24d"})

    plan = _step(aws).look().plan

    assert list(plan) == ["update payment-refresh", "  Mode: refresh → observe", "run sam"]


def test_stack_whose_deployment_was_cut_off_is_finished() -> None:
    aws = FakeAws("CREATE_COMPLETE", dict(WANTED), left=("put the functions under the runtime client",))
    step = _step(aws)

    assert "put the functions under the runtime client" in step.look().plan
    step.look().act()

    assert step.look().plan == []


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("ROLLBACK_COMPLETE", r"must be deleted before the next \(sam delete --stack-name payment-refresh\)"),
        ("DELETE_FAILED", "must be deleted"),
        ("UPDATE_IN_PROGRESS", "wait until that has ended"),
    ],
)
def test_stack_that_cannot_be_deployed_to_now_says_what_to_do_first(status: str, said: str) -> None:
    with pytest.raises(OperatorError, match=said):
        _step(FakeAws(status)).look()
