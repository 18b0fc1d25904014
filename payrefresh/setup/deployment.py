"""The third step: the stack is deployed as the configuration says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payrefresh.errors import OperatorError
from payrefresh.setup.steps import Look

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payrefresh.setup.known import Known
    from payrefresh.setup.ports import Deployer, Stacks

NOT_YET = (None, "REVIEW_IN_PROGRESS")
"""States of a stack that has nothing yet: a change set that nobody executed leaves the second."""
FAILED_AT_FIRST = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStep:
    """Deploys the stack, or updates it where its parameters are others."""

    known: Known
    stacks: Stacks
    deployer: Deployer
    title: str = "The stack"

    def look(self) -> Look:
        """Compare the deployed stack with the configuration."""
        name = self.known.stack_name
        status = self.stacks.status(name)
        if status in NOT_YET:
            return Look(
                found=[f"there is no stack {name} yet"],
                plan=[f"deploy {name}", *self.deployer.plan(name)],
                act=self._deploy,
            )
        self._check(name, str(status))
        stack = self.stacks.find(name)
        self.known.stack = stack
        if "WebhookUrl" in stack.outputs:
            self.known.webhook_url = self.deployer.webhook_url(stack.outputs["WebhookUrl"]).rstrip("/")
        other = _other(stack.parameters, self.known.wanted)
        plan = [*other, *self.deployer.unfinished(name)]
        if plan:
            plan = [f"update {name}", *plan, *self.deployer.plan(name)]
        return Look(
            found=[f"{name} is {status}, mode {stack.parameters.get('Mode')}"], plan=plan, act=self._deploy
        )

    def _deploy(self) -> Sequence[str]:
        done = self.deployer.deploy(self.known.stack_name, self.known.wanted)
        if self.stacks.status(self.known.stack_name) in NOT_YET:
            raise OperatorError(
                f"{self.known.stack_name} was not deployed: the change set was not executed; run setup again"
            )
        return done

    def _check(self, name: str, status: str) -> None:
        if status in FAILED_AT_FIRST:
            raise OperatorError(
                f"the stack {name} is {status}: its first deployment failed and it must be deleted before the "
                f"next (sam delete --stack-name {name}); its events say why: "
                f"aws cloudformation describe-stack-events --stack-name {name}"
            )
        if status.endswith("IN_PROGRESS"):
            raise OperatorError(f"the stack {name} is {status}: wait until that has ended, then run setup again")


def _other(now: Mapping[str, str], wanted: Mapping[str, str]) -> Sequence[str]:
    """Parameters that are to be others."""
    return [
        f"  {name}: {now.get(name) or '(none)'} → {value or '(none)'}"
        for name, value in wanted.items()
        if now.get(name, "") != value
    ]
