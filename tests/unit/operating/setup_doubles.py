"""Doubles for the steps of a setup: an organization, secrets, a stack that takes signed events."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.deployment import ApiMode
from payment_refresh.errors import MayNotRead, MayNotUpdate
from payrefresh.ports import Webhook
from payrefresh.setup.known import Known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payrefresh.setup.rights import Right

URL = "https://stack.example"
SECRET_ARN = "arn:webhooks"


@dataclass
class FakeWebhooks:
    """The organization's webhooks; each new one gets a secret by its topic.

    Attributes
    ----------
    shows_secrets
        Whether lists show the secrets; answers to changes always do.
    may_read, may_change
        Whether the integration has the rights.
    """

    there: dict[str, Webhook] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    shows_secrets: bool = True
    may_read: bool = True
    may_change: bool = True

    def list(self) -> Sequence[Webhook]:
        if not self.may_read:
            raise MayNotRead("may not read webhooks", status=401)
        return [each if self.shows_secrets else replace(each, secret=None) for each in self.there.values()]

    def create(self, *, name: str, topic: str, callback_url: str, includes: Sequence[str]) -> Webhook:
        self._allow()
        made = Webhook(
            id=f"w{len(self.there)}",
            name=name,
            topic=topic,
            callback_url=callback_url,
            includes=tuple(includes),
            secret=f"secret of {topic}",
            is_disabled=True,
        )
        self.there[made.id] = made
        self.calls.append(f"create {topic}")
        return made

    def change(self, webhook_id: str, attributes: Mapping[str, object]) -> Webhook:
        self._allow()
        webhook = self.there[webhook_id]
        self.calls.append(f"{' '.join(attributes)} {webhook.topic}")
        if "_enable" in attributes:
            webhook = replace(webhook, is_disabled=False)
        if "_disable" in attributes:
            webhook = replace(webhook, is_disabled=True)
        if "_reset_circuit" in attributes:
            webhook = replace(webhook, is_open=False, failures=0)
        if "_regenerate_shared_secret" in attributes:
            webhook = replace(webhook, secret=f"new secret of {webhook.topic}")
        if "include_resources" in attributes:
            webhook = replace(webhook, includes=tuple(attributes["include_resources"]))  # type: ignore[arg-type]  # ours
        self.there[webhook_id] = webhook
        return webhook

    def delete(self, webhook_id: str) -> None:
        self._allow()
        self.calls.append(f"delete {self.there.pop(webhook_id).topic}")

    def _allow(self) -> None:
        if not self.may_change:
            raise MayNotUpdate("may not create webhooks", status=401)


@dataclass
class FakePaidOrders:
    """Paid orders, newest first, as documents by id."""

    documents: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def newest(self) -> Sequence[str]:
        return list(self.documents)

    def document(self, order_id: str, includes: Sequence[str]) -> Mapping[str, Any]:
        assert includes
        return self.documents[order_id]


@dataclass
class FakeOrganization:
    """An organization, and the rights that its credentials lack."""

    slug: str = "your-org"
    mode: ApiMode = ApiMode.LIVE
    base_url: str = "https://your-org.commercelayer.io"
    webhooks: FakeWebhooks = field(default_factory=FakeWebhooks)
    paid_orders: FakePaidOrders = field(default_factory=FakePaidOrders)
    lacks: tuple[str, ...] = ()

    def may(self, right: Right) -> bool:
        return str(right) not in self.lacks


@dataclass
class FakeSecrets:
    """Secrets Manager."""

    values: dict[str, Mapping[str, object]] = field(default_factory=lambda: {SECRET_ARN: {}})

    def find(self, name: str) -> str | None:
        return name if name in self.values else None

    def read(self, arn: str) -> Mapping[str, object]:
        return self.values[arn]

    def create(self, name: str, value: Mapping[str, object], *, key: str | None) -> str:
        assert key is None
        self.values[name] = value
        return name

    def put(self, arn: str, value: Mapping[str, object]) -> None:
        self.values[arn] = value


@dataclass
class FakeStack:
    """A deployed stack that takes signed events; it reads its secrets again only after some seconds.

    Attributes
    ----------
    reads_after
        Seconds until it knows what is stored.
    broken
        The status with which it answers everything.
    """

    secrets: FakeSecrets
    reads_after: float = 0.0
    broken: int | None = None
    name: str = "payment-refresh"
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    got: list[tuple[str, str, bytes]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    now: float = 1_800_000_000.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def send(self, url: str, topic: str, secret: str, body: bytes) -> int:
        assert url == f"{URL}/{topic}"
        self.got.append((topic, secret, body))
        if self.broken is not None:
            return self.broken
        stored = self.secrets.values[SECRET_ARN].get(topic, [])
        is_known = isinstance(stored, list) and secret in stored and sum(self.slept) >= self.reads_after
        if not is_known:
            return 401
        return 400 if body == b"{}" else 200


def known(organization: FakeOrganization, **changes: Any) -> Known:
    """What the steps before found: a deployed stack with a URL, and the secret of its webhooks."""
    made = Known(
        stack_name="payment-refresh",
        organization=organization,
        webhook_secret=SECRET_ARN,
        webhook_url=URL,
        wanted={"TakeWebhooks": "true"},
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made
