"""Lines that a person needs to work with a stack that stays up: addresses, and commands to paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devstack.environment import ACCESS_KEY, REGION
from devstack.organization import INCLUDED, TOPICS

if TYPE_CHECKING:
    from devstack.local_aws import LocalAws
    from devstack.stack import LocalStack


def exports(aws: LocalAws) -> dict[str, str]:
    """Return the variables with which AWS's tools work on the local AWS, as its administrator."""
    return {
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_SESSION_TOKEN": "",
    }


def given_endpoints(stack: LocalStack) -> list[str]:
    """Return the lines to print."""
    pending, letters = stack.outputs["PendingPaymentsQueueUrl"], stack.outputs["DeadLetterQueueUrl"]
    return [
        "The stack stays up until Ctrl-C. Where everything is:",
        f"  local AWS        {stack.aws.endpoint}",
        f"  Commerce Layer   {stack.organization.base_url}" + (" (the sandbox)" if stack.sandbox else ""),
        f"  order webhooks   {stack.webhook_url}/<topic>",
        f"  state table      {stack.outputs['StateTableName']}",
        f"  pending queue    {pending}",
        f"  dead letters     {letters}",
        f"  outcome events   {stack.outcomes_url}",
        "To use it from another terminal, paste:",
        "  export " + " ".join(f"{name}={value}" for name, value in exports(stack.aws).items()),
        "then, for example:",
        f"  aws dynamodb scan --table-name {stack.outputs['StateTableName']}",
        f"  aws sqs receive-message --queue-url {letters} --max-number-of-messages 10",
        f"  aws lambda invoke --function-name {stack.resources['Discover']} /dev/stdout",
        f"  aws logs filter-log-events --log-group-name /aws/lambda/{stack.resources['Refresh']}",
        f"  aws sqs send-message --queue-url {pending} \\",
        '    --message-body \'{"type": "stripe_payments", "id": "<payment id>"}\'',
    ]


def given_sandbox(stack: LocalStack) -> list[str]:
    """Return the lines to print when the organization is the sandbox's: how to make something happen there."""
    return given_order(stack.organization.base_url)


def given_order(sandbox: str) -> list[str]:
    """Return the lines that show how to place an order in the sandbox at a URL."""
    order = '{"payment_type": "stripe_payments", "status": "placed", "intent": "authorized", "announce": true}'
    return [
        "To place one more order, paid but with the gateway's webhook lost:",
        f"  curl {sandbox}/_sandbox/orders -H 'Content-Type: application/json' \\",
        f"    -d '{order}'",
    ]


def given_organization(stack: LocalStack) -> list[str]:
    """Return the lines to print when the organization is not the sandbox's: nothing is set up there."""
    return [
        "No scenario is played: payments come from messages like the one above, or from order webhooks.",
        f"For these, register one webhook for each topic ({', '.join(TOPICS)})",
        f"with {', '.join(INCLUDED)} included, at an address of yours that is forwarded to",
        f"  {stack.webhook_url}/<topic>",
        "and give the stack the secrets that Commerce Layer gave them:",
        f"  aws secretsmanager put-secret-value --secret-id {stack.name}/webhooks \\",
        '    --secret-string \'{"orders.place": ["<shared secret>"]}\'',
        "Orders older than this deployment are only observed, unless --parameter ActOnOrdersAfter=… says other.",
    ]
