"""The stack that a command works on, as CloudFormation describes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from payment_refresh.adapters.aws import client, make_clients
from payrefresh.adapters.aws import FIRST_CALL, region
from payrefresh.adapters.failures import code_of
from payrefresh.errors import NoStack

if TYPE_CHECKING:
    from collections.abc import Mapping

USABLE = frozenset(
    {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"}
)
"""States of a stack in which all that it has is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A deployed stack.

    Attributes
    ----------
    account
        Id of its AWS account.
    created_at, updated_at
        When it was first deployed, and when the last time (epoch seconds UTC).
    parameters, outputs
        By name. Parameters are as they hold: defaults are among them.
    """

    name: str
    region: str
    account: str
    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    created_at: float
    updated_at: float

    @property
    def table(self) -> str:
        """Name of the state table."""
        return self.outputs["StateTableName"]

    @property
    def pending_queue(self) -> str:
        """URL of the queue of payments to check now."""
        return self.outputs["PendingPaymentsQueueUrl"]

    @property
    def dead_letter_queue(self) -> str:
        """URL of the dead-letter queue."""
        return self.outputs["DeadLetterQueueUrl"]

    @property
    def namespace(self) -> str:
        """CloudWatch namespace of the functions' own metrics."""
        return f"PaymentRefresh/{self.name}"

    @property
    def observes(self) -> bool:
        """Whether it refreshes nothing."""
        return self.parameters.get("Mode") == "observe"


def find_stack(name: str) -> Stack:
    """Describe a stack.

    Raises
    ------
    NoStack
        There is none of this name, or it is not one of Payment Refresh, or its creation is not complete.
    """
    make_clients("cloudformation", patience=FIRST_CALL)
    try:
        described = client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        # CloudFormation has no code of its own for a stack that does not exist.
        if code_of(error) != "ValidationError":
            raise
        raise NoStack(
            f"there is no stack {name!r} in {region()}: name the stack with --stack, its region with --region "
            "and its account with --profile; `payrefresh setup` makes one"
        ) from error
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", ())}
    status = described["StackStatus"]
    if status not in USABLE or "StateTableName" not in outputs:
        raise NoStack(
            f"the stack {name!r} in {region()} is {status} and "
            f"{'has' if 'StateTableName' in outputs else 'lacks'} the outputs of Payment Refresh: "
            "wait until it is deployed, or name another with --stack"
        )
    return Stack(
        name=described["StackName"],
        region=region(),
        account=described["StackId"].split(":")[4],
        status=status,
        parameters={each["ParameterKey"]: each["ParameterValue"] for each in described.get("Parameters", ())},
        outputs=outputs,
        created_at=described["CreationTime"].timestamp(),
        updated_at=described.get("LastUpdatedTime", described["CreationTime"]).timestamp(),
    )


def stack_status(name: str) -> str | None:
    """The state of a stack as CloudFormation names it; None if there is none."""
    try:
        return str(client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        # As in `find_stack`: there is no code of its own for a stack that does not exist.
        if code_of(error) == "ValidationError":
            return None
        raise


@dataclass(frozen=True, slots=True)
class CloudFormationStacks:
    """Implements the `Stacks` port of a setup."""

    def status(self, name: str) -> str | None:
        return stack_status(name)

    def find(self, name: str) -> Stack:
        return find_stack(name)


def physical_ids(name: str) -> Mapping[str, str]:
    """The physical ids of a stack's resources, by their logical ids."""
    pages = client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name)
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if "PhysicalResourceId" in resource
    }
