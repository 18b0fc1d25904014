"""`payrefresh teardown`: takes the webhooks of a stack away, and says what stays."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from payrefresh.commands.conversation import Conversation
from payrefresh.errors import OK, WRONG, OperatorError
from payrefresh.options import (
    DEFAULT_STACK,
    DryRunOption,
    JsonOption,
    ProfileOption,
    RegionOption,
    StackOption,
    YesOption,
)
from payrefresh.terminal import print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payrefresh.adapters.stack import Stack
    from payrefresh.ports import Webhook
    from payrefresh.setup.teardown import Stays, Teardown


def teardown(
    stack: StackOption = DEFAULT_STACK,
    region: RegionOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> int:
    """Disable and delete the webhooks that lead to this stack, and say what stays and how to delete that.

    Example: payrefresh teardown --dry-run
    """
    from payment_refresh.errors import PermissionMissing
    from payrefresh.adapters.aws import connect
    from payrefresh.adapters.stack import find_stack
    from payrefresh.setup.teardown import staying

    connect(profile=profile, region=region)
    found = find_stack(stack)
    stays = staying(found, found.parameters, found.region)
    with ExitStack() as closing:
        remover = _teardown(found, closing)
        try:
            webhooks = remover.find() if remover else []
            if as_json:
                removed = [] if dry_run or remover is None else list(remover.remove(_agreed(webhooks, yes=yes)))
                print_json(_document(webhooks, stays, removed=removed))
                return OK
            return _converse(remover, webhooks, stays, Conversation(is_plan=dry_run, agrees_to_all=yes))
        except PermissionMissing as error:
            url = remover.url if remover else ""
            raise OperatorError(
                f"{error}, or disable and delete the webhooks that lead to {url} in the dashboard"
            ) from error


def _teardown(stack: Stack, closing: ExitStack) -> Teardown | None:
    """Put it together; None for a stack that takes no webhooks."""
    from payrefresh.adapters.commerce_layer import Credentials, open_organization
    from payrefresh.adapters.first_calls import in_a_hurry
    from payrefresh.adapters.local_deployment import webhook_address
    from payrefresh.adapters.secrets import SecretsManager
    from payrefresh.adapters.webhooks import ApiWebhooks
    from payrefresh.setup.teardown import Teardown

    if "WebhookUrl" not in stack.outputs:
        return None
    secret = SecretsManager().read(stack.parameters["ApiSecretArn"])
    organization = open_organization(
        Credentials(client_id=str(secret.get("client_id")), client_secret=str(secret.get("client_secret"))),
        auth_url=stack.parameters["CommerceLayerAuthUrl"],
        base_url=stack.parameters["CommerceLayerBaseUrl"],
        api_version=stack.parameters.get("CommerceLayerApiVersion", ""),
    )
    closing.callback(organization.transport.http.close)
    url = webhook_address(stack.outputs["WebhookUrl"], Path.cwd())
    return Teardown(webhooks=ApiWebhooks(in_a_hurry(organization).transport), url=url)


def _agreed(webhooks: Sequence[Webhook], *, yes: bool) -> Sequence[Webhook]:
    """All of them if the person agrees; with JSON on standard output nobody is asked."""
    if webhooks and not yes:
        raise OperatorError("with --json nobody is asked: give --yes to delete, or --dry-run to see what would be")
    return webhooks


def _converse(
    remover: Teardown | None, webhooks: Sequence[Webhook], stays: Sequence[Stays], screen: Conversation
) -> int:
    screen.title("The webhooks")
    if remover is None:
        screen.found(["the stack takes no webhooks: its order events come by a bus"])
    elif not webhooks:
        screen.found([f"none leads to {remover.url}"])
    else:
        screen.found([f"{webhook.topic} leads to {webhook.callback_url}" for webhook in webhooks])
        screen.plan([f"disable and delete these {len(webhooks)}"])
        if not screen.is_plan:
            if not screen.agrees("Do this?"):
                screen.say("Nothing was done.")
                return WRONG
            for line in remover.remove(webhooks):
                screen.done(line)
    screen.title("What stays, and how to delete it")
    for each in stays:
        screen.stays([each.what, f"  {each.command}"])
    return OK


def _document(webhooks: Sequence[Webhook], stays: Sequence[Stays], *, removed: Sequence[str]) -> object:
    return {
        "webhooks": [{"topic": each.topic, "id": each.id, "callback_url": each.callback_url} for each in webhooks],
        "done": list(removed),
        "stays": [{"what": each.what, "command": each.command} for each in stays],
    }
