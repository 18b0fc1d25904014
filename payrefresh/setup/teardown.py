"""The way back: the webhooks that lead to a stack are disabled and deleted; what stays is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payrefresh.setup.wanted_webhooks import leads_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from payrefresh.ports import Webhook
    from payrefresh.setup.ports import Deployed, Webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """Something that teardown leaves, and the command that deletes it."""

    what: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Teardown:
    """Takes the webhooks of a stack away.

    Attributes
    ----------
    url
        Where they lead to, without a slash at its end.
    """

    webhooks: Webhooks
    url: str

    def find(self) -> Sequence[Webhook]:
        """The webhooks that lead to the stack."""
        return [webhook for webhook in self.webhooks.list() if leads_to(webhook, self.url)]

    def remove(self, webhooks: Sequence[Webhook]) -> Iterator[str]:
        """Disable all, then delete all; says each as it is done.

        Disabled first: what cannot be deleted must not fail until its circuit opens.
        """
        for webhook in webhooks:
            if not webhook.is_disabled:
                self.webhooks.change(webhook.id, {"_disable": True})
                yield f"disabled {webhook.topic}"
        for webhook in webhooks:
            self.webhooks.delete(webhook.id)
            yield f"deleted {webhook.topic}"


def staying(stack: Deployed, parameters: Mapping[str, str], region: str) -> Sequence[Stays]:
    """What stays of a stack, in the order in which it is best deleted."""
    at = f"--region {region}"
    table, letters = stack.outputs["StateTableName"], stack.outputs["DeadLetterQueueUrl"]
    unprotect = (
        f"aws dynamodb update-table {at} --table-name {table} --no-deletion-protection-enabled && "
        if parameters.get("DeletionProtection", "true") == "true"
        else ""
    )
    secrets = [
        Stays(what=what, command=f"aws secretsmanager delete-secret {at} --secret-id {parameters[name]}")
        for name, what in (
            ("ApiSecretArn", "the integration's credentials"),
            ("WebhookSecretArn", "the webhooks' shared secrets"),
        )
    ]
    return [
        Stays(what=f"the stack {stack.name}", command=f"sam delete {at} --stack-name {stack.name}"),
        Stays(
            what="the table of watches, which outlives the stack",
            command=f"{unprotect}aws dynamodb delete-table {at} --table-name {table}",
        ),
        Stays(
            what="the dead-letter queue, which outlives the stack",
            command=f"aws sqs delete-queue {at} --queue-url {letters}",
        ),
        *secrets,
    ]
