"""Ports of the examination: what is asked of the AWS account, and what of the Commerce Layer organization."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from payment_refresh.domain.cursor import Cursor, Pass
    from payment_refresh.domain.deployment import ApiMode
    from payment_refresh.domain.listed import GatewayState
    from payment_refresh.domain.mode_mark import ModeMark
    from payment_refresh.metrics import Metric
    from payrefresh.ports import May, Point, Receiver, Webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """The stack that is examined.

    Attributes
    ----------
    status
        CloudFormation's word for how its last deployment ended.
    parameters, outputs
        By name.
    """

    name: str
    region: str
    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule of a function, by the logical id that the template gives it.

    Attributes
    ----------
    is_there
        Whether it still exists: somebody may have deleted it, of which the stack knows nothing.
    """

    logical_id: str
    name: str
    is_enabled: bool = True
    is_there: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """What waits for a person: messages in the dead-letter queue, and rows that are dead-lettered.

    Attributes
    ----------
    are_all
        Whether all rows were counted.
    """

    messages: int
    rows: int
    are_all: bool = True


class Aws(Protocol):
    """The stack's account. Each method raises an `OperatorError` where it could not be asked."""

    def secret(self, arn: str, parameter: str) -> Mapping[str, object]:
        """Read a secret that is a JSON object.

        Raises
        ------
        SecretUnavailable
            There is no such secret, or it is not a JSON object.
        """
        ...

    def resources(self) -> Mapping[str, str]:
        """List the stack's resources: the physical id of each, by its logical id."""
        ...

    def schedules(self) -> Sequence[Schedule]:
        """Describe the schedules that the stack has made."""
        ...

    def receivers(self, topic_arn: str) -> Sequence[Receiver]:
        """List the subscriptions of a topic."""
        ...

    def waiting(self, queue_url: str) -> int:
        """Count the messages of a queue that can be received."""
        ...

    def oldest_message(self, queue_url: str) -> float | None:
        """Give the age of a queue's oldest message, in seconds, as of the last minutes; None if unknown."""
        ...

    def measured(self, metrics: Sequence[Metric]) -> Mapping[Metric, Sequence[Point]]:
        """Read the stack's metrics, minute by minute, of the last hour: sums, of seconds the largest value."""
        ...

    def first_deployment(self) -> int | None:
        """Read the mark of the first deployment, in epoch seconds UTC; None before the first sweep."""
        ...

    def mode_mark(self) -> ModeMark:
        """Read the mark of the mode."""
        ...

    def cursor(self, of: Pass) -> Cursor:
        """Read one of discover's cursors."""
        ...

    def dead_letters(self) -> DeadLetters:
        """Count what waits for a person."""
        ...


class Organization(Protocol):
    """An organization that an access token was got for; each method may raise a `CommerceLayerError`."""

    @property
    def slug(self) -> str:
        """The organization's slug, as the token says."""
        ...

    @property
    def mode(self) -> ApiMode:
        """The mode of the credentials, as the token says."""
        ...

    def may_read(self, resource: str) -> May:
        """Try to list records of a type, one of them."""
        ...

    def may_update(self, resource: str) -> May:
        """Try to refresh a payment that cannot exist."""
        ...

    def webhooks(self) -> Sequence[Webhook]:
        """List all webhooks."""
        ...

    def gateways(self, kind: str) -> Sequence[GatewayState]:
        """List the gateways of a type that are not disabled."""
        ...


type Connect = Callable[[Mapping[str, object]], Organization]
"""Gets an access token with the API secret; raises a `CommerceLayerError`."""
