"""The examination: all checks in their order, and what they need of each other."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from payment_refresh.composition.deployment import read_organization
from payment_refresh.domain.listed import GATEWAYS
from payment_refresh.errors import PermissionMissing, SecretUnavailable
from payment_refresh.metrics import Metric
from payment_refresh.use_cases.receive_order_event.signature import read_secrets
from payrefresh.doctor import alarms, credentials, gateways, queues, runs, settings, webhooks
from payrefresh.doctor.findings import Check, NotBefore, Once, fine, run_checks
from payrefresh.ports import May

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from payment_refresh.domain.listed import GatewayState
    from payment_refresh.ports import Clock
    from payrefresh.doctor.findings import Finding, Outcome
    from payrefresh.doctor.ports import Aws, Connect, Deployed
    from payrefresh.doctor.webhooks import OrderWebhooks

MEASURED = (
    Metric.OLDEST_OVERDUE_SECONDS,
    Metric.OUTBOX_PENDING,
    Metric.REFRESH_CALLS,
    Metric.MAY_NOT_UPDATE,
    Metric.REFUSED_SIGNATURES,
    *webhooks.EVENTS,
)
"""The metrics that checks go by."""

API_SECRET, TOKEN, ORGANIZATION, API_MODE = "API secret", "API credentials", "organization", "API mode"
VERSION, READ, REFRESH = "API version", "rights to read", "right to refresh"
WEBHOOK_SECRET, GATEWAY_WEBHOOKS = "webhook secret", "gateways' webhooks"
REGISTERED, URLS, INCLUDES = "webhooks registered", "webhook URLs", "webhook includes"
SIGNED, ENABLED, CIRCUITS, FAILURES = (
    "webhook signatures",
    "webhooks enabled",
    "webhook circuits",
    "webhook failures",
)
DEPLOYMENT, PARAMETERS, MODE, FIRST_DEPLOYMENT = "deployment", "parameters", "mode", "first deployment"
SCHEDULES, LAST_SWEEP, OVERDUE, LAST_PASS = "schedules", "last sweep", "overdue payments", "last pass of discover"
PENDING_QUEUE, DEAD_LETTERS, FAILED_RUNS, OUTBOX = "pending queue", "dead letters", "failed runs", "outbox"
RECEIVERS = "receivers of alarms"

OURS = (ORGANIZATION, API_MODE)
"""What must be fine before the organization is asked anything: else it is somebody else's."""


def examine(
    deployed: Deployed, aws: Aws, connect: Connect, clock: Clock, so_far: Callable[[str], None] = lambda _: None
) -> Sequence[Finding]:
    """Examine a stack and its organization; returns a finding for each check, in the order of the table.

    Nothing is changed: the right to refresh is tried on payments that cannot exist.

    Parameters
    ----------
    so_far
        Is called with each check's name before it is asked.
    """
    subject = _Subject(deployed, aws, connect, clock)
    return run_checks([*subject.of_commerce_layer(), *subject.of_webhooks(), *subject.of_the_stack()], so_far)


class _Subject:
    """What is examined: what several checks need is asked once."""

    def __init__(self, deployed: Deployed, aws: Aws, connect: Connect, clock: Clock) -> None:
        self.deployed, self.aws, self.clock = deployed, aws, clock
        given = deployed.parameters
        self.api_secret = Once(partial(aws.secret, given["ApiSecretArn"], "ApiSecretArn"))
        self.webhook_secret = Once(lambda: read_secrets(aws.secret(given["WebhookSecretArn"], "WebhookSecretArn")))
        self.organization = Once(lambda: connect(self.api_secret()))
        self.reads = Once(lambda: {name: self.organization().may_read(name) for name in credentials.READ})
        self.webhooks = Once(self._webhooks)
        self.gateways = {kind: Once(partial(self._gateways, kind)) for kind in GATEWAYS}
        self.measured = Once(lambda: aws.measured(MEASURED))
        self.first_deployment = Once(aws.first_deployment)

    def of_commerce_layer(self) -> Sequence[Check]:
        """Checks of the credentials, their organization and their rights."""
        on, organization = self.deployed, self.organization
        slug = read_organization(settings.as_settings(on.parameters))
        return (
            Check(name=API_SECRET, ask=lambda: credentials.api_secret(on, self.api_secret)),
            Check(name=TOKEN, ask=lambda: credentials.api_credentials(on, organization), needs=(API_SECRET,)),
            Check(
                name=ORGANIZATION,
                ask=lambda: credentials.right_organization(on, slug, organization()),
                needs=(TOKEN,),
            ),
            Check(name=API_MODE, ask=lambda: credentials.right_mode(on, organization()), needs=(TOKEN,)),
            Check(name=VERSION, ask=lambda: credentials.api_version(on, self.reads()), needs=OURS),
            Check(name=READ, ask=lambda: credentials.rights_to_read(self._may_read()), needs=OURS),
            Check(
                name=REFRESH,
                ask=lambda: credentials.right_to_refresh(on, organization().may_update, self._counted),
                needs=(*OURS, VERSION),
            ),
        )

    def of_webhooks(self) -> Sequence[Check]:
        """Checks of the webhooks to this stack, and of the gateways' to Commerce Layer."""
        on, found = self.deployed, self.webhooks
        gateway_check = Check(
            name=GATEWAY_WEBHOOKS,
            ask=lambda: gateways.gateways([each for listed in self.gateways.values() for each in listed()]),
            needs=OURS,
        )
        if not on.outputs.get("WebhookUrl"):
            bus = on.parameters.get("OrderEventsBusName", "")
            return (Check(name=REGISTERED, ask=lambda: fine(f"order events come by the bus {bus}")), gateway_check)
        return (
            Check(name=WEBHOOK_SECRET, ask=lambda: credentials.webhook_secret(on, self.webhook_secret)),
            Check(name=REGISTERED, ask=lambda: webhooks.registered(on, found()), needs=OURS),
            Check(name=URLS, ask=lambda: webhooks.urls(found()), needs=OURS),
            Check(name=INCLUDES, ask=lambda: webhooks.includes(found()), needs=OURS),
            Check(name=SIGNED, ask=self._signed, needs=OURS),
            Check(name=ENABLED, ask=lambda: webhooks.enabled(found()), needs=OURS),
            Check(name=CIRCUITS, ask=lambda: webhooks.circuits(on, found()), needs=OURS),
            Check(name=FAILURES, ask=lambda: webhooks.failures(on, found()), needs=OURS),
            gateway_check,
        )

    def of_the_stack(self) -> Sequence[Check]:
        """Checks of what runs in the AWS account."""
        on, aws = self.deployed, self.aws
        return (
            Check(name=DEPLOYMENT, ask=lambda: settings.deployment(on)),
            Check(name=PARAMETERS, ask=lambda: settings.parameters(on)),
            Check(name=MODE, ask=lambda: settings.mode(on, aws.mode_mark())),
            Check(name=FIRST_DEPLOYMENT, ask=lambda: runs.first_deployment(on, self.first_deployment())),
            Check(name=SCHEDULES, ask=lambda: runs.schedules(on, aws.schedules())),
            Check(name=LAST_SWEEP, ask=lambda: runs.last_sweep(on, self.measured(), self.clock())),
            Check(name=OVERDUE, ask=lambda: runs.overdue(on, self.measured()), needs=(LAST_SWEEP,)),
            Check(name=LAST_PASS, ask=self._last_pass),
            Check(name=PENDING_QUEUE, ask=self._pending_queue),
            Check(name=DEAD_LETTERS, ask=lambda: queues.dead_letters(on, aws.dead_letters())),
            Check(
                name=FAILED_RUNS,
                ask=lambda: queues.failed_runs(on, aws.waiting(on.outputs["AsyncFailuresQueueUrl"])),
            ),
            Check(name=OUTBOX, ask=lambda: queues.outbox(on, self.measured(), self.clock())),
            Check(name=RECEIVERS, ask=lambda: alarms.receivers(on, aws)),
        )

    def _may_read(self) -> Mapping[str, May]:
        """What the role may read: as tried, and as the lists of webhooks and gateways were answered."""
        lists: dict[str, Callable[[], object]] = {**self.gateways}
        if self.deployed.outputs.get("WebhookUrl"):
            lists["webhooks"] = self.webhooks
        return {**self.reads(), **{name: _may(ask) for name, ask in lists.items()}}

    def _gateways(self, kind: str) -> Sequence[GatewayState]:
        return self.organization().gateways(kind)

    def _webhooks(self) -> OrderWebhooks:
        url = self.deployed.outputs["WebhookUrl"]
        url_id = (urlsplit(url).hostname or "").split(".")[0]
        return webhooks.OrderWebhooks.of(self.organization().webhooks(), url, url_id)

    def _signed(self) -> Outcome:
        try:
            return webhooks.secrets(self.deployed, self.webhooks, self.webhook_secret, self._counted)
        except SecretUnavailable:
            raise NotBefore(WEBHOOK_SECRET) from None

    def _last_pass(self) -> Outcome:
        cursors = {of: self.aws.cursor(of) for of in runs.passes(self.deployed)}
        return runs.last_pass(self.deployed, cursors, self.first_deployment(), int(self.clock()))

    def _pending_queue(self) -> Outcome:
        url = self.deployed.outputs["PendingPaymentsQueueUrl"]
        waiting = self.aws.waiting(url)
        oldest = self.aws.oldest_message(url) if waiting else None
        return queues.pending_queue(self.deployed, waiting, oldest)

    def _counted(self, metric: Metric) -> float:
        """How much there was of a metric in the last hour."""
        return sum(sample.value for sample in self.measured()[metric])


def _may(ask: Callable[[], object]) -> May:
    """Whether a list that is read in any case may be read."""
    try:
        ask()
    except PermissionMissing:
        return May.NO
    return May.YES
