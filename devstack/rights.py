"""The rights of the deployed roles: what the local AWS gets wrong about them, and how to take one away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_iam import IAMClient

_SEND, _SEND_BATCH = "sqs:SendMessage", "sqs:SendMessageBatch"


def allow_batches(iam: IAMClient, role: str) -> None:
    """Let a role that may send to a queue do so in batches.

    On AWS the right to send covers batches, and no right of its own exists for them; the local AWS asks for one.
    """
    _change_actions(iam, role, lambda actions: [*actions, _SEND_BATCH] if _SEND in actions else actions)


def take_right_away(iam: IAMClient, role: str, action: str) -> None:
    """Take a right away from a deployed role. For tests that see what fails without it.

    Raises
    ------
    ValueError
        The role does not have it.
    """
    taken = {action, _SEND_BATCH} if action == _SEND else {action}
    changed = _change_actions(iam, role, lambda actions: [each for each in actions if each not in taken])
    if not changed:
        raise ValueError(f"{role} does not have the right to {action}")


def _change_actions(iam: IAMClient, role: str, change: Callable[[list[str]], list[str]]) -> bool:
    """Change the actions of each statement of the role's policies; a statement left without any is dropped."""
    changed = False
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document: Mapping[str, Any] = _parsed(
            iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        )
        statements = []
        for statement in document["Statement"]:
            given = statement["Action"]
            actions = [given] if isinstance(given, str) else given
            kept = change(actions)
            changed = changed or kept != actions
            if kept:
                statements.append(statement | {"Action": kept})
        new = json.dumps({**document, "Statement": statements})
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=new)
    return changed


def _parsed(document: Any) -> Mapping[str, Any]:
    # The client parses it on the way in; its type allows for text.
    parsed: Mapping[str, Any] = json.loads(document) if isinstance(document, str) else document
    return parsed
