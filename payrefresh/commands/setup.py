"""`payrefresh setup`: from a clone to a protected shop, step by step."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrefresh.commands.conversation import Conversation
from payrefresh.commands.credentials import (
    AuthUrlOption,
    BaseUrlOption,
    CredentialsOption,
    found_credentials,
    given_address,
    given_credentials,
)
from payrefresh.errors import OK, WRONG, WrongInput
from payrefresh.options import DEFAULT_STACK, ProfileOption, RegionOption, YesOption
from payrefresh.terminal import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payrefresh.setup.answers import Answers
    from payrefresh.setup.configuration import Place
    from payrefresh.setup.known import Known
    from payrefresh.setup.ports import ClientCredentials, Deployed, Deployer, Problem
    from payrefresh.setup.steps import Ended, Step

CONFIG, LOCAL_CONFIG = Path("samconfig.local.toml"), Path("samconfig.local-aws.toml")
"""The configuration file in the clone; a local AWS has one of its own, so that it spoils no real one."""

API_VERSION = "CommerceLayerApiVersion"

_ANSWERS = "Answers"


def setup(
    stack: Annotated[
        str | None,
        typer.Option(envvar="PAYREFRESH_STACK", help="Name of the stack.", rich_help_panel="Where"),
    ] = None,
    region: RegionOption = None,
    profile: ProfileOption = None,
    credentials: CredentialsOption = None,
    base_url: BaseUrlOption = None,
    auth_url: AuthUrlOption = None,
    config: Annotated[
        Path | None,
        typer.Option(help=f"Configuration file of SAM; {CONFIG} in the clone.", rich_help_panel=_ANSWERS),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(help="TOML or JSON file with answers, for scripts; no secrets.", rich_help_panel=_ANSWERS),
    ] = None,
    yes: YesOption = False,
    plan: Annotated[bool, typer.Option("--plan", help="Say what would be done, ask and do nothing.")] = False,
) -> int:
    """Connect a shop, step by step: credentials, configuration, stack, webhooks, test event, alarms, examination.

    Each step says what it found and would do, and asks. It may be stopped at any step and run again. Run it in a
    clone of the repository.

    Example: payrefresh setup --plan
    """
    from payrefresh.adapters.aws import connect
    from payrefresh.adapters.aws import region as connected_region
    from payrefresh.adapters.local_deployment import find_clone, local_endpoint
    from payrefresh.setup.answers import Answers, read_answers
    from payrefresh.setup.configuration import Place, read_config
    from payrefresh.setup.known import Known
    from payrefresh.setup.steps import go_through

    given, parameters = read_answers(answers) if answers else ({}, {})
    options = {"stack": stack, "region": region, "profile": profile, "base_url": base_url, "auth_url": auth_url}
    given |= {name: value for name, value in options.items() if value}
    given_address(auth_url=given.get("auth_url"), base_url=given.get("base_url"), api_version="")
    screen = Conversation(is_plan=plan, agrees_to_all=yes)
    clone = find_clone(Path.cwd())
    file = clone / (config or given.get("config") or (LOCAL_CONFIG if local_endpoint() else CONFIG))
    sam = read_config(file)
    place = {name: given.get(name) or _text(sam.setting(name)) for name in ("region", "profile")}
    connect(region=place["region"], profile=place["profile"])
    known = Known(
        stack_name=_name(given.get("stack"), _text(sam.setting("stack_name"))), configured=sam.parameters
    )
    with ExitStack() as closing:
        parts = Parts(
            closing=closing,
            known=known,
            answers=Answers(given=given, ask=screen.ask, parameters=parameters),
            file=file,
            place=Place(region=connected_region(), profile=place["profile"]),
            waits=not plan,
            credentials=credentials or (Path(given["credentials"]) if "credentials" in given else None),
        )
        ended = go_through(steps(parts, deployer(clone, file, screen)), screen, plan_only=plan)
    return _end(ended, screen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the steps are made of.

    Attributes
    ----------
    closing
        Closes what is open when the setup ends.
    file
        The configuration file.
    waits
        Whether a new stack's first sweep is waited for.
    credentials
        The file with the integration's credentials; None where they are in the environment, stored, or asked for.
    """

    closing: ExitStack
    known: Known
    answers: Answers
    file: Path
    place: Place
    waits: bool
    credentials: Path | None = None


def steps(parts: Parts, by: Deployer) -> Sequence[Step]:
    """Put the steps together, in their order."""
    from payrefresh.adapters.commerce_layer import AUTH_URL, Credentials, open_organization
    from payrefresh.adapters.first_calls import in_a_hurry
    from payrefresh.adapters.organization_api import SetupApi
    from payrefresh.adapters.receipts import AwsReceipts
    from payrefresh.adapters.receivers import SnsReceivers
    from payrefresh.adapters.secrets import SecretsManager
    from payrefresh.adapters.signed_events import HttpSignedEvents
    from payrefresh.adapters.stack import CloudFormationStacks
    from payrefresh.doctor.examine import FIRST_DEPLOYMENT, LAST_SWEEP, OVERDUE
    from payrefresh.setup.alarms import AlarmsStep
    from payrefresh.setup.configuration import ConfigurationStep
    from payrefresh.setup.credentials import CredentialsStep
    from payrefresh.setup.deployment import DeploymentStep
    from payrefresh.setup.examination import ExaminationStep
    from payrefresh.setup.signed_event import SignedEventStep
    from payrefresh.setup.webhooks import WebhooksStep

    known, given, configured = parts.known, parts.answers.given, parts.known.configured
    auth_url = given.get("auth_url") or configured.get("CommerceLayerAuthUrl") or AUTH_URL
    secrets, events = SecretsManager(), HttpSignedEvents()

    def organization(credentials: ClientCredentials) -> SetupApi:
        opened = open_organization(
            Credentials(client_id=credentials.client_id, client_secret=credentials.client_secret),
            auth_url=auth_url,
            base_url=given.get("base_url") or configured.get("CommerceLayerBaseUrl"),
            api_version=parts.answers.parameters.get(API_VERSION, configured.get(API_VERSION, "")),
        )
        parts.closing.callback(opened.transport.http.close)
        return SetupApi(in_a_hurry(opened))

    return (
        CredentialsStep(
            known=known,
            secrets=secrets,
            given=lambda: found_credentials(parts.credentials),
            ask=lambda: given_credentials(parts.credentials),
            stored_as=lambda client_id, secret: Credentials(client_id=client_id, client_secret=secret),
            open_organization=organization,
            during=Progress().during,
        ),
        ConfigurationStep(
            known=known,
            file=parts.file,
            place=parts.place,
            answers=parts.answers,
            auth_url="" if auth_url == AUTH_URL else auth_url,
        ),
        DeploymentStep(known=known, stacks=CloudFormationStacks(), deployer=by),
        WebhooksStep(known=known, secrets=secrets, events=events, sleep=time.sleep),
        SignedEventStep(
            known=known,
            secrets=secrets,
            events=events,
            receipts=AwsReceipts(),
            clock=time.time,
            sleep=time.sleep,
        ),
        AlarmsStep(known=known, receivers=SnsReceivers()),
        ExaminationStep(
            known=known,
            examine=_examined,
            first_sweep=(FIRST_DEPLOYMENT, LAST_SWEEP, OVERDUE),
            waits=parts.waits,
            sleep=time.sleep,
            during=Progress().during,
        ),
    )


def _examined(stack: Deployed) -> tuple[int, Sequence[Problem]]:
    """Examine a stack as `payrefresh doctor` does."""
    from payrefresh.adapters.doctor.wiring import examine_stack
    from payrefresh.adapters.stack import find_stack
    from payrefresh.doctor.findings import State
    from payrefresh.setup.ports import Problem

    findings = examine_stack(find_stack(stack.name), clock=time.time)
    return len(findings), [
        Problem(
            name=finding.name,
            found=finding.found,
            remedy=(*([finding.remedy] if finding.remedy else []), *finding.commands),
        )
        for finding in findings
        if finding.state is not State.FINE
    ]


def deployer(clone: Path, file: Path, screen: Conversation) -> Deployer:
    """Choose who deploys: SAM to AWS, the clone's launcher to a local AWS."""
    from payrefresh.adapters.local_deployment import LocalDeployment, local_endpoint
    from payrefresh.adapters.sam import SamDeployer

    endpoint = local_endpoint()
    if endpoint is None:
        return SamDeployer(folder=clone, config=file, asks=not screen.agrees_to_all)
    return LocalDeployment(
        clone=clone,
        endpoint=endpoint,
        show=screen.change_set,
        agrees=lambda: screen.agrees("Execute this change set?"),
    )


def _end(ended: Ended, screen: Conversation) -> int:
    if screen.is_plan:
        screen.say("Nothing was done.")
        return OK
    if ended.stopped_at is not None:
        screen.say(f"Stopped before: {ended.stopped_at}. What was done stands; run setup again to go on.")
        return WRONG
    done = (
        f"Set up: {', '.join(ended.changed).lower()}." if ended.changed else "Nothing was changed: all was set up."
    )
    screen.say(f"{done}{' What is left is yours, see above.' if ended.left else ''}")
    return WRONG if ended.left else OK


def _name(given: str | None, configured: str | None) -> str:
    """The stack's name; a configuration file is for one stack."""
    if given and configured and given != configured:
        raise WrongInput(
            f"the configuration file is for the stack {configured}, not for {given}: name another "
            "file with --config"
        )
    return given or configured or DEFAULT_STACK


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
