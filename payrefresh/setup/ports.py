"""Ports of a setup: what it needs of Commerce Layer, of AWS, and of whatever deploys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payment_refresh.domain.deployment import ApiMode
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from payrefresh.ports import Receiver, Webhook
    from payrefresh.setup.rights import Right


class ClientCredentials(Protocol):
    """An integration's client id and secret; never shown."""

    @property
    def client_id(self) -> str:
        """Its client id."""
        ...

    @property
    def client_secret(self) -> str:
        """Its client secret."""
        ...


class Webhooks(Protocol):
    """The organization's webhooks; each method raises a `CommerceLayerError`, `PermissionMissing` among them."""

    def list(self) -> Sequence[Webhook]:
        """List all of them."""
        ...

    def create(self, *, name: str, topic: str, callback_url: str, includes: Sequence[str]) -> Webhook:
        """Create one that is disabled."""
        ...

    def change(self, webhook_id: str, attributes: Mapping[str, object]) -> Webhook:
        """Set attributes or triggers of one."""
        ...

    def delete(self, webhook_id: str) -> None:
        """Delete one."""
        ...


class PaidOrders(Protocol):
    """Orders that are paid, as webhooks show them."""

    def newest(self) -> Sequence[str]:
        """Ids of the orders that were paid last, newest first."""
        ...

    def document(self, order_id: str, includes: Sequence[str]) -> Mapping[str, Any]:
        """The order as a webhook with these relations delivers it."""
        ...


class OrganizationApi(Protocol):
    """An organization, called with given credentials.

    Attributes
    ----------
    slug, mode
        As the access token says.
    """

    @property
    def slug(self) -> str:
        """The organization's slug, as the access token says."""
        ...

    @property
    def mode(self) -> ApiMode:
        """Live or test, as the access token says."""
        ...

    @property
    def base_url(self) -> str:
        """Its API's host."""
        ...

    @property
    def webhooks(self) -> Webhooks:
        """Its webhooks."""
        ...

    @property
    def paid_orders(self) -> PaidOrders:
        """Its paid orders."""
        ...

    def may(self, right: Right) -> bool:
        """Whether the credentials have a right: it is tried."""
        ...


class Secrets(Protocol):
    """Secrets Manager."""

    def find(self, name: str) -> str | None:
        """The ARN of a secret, by its name or ARN; None if there is none."""
        ...

    def read(self, arn: str) -> Mapping[str, object]:
        """Read a secret that is a JSON object; raises `SecretUnavailable`."""
        ...

    def create(self, name: str, value: Mapping[str, object], *, key: str | None) -> str:
        """Create a secret, encrypted with a KMS key if one is named; returns its ARN."""
        ...

    def put(self, arn: str, value: Mapping[str, object]) -> None:
        """Give a secret a new value."""
        ...


class Deployed(Protocol):
    """A deployed stack."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def parameters(self) -> Mapping[str, str]:
        """Its parameters as they hold, by name."""
        ...

    @property
    def outputs(self) -> Mapping[str, str]:
        """Its outputs, by name."""
        ...


class Stacks(Protocol):
    """The account's stacks."""

    def status(self, name: str) -> str | None:
        """The state of a stack as CloudFormation names it; None if there is none."""
        ...

    def find(self, name: str) -> Deployed:
        """Describe a stack that is deployed; raises `NoStack`."""
        ...


class Deployer(Protocol):
    """Deploys the template."""

    def plan(self, name: str) -> Sequence[str]:
        """What it would run or do, in words."""
        ...

    def unfinished(self, name: str) -> Sequence[str]:
        """What is still to do on a stack that CloudFormation has deployed, in words."""
        ...

    def deploy(self, name: str, parameters: Mapping[str, str]) -> Sequence[str]:
        """Deploy, showing the change set; returns what was done, in words."""
        ...

    def webhook_url(self, function_url: str) -> str:
        """The address at which webhooks reach the stack's Function URL; no slash at its end."""
        ...


class SignedEvents(Protocol):
    """Sends signed events to a stack, as Commerce Layer does."""

    def send(self, url: str, topic: str, secret: str, body: bytes) -> int:
        """Send one; returns the HTTP status of the answer, or raises `NoAnswer`."""
        ...


class Receipts(Protocol):
    """What the stack recorded of events."""

    def logged_since(self, stack: str, moment: float) -> int:
        """How many events its log shows since then (epoch seconds)."""
        ...

    def row(self, stack: Deployed, key: PaymentKey) -> Watch | None:
        """The row of a payment."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that an examination found wrong, or could not ask.

    Attributes
    ----------
    name
        Of the check.
    remedy
        What to do about it, and the commands for that.
    """

    name: str
    found: str
    remedy: Sequence[str] = ()


class Examine(Protocol):
    """Examines a deployed stack and its organization; changes nothing."""

    def __call__(self, stack: Deployed, /) -> tuple[int, Sequence[Problem]]:
        """How many checks were made, and what is wrong."""
        ...


class Receivers(Protocol):
    """The subscriptions of the topic that gets a stack's alarms."""

    def of(self, stack: Deployed) -> Sequence[Receiver]:
        """All of them."""
        ...
