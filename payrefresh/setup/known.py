"""Facts that the steps of a setup share: each adds what it found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payrefresh.errors import OperatorError
from payrefresh.setup.rights import Missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payrefresh.setup.ports import Deployed, OrganizationApi


@dataclass(slots=True, kw_only=True)
class Known:
    """What is known so far.

    Attributes
    ----------
    stack_name
        Name of the stack.
    configured
        The template's parameters that the configuration file sets.
    organization
        None until the credentials are checked.
    missing
        The rights that they lack.
    api_secret, webhook_secret
        ARNs of the two secrets; None until they are there.
    wanted
        The template's parameters that the stack is to have.
    stack
        None until it is deployed.
    webhook_url
        Where its webhooks lead to, without a slash at its end; None where it takes none, or is not deployed yet.
    """

    stack_name: str
    configured: Mapping[str, str] = field(default_factory=dict)
    organization: OrganizationApi | None = None
    missing: Missing = field(default_factory=lambda: Missing(()))
    api_secret: str | None = None
    webhook_secret: str | None = None
    wanted: Mapping[str, str] = field(default_factory=dict)
    stack: Deployed | None = None
    webhook_url: str | None = None

    @property
    def takes_webhooks(self) -> bool:
        """Whether order events come by webhooks, and not by a bus alone."""
        return self.wanted.get("TakeWebhooks", "true") == "true"

    def checked_organization(self) -> OrganizationApi:
        """The organization; a step that needs it comes after the one that checks the credentials."""
        if self.organization is None:
            raise OperatorError("the credentials were not checked: run setup again")
        return self.organization
