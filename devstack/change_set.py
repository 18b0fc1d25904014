"""Creates or changes a stack on the local AWS by a change set, which somebody sees before it is executed."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from devstack.deploy import not_deployed
from devstack.errors import LauncherError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mypy_boto3_cloudformation.type_defs import DescribeChangeSetOutputTypeDef, StackTypeDef

    from devstack.clients import Clients

WITHIN_S = 120.0
NOTHING_THERE = ("", "REVIEW_IN_PROGRESS", "DELETE_COMPLETE")
NO_CHANGES = "FAILED"
"""The state of a change set in which nothing would change."""


class Declined(LauncherError):
    """Somebody saw the change set, and did not want it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByChangeSet:
    """Creates or changes a stack.

    Attributes
    ----------
    show
        Shown the lines that say what changes.
    agrees
        Asks whether the change set is to be executed.
    """

    show: Callable[[Sequence[str]], None]
    agrees: Callable[[], bool]

    def __call__(
        self, clients: Clients, name: str, template_url: str, parameters: Mapping[str, str]
    ) -> StackTypeDef:
        """Create or change the stack, and return its description.

        Parameters
        ----------
        parameters
            Those that are not named keep their values.

        Raises
        ------
        LauncherError
            It was refused, declined or failed; the details are the events of the resources that failed.
        """
        stack = _described(clients, name)
        is_new = stack is None or stack["StackStatus"] in NOTHING_THERE
        before = {} if stack is None or is_new else _parameters(stack)
        change_set = f"setup-{uuid.uuid4().hex[:8]}"
        try:
            clients.cloudformation.create_change_set(
                StackName=name,
                ChangeSetName=change_set,
                ChangeSetType="CREATE" if is_new else "UPDATE",
                TemplateURL=template_url,
                Parameters=[
                    {"ParameterKey": key, "ParameterValue": value}
                    for key, value in {**before, **parameters}.items()
                ],
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            )
        except ClientError as refusal:
            raise LauncherError(f"CloudFormation refused the stack: {refusal}") from refusal
        described = clients.cloudformation.describe_change_set(StackName=name, ChangeSetName=change_set)
        if described["Status"] == NO_CHANGES and stack is not None:
            self.show(["CloudFormation has nothing to change"])
            return stack
        self.show(list(_lines(described)))
        if not self.agrees():
            clients.cloudformation.delete_change_set(StackName=name, ChangeSetName=change_set)
            raise Declined("the change set was not executed")
        clients.cloudformation.execute_change_set(StackName=name, ChangeSetName=change_set)
        return _complete(clients, name)


def _described(clients: Clients, name: str) -> StackTypeDef | None:
    try:
        return clients.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        # CloudFormation has no code of its own for a stack that does not exist.
        if error.response.get("Error", {}).get("Code") == "ValidationError":
            return None
        raise


def _parameters(stack: StackTypeDef) -> dict[str, str]:
    return {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", [])}


def _lines(change_set: DescribeChangeSetOutputTypeDef) -> Iterator[str]:
    """What changes: an update resource by resource, a creation by type, as it has dozens."""
    changes = [each["ResourceChange"] for each in change_set["Changes"]]
    if all(change["Action"] == "Add" for change in changes):
        kinds = Counter(change["ResourceType"].removeprefix("AWS::") for change in changes)
        yield f"adds {len(changes)} resources: " + ", ".join(
            f"{count} {kind}" for kind, count in sorted(kinds.items())
        )
        return
    for change in changes:
        replaced = f", replaced: {change['Replacement']}" if change.get("Replacement", "False") != "False" else ""
        yield f"{change['Action']} {change['LogicalResourceId']} ({change['ResourceType']}){replaced}"


def _complete(clients: Clients, name: str) -> StackTypeDef:
    deadline = time.monotonic() + WITHIN_S
    while True:
        stack = clients.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        status = stack["StackStatus"]
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return stack
        if not status.endswith("IN_PROGRESS") or time.monotonic() > deadline:
            raise not_deployed(clients, stack)
        time.sleep(0.1)
