"""Checks of a stack's metrics: what the template's alarms watch for, in plain words. Pure.

CloudWatch evaluates the alarms on AWS; these checks say the same without them, also on the local AWS, and end as
soon as newer numbers show that it is over. Each bears its alarm's limits, which a test compares with the template.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.metrics import Metric
from payrefresh.overview.findings import Finding
from payrefresh.overview.numbers import DAY, HOUR, MINUTE, Numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

REMEMBERED = 20 * MINUTE
"""Seconds for which what rings at once is still held to be so: an idle shop's discover tries every 15 minutes."""

GAUGE_HOLDS = 40 * MINUTE
"""Seconds for which what discover found last is held to be so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricCheck:
    """A check of one metric.

    Attributes
    ----------
    alarm
        Logical id of the alarm that watches it.
    statistic, period, periods, datapoints, threshold
        As the alarm's: in so many of the last periods, the statistic is above the threshold.
    is_gauge
        Whether its newest number alone says how it is now.
    ends_with
        A metric whose numbers show that it is over, where they are newer.
    """

    alarm: str
    metric: Metric
    what: str
    to_do: str
    statistic: str = "Sum"
    period: int = 300
    periods: int = 1
    datapoints: int = 1
    threshold: float = 0
    is_gauge: bool = False
    ends_with: Metric | None = None

    def find(self, numbers: Numbers) -> Finding | None:
        """What is wrong; None where nothing is."""
        return Finding(name=self.alarm, what=self.what, to_do=self.to_do) if self._is_wrong(numbers) else None

    def _is_wrong(self, numbers: Numbers) -> bool:
        if self.is_gauge:
            newest = numbers.newest(self.metric, GAUGE_HOLDS)
            if newest is None or newest.value <= self.threshold:
                return False
            return self.datapoints == 1 or self._breaches(numbers) >= self.datapoints
        if self.ends_with is not None:
            failed = numbers.newest_above(self.metric, self.threshold, REMEMBERED)
            done = numbers.newest_above(self.ends_with, 0, REMEMBERED)
            if failed is None or (done is not None and done.at > failed.at):
                return False
        return self._breaches(numbers) >= self.datapoints

    def _breaches(self, numbers: Numbers) -> int:
        periods = self.periods if self.periods > 1 else REMEMBERED // self.period
        return numbers.breaches(self.metric, self.statistic, self.period, periods, self.threshold)


CHECKS = (
    MetricCheck(
        alarm="CredentialsRefusedAlarm",
        metric=Metric.CREDENTIALS_REFUSED,
        ends_with=Metric.LIST_CALLS,
        what="Commerce Layer refuses the API credentials, or they are of another organization or mode: nothing is "
        "checked.",
        to_do="Run `payrefresh doctor`, which compares the secret ApiSecretArn with the stack's parameters.",
    ),
    MetricCheck(
        alarm="MayNotReadAlarm",
        metric=Metric.MAY_NOT_READ,
        period=900,
        periods=4,
        datapoints=2,
        what="The integration's role in Commerce Layer may not read something that this stack needs.",
        to_do="Run `payrefresh doctor`, which names the right, and give it to the role in Commerce Layer.",
    ),
    MetricCheck(
        alarm="MostlyMissingAlarm",
        metric=Metric.MOSTLY_MISSING,
        what="Most payments of a batch are gone from Commerce Layer, which nothing confirms; nothing was changed.",
        to_do="See `payrefresh doctor`: the API secret must be of the organization whose webhooks come in.",
    ),
    MetricCheck(
        alarm="UnansweredAlarm",
        metric=Metric.NO_ANSWER,
        ends_with=Metric.PENDING,
        period=900,
        periods=4,
        datapoints=3,
        what="For most of an hour, Commerce Layer has not answered; nothing is given up meanwhile.",
        to_do="See Commerce Layer's status page, then the log of the function refresh, which names the failure.",
    ),
    MetricCheck(
        alarm="OutcomesOwedAlarm",
        metric=Metric.OUTBOX_PENDING,
        period=900,
        periods=2,
        datapoints=2,
        what="For half an hour, outcome events or dead letters could not be sent; they are kept and sent again.",
        to_do="Check the event bus OutcomeBusName and its policy; the log of refresh names the error.",
    ),
    MetricCheck(
        alarm="WebhookCircuitAlarm",
        metric=Metric.WEBHOOK_CIRCUITS_OPEN,
        statistic="Maximum",
        period=900,
        is_gauge=True,
        what="Commerce Layer has stopped sending an order webhook to this stack: its circuit is open.",
        to_do="Run `payrefresh doctor`, which names the webhook; fix why it failed, then reset its circuit.",
    ),
    MetricCheck(
        alarm="WebhooksUnregisteredAlarm",
        metric=Metric.WEBHOOKS_UNREGISTERED,
        statistic="Maximum",
        period=900,
        periods=8,
        datapoints=7,
        is_gauge=True,
        what="For two hours, some order topics have had no enabled webhook that calls this stack.",
        to_do="Run `payrefresh doctor`, which names the topics, and `payrefresh setup`, which registers them.",
    ),
    MetricCheck(
        alarm="WebhookFailuresAlarm",
        metric=Metric.WEBHOOK_FAILURES,
        statistic="Maximum",
        period=900,
        threshold=9,
        is_gauge=True,
        what="Ten or more deliveries in a row of an order webhook have failed; at thirty, its circuit opens.",
        to_do="Run `payrefresh doctor`: mostly, its shared secret is not the one in the secret WebhookSecretArn.",
    ),
    MetricCheck(
        alarm="RefusedSignaturesAlarm",
        metric=Metric.REFUSED_SIGNATURES,
        threshold=2,
        what="Order webhooks were refused for their signature, as if their shared secret had been regenerated.",
        to_do="Put the shared secret that Commerce Layer shows before the old one in the secret WebhookSecretArn.",
    ),
    MetricCheck(
        alarm="HealthUnknownAlarm",
        metric=Metric.HEALTH_UNKNOWN,
        statistic="Maximum",
        period=900,
        is_gauge=True,
        what="The integration's role may not list webhooks or gateways, so nobody would learn that one is broken.",
        to_do="Give it the right to read webhooks, stripe_gateways and checkout_com_gateways in Commerce Layer.",
    ),
    MetricCheck(
        alarm="SettingsUnreadableAlarm",
        metric=Metric.SETTINGS_UNREADABLE,
        what="A parameter of the stack cannot be read: discover, the sweep and refresh do nothing until it can.",
        to_do="The log of the function order_events names it: correct it, and deploy again.",
    ),
    MetricCheck(
        alarm="GatewayWebhookAlarm",
        metric=Metric.GATEWAYS_WITHOUT_WEBHOOK,
        statistic="Maximum",
        period=900,
        is_gauge=True,
        what="A payment gateway in Commerce Layer has no webhook, so its payments wait for a refresh.",
        to_do="Run `payrefresh doctor`, which names the gateway and the remedy.",
    ),
)


def check_rights(numbers: Numbers) -> Iterator[Finding]:
    """Refreshes that are refused for a right, where no other is answered: else the payments are to blame."""

    def total(metric: Metric, within: float) -> float:
        return numbers.total(metric, within)

    rejected, within = total(Metric.MAY_NOT_UPDATE, REMEMBERED), REMEMBERED
    if rejected and rejected + total(Metric.REFRESHES_REFUSED, within) >= total(Metric.REFRESH_CALLS, within):
        yield Finding(
            name="MayNotUpdateAlarm",
            what="The integration's role in Commerce Layer may not update payments: no refresh is accepted.",
            to_do="Give it the right to update stripe_payments, checkout_com_payments and satispay_payments.",
        )
        return
    refused = total(Metric.REFRESHES_REFUSED, 2 * HOUR)
    if refused >= 3 and refused >= total(Metric.REFRESH_CALLS, 2 * HOUR):
        yield Finding(
            name="RefreshesRefusedAlarm",
            what="For two hours, every refresh was refused for a right.",
            to_do="Check that the integration's role may update payments; if it may, the account of a payment's "
            "gateway may be closed: the log of refresh names the payment.",
        )


def check_gateway_webhook(recent: Numbers, week: Numbers, late_count: float) -> Iterator[Finding]:
    """Refreshes settle what the gateway's webhook should have settled.

    Parameters
    ----------
    late_count
        The parameter ``WebhookLateCount``.
    """
    late, by_refresh, by_webhook = (
        recent.total(metric, 6 * HOUR)
        for metric in (Metric.FOUND_LATE_BY_REFRESH, Metric.SETTLED_BY_REFRESH, Metric.SETTLED_BY_WEBHOOK)
    )
    found_late = late if late * LATE_IN > by_webhook else 0
    outdone = by_refresh if by_refresh > by_webhook else 0
    to_do = (
        "Check the gateway's dashboard (Stripe: Developers > Webhooks): the endpoint "
        "https://core.commercelayer.co/webhook_callbacks/... must exist, be enabled and succeed."
    )
    if max(found_late, outdone) >= late_count:
        yield Finding(
            name="WebhookLateAlarm",
            what=f"The gateway's webhook seems not to reach Commerce Layer: within six hours, refreshes settled "
            f"{by_refresh:.0f} payments, {late:.0f} of them late, and the webhook {by_webhook:.0f}.",
            to_do=to_do,
        )
        return
    by_refresh, by_webhook = (
        week.total(metric, 7 * DAY) for metric in (Metric.SETTLED_BY_REFRESH, Metric.SETTLED_BY_WEBHOOK)
    )
    if by_refresh > by_webhook and by_refresh >= 3:
        yield Finding(
            name="WebhookLateInAWeekAlarm",
            what=f"The gateway's webhook seems not to reach Commerce Layer: within seven days, refreshes settled "
            f"{by_refresh:.0f} payments, and the webhook {by_webhook:.0f}.",
            to_do=to_do,
        )


LATE_IN = 20
"""One late payment in so many that the webhook settled is what happens in a healthy shop."""

METRICS = frozenset(
    {each.metric for each in CHECKS}
    | {each.ends_with for each in CHECKS if each.ends_with is not None}
    | {Metric.MAY_NOT_UPDATE, Metric.REFRESHES_REFUSED, Metric.REFRESH_CALLS}
    | {Metric.FOUND_LATE_BY_REFRESH, Metric.SETTLED_BY_REFRESH, Metric.SETTLED_BY_WEBHOOK}
)
"""What these checks read."""
