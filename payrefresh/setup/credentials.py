"""The first step: the integration's credentials are tried, right by right, and stored in Secrets Manager."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.errors import CredentialsRefused
from payrefresh.errors import OperatorError
from payrefresh.setup.rights import ALL, Missing, in_words
from payrefresh.setup.steps import Look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from payrefresh.setup.known import Known
    from payrefresh.setup.ports import ClientCredentials, OrganizationApi, Secrets

NAMES = ("client_id", "client_secret")
API, WEBHOOKS = "api", "webhooks"
"""The last part of the two secrets' names; the first is the stack's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsStep:
    """Checks and stores the credentials.

    Attributes
    ----------
    given
        Those of a file or of the environment; None without.
    ask
        Asks a person for them.
    stored_as
        Makes credentials of what a secret holds.
    open_organization
        Gets a token with credentials.
    during
        Shows how far the tries are.
    """

    known: Known
    secrets: Secrets
    given: Callable[[], ClientCredentials | None]
    ask: Callable[[], ClientCredentials]
    stored_as: Callable[[str, str], ClientCredentials]
    open_organization: Callable[[ClientCredentials], OrganizationApi]
    during: Callable[[str], AbstractContextManager[Callable[[str], None]]]
    title: str = "The credentials of the integration"

    def look(self) -> Look:
        """Look for the two secrets, and try the credentials."""
        api = self._secret(API, "ApiSecretArn")
        webhooks = self._secret(WEBHOOKS, "WebhookSecretArn")
        stored = self._stored(api)
        given = self.given()
        chosen = given or stored or self.ask()
        organization = self.known.organization
        if organization is None:
            organization = self._open(chosen, is_stored=given is None and stored is not None)
            self._check_belongs(organization)
            self.known.missing = self._try_rights(organization)
        lacking = self.known.missing.to_watch
        if lacking:
            raise OperatorError(
                f"the integration's role may not {in_words(lacking)}: give it these rights in the "
                "dashboard (Settings, API credentials), then run setup again"
            )
        self.known.organization = organization
        self.known.api_secret, self.known.webhook_secret = api, webhooks
        is_stored = stored is not None and _pair(stored) == _pair(chosen)
        plan = []
        if not is_stored:
            verb = "replace those in" if api else "store them in Secrets Manager as"
            plan.append(f"{verb} {self._name(API)}")
        if webhooks is None:
            plan.append(f"create the secret {self._name(WEBHOOKS)} for the webhooks, still empty")
        return Look(
            found=[*self._found(organization), *([f"stored in {self._name(API)}"] if is_stored else [])],
            plan=plan,
            act=lambda: self._store(None if is_stored else chosen),
        )

    def _open(self, credentials: ClientCredentials, *, is_stored: bool) -> OrganizationApi:
        try:
            return self.open_organization(credentials)
        except CredentialsRefused as error:
            if not is_stored:
                raise
            raise OperatorError(
                f"the credentials in {self._name(API)} are refused ({error.reason}): give others, "
                "with --credentials or in the environment"
            ) from error

    def _try_rights(self, organization: OrganizationApi) -> Missing:
        missing = []
        with self.during("Trying the rights of the credentials") as so_far:
            for number, right in enumerate(ALL, 1):
                so_far(f"{number} of {len(ALL)}, {right}")
                if not organization.may(right):
                    missing.append(right)
        return Missing(missing)

    def _found(self, organization: OrganizationApi) -> Sequence[str]:
        missing = self.known.missing
        held = [right for right in ALL if right not in missing.rights]
        lines = [
            f"organization {organization.slug}, {organization.mode} mode",
            f"tried: may {in_words(held)}",
        ]
        if missing.to_refresh:
            lines.append(f"may not {in_words(missing.to_refresh)}: the stack could only observe")
        return [*lines, *missing.notes]

    def _store(self, credentials: ClientCredentials | None) -> Iterator[str]:
        key = self.known.configured.get("SecretsKmsKeyArn") or None
        if credentials is not None:
            value = dict(zip(NAMES, _pair(credentials), strict=True))
            if self.known.api_secret is None:
                self.secrets.create(self._name(API), value, key=key)
            else:
                self.secrets.put(self.known.api_secret, value)
            yield f"stored in {self._name(API)}"
        if self.known.webhook_secret is None:
            self.secrets.create(self._name(WEBHOOKS), {}, key=key)
            yield f"created {self._name(WEBHOOKS)}"

    def _secret(self, name: str, parameter: str) -> str | None:
        """The ARN of a secret: the one that the configuration names, or ours where that is gone."""
        configured = self.known.configured.get(parameter)
        return (self.secrets.find(configured) if configured else None) or self.secrets.find(self._name(name))

    def _name(self, name: str) -> str:
        return f"{self.known.stack_name}/{name}"

    def _stored(self, arn: str | None) -> ClientCredentials | None:
        if arn is None:
            return None
        value: Mapping[str, object] = self.secrets.read(arn)
        client_id, client_secret = (value.get(name) for name in NAMES)
        if isinstance(client_id, str) and isinstance(client_secret, str):
            return self.stored_as(client_id, client_secret)
        return None

    def _check_belongs(self, organization: OrganizationApi) -> None:
        """The credentials must be for what the stack is configured for, or the stack would refuse every token."""
        configured = self.known.configured
        slug, mode = configured.get("CommerceLayerOrganization"), configured.get("CommerceLayerMode")
        for name, here, there in (("organization", organization.slug, slug), ("mode", organization.mode, mode)):
            if there and there != here:
                raise OperatorError(
                    f"these credentials are for {name} {here}, the stack {self.known.stack_name} is configured "
                    f"for {there}: give those of {there}, or name another stack "
                    "(--stack) and configuration (--config)"
                )


def _pair(credentials: ClientCredentials) -> tuple[str, str]:
    return credentials.client_id, credentials.client_secret
