"""Steps of the examination's tests: a healthy stack and organization in memory, which each test changes."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.cursor import Cursor, Pass
from payment_refresh.domain.deployment import ApiMode, RunMode
from payment_refresh.domain.listed import TOPICS, GatewayState
from payment_refresh.domain.mode_mark import ModeMark
from payment_refresh.metrics import Metric
from payrefresh.doctor import examine
from payrefresh.doctor.ports import DeadLetters, Deployed, Schedule
from payrefresh.doctor.runs import SCHEDULES
from payrefresh.doctor.webhooks import INCLUDED
from payrefresh.ports import May, Point, Receiver, Webhook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payrefresh.doctor.findings import Finding

NOW = 1_800_000_000
URL = "https://abc123.lambda-url.eu-west-1.on.aws/"
CREDENTIALS = {"client_id": "me", "client_secret": "hush"}

PARAMETERS = {
    "CommerceLayerBaseUrl": "https://shop.commercelayer.io",
    "CommerceLayerAuthUrl": "https://auth.commercelayer.io/oauth/token",
    "CommerceLayerOrganization": "",
    "CommerceLayerMode": "live",
    "CommerceLayerApiVersion": "",
    "ApiSecretArn": "arn:api",
    "WebhookSecretArn": "arn:webhooks",
    "Mode": "refresh",
    "OutcomeBusName": "default",
    "OrderEventsBusName": "",
    "AlarmEmail": "",
    "AlarmTopicArn": "arn:topic",
    "CallsPerMinute": "0",
    "ClaimLease": "10m",
    "ActOnOrdersAfter": "",
    "FirstCheckAfter": "60s",
    "GiveUpAfter": "24d",
    "DiscoverCarts": "true",
}

DEPLOYED = Deployed(
    name="shop",
    region="eu-west-1",
    status="CREATE_COMPLETE",
    parameters=PARAMETERS,
    outputs={
        "WebhookUrl": URL,
        "PendingPaymentsQueueUrl": "https://sqs/pending",
        "DeadLetterQueueUrl": "https://sqs/letters",
        "AsyncFailuresQueueUrl": "https://sqs/failures",
        "DiscoverFunctionName": "shop-discover",
    },
)


def given(**parameters: str) -> Deployed:
    """The stack with other parameters."""
    return replace(DEPLOYED, parameters={**PARAMETERS, **parameters})


def webhook(topic: str = "orders.place", **changes: Any) -> Webhook:
    """A webhook as it should be."""
    made = Webhook(
        id=f"id-{topic}",
        topic=topic,
        callback_url=f"{URL}{topic}",
        includes=INCLUDED,
        secret=f"secret of {topic}",
    )
    return replace(made, **changes)


def complete(of: Pass, at: int = NOW - 600) -> Cursor:
    """A cursor whose last pass was completed then."""
    return Cursor(of=of).begun(at).ended(at)


@dataclass(slots=True)
class FakeAws:
    """Implements the `Aws` port; a value that is an error is raised."""

    secrets: Mapping[str, Mapping[str, object] | Exception] = field(
        default_factory=lambda: {
            "arn:api": CREDENTIALS,
            "arn:webhooks": {topic: [f"secret of {topic}"] for topic in TOPICS},
        }
    )
    found_schedules: Sequence[Schedule] | Exception = field(
        default_factory=lambda: [
            Schedule(logical_id=name, name=f"shop-{name}", is_enabled=True) for name in SCHEDULES
        ]
    )
    subscribed: Sequence[Receiver] | Exception = field(
        default_factory=lambda: [Receiver(protocol="email", endpoint="a@example.com", is_confirmed=True)]
    )
    waits: int | Exception = 0
    oldest: float | None = None
    metrics: Mapping[Metric, Sequence[Point]] | Exception = field(
        default_factory=lambda: {Metric.OLDEST_OVERDUE_SECONDS: [Point(NOW - 60, 3)]}
    )
    first: int | Exception | None = NOW - 7 * 86400
    mark: ModeMark = field(default_factory=lambda: ModeMark(run_mode=RunMode.REFRESH))
    cursors: dict[Pass, Cursor] = field(default_factory=lambda: {of: complete(of) for of in Pass})
    letters: DeadLetters = field(default_factory=lambda: DeadLetters(messages=0, rows=0))

    def secret(self, arn: str, parameter: str) -> Mapping[str, object]:
        del parameter
        return _given(self.secrets[arn])

    def resources(self) -> Mapping[str, str]:
        return {"AlarmTopic": "arn:topic-of-the-stack"}

    def schedules(self) -> Sequence[Schedule]:
        return _given(self.found_schedules)

    def receivers(self, topic_arn: str) -> Sequence[Receiver]:
        del topic_arn
        return _given(self.subscribed)

    def waiting(self, queue_url: str) -> int:
        del queue_url
        return _given(self.waits)

    def oldest_message(self, queue_url: str) -> float | None:
        del queue_url
        return self.oldest

    def measured(self, metrics: Sequence[Metric]) -> Mapping[Metric, Sequence[Point]]:
        found = _given(self.metrics)
        return {metric: found.get(metric, []) for metric in metrics}

    def first_deployment(self) -> int | None:
        return _given(self.first)

    def mode_mark(self) -> ModeMark:
        return self.mark

    def cursor(self, of: Pass) -> Cursor:
        return self.cursors[of]

    def dead_letters(self) -> DeadLetters:
        return self.letters


@dataclass(slots=True)
class FakeOrganization:
    """Implements the `Organization` port; rights that are refused, and webhooks, can be set."""

    slug: str = "shop"
    mode: ApiMode = ApiMode.LIVE
    unreadable: dict[str, May] = field(default_factory=dict)
    refused_updates: frozenset[str] = frozenset()
    listed: Sequence[Webhook] | Exception = field(default_factory=lambda: [webhook(topic) for topic in TOPICS])
    listed_gateways: Sequence[GatewayState] | Exception = field(
        default_factory=lambda: [GatewayState(type="stripe_gateways", id="g1", name="Stripe", has_webhook=True)]
    )
    asked: list[str] = field(default_factory=list)

    def may_read(self, resource: str) -> May:
        self.asked.append(resource)
        return self.unreadable.get(resource, May.YES)

    def may_update(self, resource: str) -> May:
        self.asked.append(resource)
        return May.NO if resource in self.refused_updates else May.YES

    def webhooks(self) -> Sequence[Webhook]:
        self.asked.append("webhooks")
        return _given(self.listed)

    def gateways(self, kind: str) -> Sequence[GatewayState]:
        self.asked.append(kind)
        return [gateway for gateway in _given(self.listed_gateways) if gateway.type == kind]


def found(
    deployed: Deployed = DEPLOYED,
    aws: FakeAws | None = None,
    organization: FakeOrganization | Exception | None = None,
) -> dict[str, Finding]:
    """Examine; returns the findings by their checks' names."""
    aws, organization = aws or FakeAws(), organization or FakeOrganization()
    findings = examine.examine(deployed, aws, lambda _: _given(organization), lambda: float(NOW))
    return {finding.name: finding for finding in findings}


def _given[T](value: T | Exception) -> T:
    if isinstance(value, Exception):
        raise value
    return value
