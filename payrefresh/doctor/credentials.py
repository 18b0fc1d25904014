"""Checks of the API secret: whose credentials it holds, and what their role may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.deployment import ApiMode
from payment_refresh.domain.payment import REFRESHABLE
from payment_refresh.errors import CredentialsRefused, SecretUnavailable
from payment_refresh.metrics import Metric
from payrefresh.doctor import remedies
from payrefresh.doctor.findings import fine, wrong
from payrefresh.ports import May

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.use_cases.receive_order_event.signature import Secrets
    from payrefresh.doctor.findings import Outcome
    from payrefresh.doctor.ports import Deployed, Organization

READ = ("orders", "payment_methods", "authorizations", *REFRESHABLE)
"""Types that the role must be allowed to read, besides webhooks and gateways."""

ROLE = "Commerce Layer's dashboard, Settings, API credentials"
OLDEST_VERSION = "2017-08"
"""The one version of the API that has the payments."""


def api_secret(deployed: Deployed, read: Callable[[], Mapping[str, object]]) -> Outcome:
    """Whether the API secret can be read, and holds what it must hold."""
    arn = deployed.parameters["ApiSecretArn"]
    store = remedies.put_secret(arn, deployed)
    try:
        secret = read()
    except SecretUnavailable as error:
        return wrong(
            str(error),
            'write {"client_id": "…", "client_secret": "…"} into secret.json, store it, then delete the file',
            store,
        )
    missing = [name for name in ("client_id", "client_secret") if not isinstance(secret.get(name), str)]
    if missing:
        return wrong(
            f"the secret of ApiSecretArn holds no {' and no '.join(missing)}",
            'write {"client_id": "…", "client_secret": "…"} into secret.json, store it, then delete the file',
            store,
        )
    return fine("client_id and client_secret can be read")


def webhook_secret(deployed: Deployed, read: Callable[[], Secrets]) -> Outcome:
    """Whether the secret of the webhooks can be read, and is as order_events needs it."""
    try:
        topics = read()
    except SecretUnavailable as error:
        return wrong(str(error), "store the secrets of the webhooks anew: setup does it", remedies.setup(deployed))
    return fine(f"it holds secrets for {len(topics)} topics")


def api_credentials(deployed: Deployed, connect: Callable[[], Organization]) -> Outcome:
    """Whether an access token is given for them."""
    try:
        organization = connect()
    except CredentialsRefused as error:
        return wrong(
            str(error),
            f"compare the secret with the integration in {ROLE}; correct it in secret.json, store it, then delete "
            "the file",
            remedies.put_secret(deployed.parameters["ApiSecretArn"], deployed),
        )
    return fine(f"an access token was given, for {organization.slug}")


def right_organization(deployed: Deployed, expected: str, organization: Organization) -> Outcome:
    """Whether they belong to the organization that the stack is for."""
    if organization.slug == expected:
        return fine(organization.slug)
    return wrong(
        f"the API secret belongs to {organization.slug}, the stack to {expected}: the functions make no call",
        f"store the credentials of an integration in {expected}; or, if the stack is meant for "
        f"{organization.slug}, deploy it with its CommerceLayerBaseUrl and CommerceLayerOrganization",
        remedies.put_secret(deployed.parameters["ApiSecretArn"], deployed),
    )


def right_mode(deployed: Deployed, organization: Organization) -> Outcome:
    """Whether they are for the mode that the stack is for."""
    expected = deployed.parameters["CommerceLayerMode"]
    if organization.mode == expected:
        return fine(organization.mode)
    other = ApiMode.TEST if expected == ApiMode.LIVE else ApiMode.LIVE
    return wrong(
        f"the API secret is for {other} mode, the stack for {expected}: the functions make no call",
        f"store the credentials of an integration in {expected} mode; or {remedies.CHANGE_FILE} "
        f"(CommerceLayerMode = {other})",
        remedies.put_secret(deployed.parameters["ApiSecretArn"], deployed),
    )


def api_version(deployed: Deployed, answers: Mapping[str, May]) -> Outcome:
    """Whether the version of the API that is called has the payments."""
    version = deployed.parameters.get("CommerceLayerApiVersion", "")
    called = f"version {version}" if version else "the organization's default version"
    unknown = [name for name in REFRESHABLE if answers[name] is May.UNKNOWN_TYPE]
    if not unknown:
        return fine(f"{called} has {', '.join(REFRESHABLE)}")
    if version:
        return wrong(
            f"{deployed.parameters['CommerceLayerBaseUrl']} does not have {', '.join(unknown)} in {called}",
            f"see whether CommerceLayerBaseUrl is the organization's API host; {remedies.CHANGE_FILE}",
            remedies.DEPLOY,
        )
    return wrong(
        f"{called} does not have {', '.join(unknown)}",
        f"{remedies.CHANGE_FILE} (CommerceLayerApiVersion = {OLDEST_VERSION})",
        remedies.DEPLOY,
    )


def rights_to_read(answers: Mapping[str, May]) -> Outcome:
    """Whether the role may read all that the functions list and look at."""
    refused = [name for name, may in answers.items() if may is May.NO]
    if refused:
        return wrong(
            f"the integration's role may not read {', '.join(refused)}",
            f"allow it: {ROLE}, the integration's role, read {', '.join(refused)}",
        )
    return fine(", ".join(name for name, may in answers.items() if may is May.YES))


def right_to_refresh(
    deployed: Deployed, try_update: Callable[[str], May], counted: Callable[[Metric], float | None]
) -> Outcome:
    """Whether the role may update payments: as tried, and as the functions were answered in the last hour.

    A record that does not exist may be answered 404 before the role is looked at, so that the functions' own
    refreshes count as well.
    """
    refused = [name for name in REFRESHABLE if try_update(name) is May.NO]
    remedy = f"allow it: {ROLE}, the integration's role, update {', '.join(refused or REFRESHABLE)}"
    if refused and deployed.parameters.get("Mode") == "observe":
        return fine(f"may not update {', '.join(refused)}; observe needs no such right, refresh does")
    if refused:
        return wrong(f"the integration's role may not update {', '.join(refused)}", remedy)
    sent, rejected = counted(Metric.REFRESH_CALLS) or 0, counted(Metric.MAY_NOT_UPDATE) or 0
    if rejected and rejected >= sent:
        return wrong(f"all {rejected:.0f} refreshes of the last hour were refused for a right", remedy)
    return fine("no refusal" + (f"; {sent:.0f} refreshes were sent in the last hour" if sent else ""))
