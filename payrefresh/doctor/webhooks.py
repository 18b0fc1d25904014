"""Checks of the order webhooks of this stack, which Commerce Layer keeps."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from payment_refresh.domain.listed import TOPICS
from payment_refresh.metrics import Metric
from payrefresh.doctor import remedies
from payrefresh.doctor.findings import fine, wrong
from payrefresh.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payment_refresh.use_cases.receive_order_event.signature import Secrets
    from payrefresh.doctor.findings import Outcome
    from payrefresh.doctor.ports import Deployed
    from payrefresh.ports import Webhook

INCLUDED = ("payment_source", "payment_method", "authorizations")
"""What each webhook has to include."""

MANY_FAILURES = 10
"""Deliveries in a row that failed, from which on they are no accident; the circuit opens at thirty."""

MANY_REFUSED = 3
"""Webhooks refused for their signature within an hour, from which on a secret must be wrong, as for the alarm."""

EVENTS = (
    Metric.EVENT_WATCHING,
    Metric.EVENT_UPDATED,
    Metric.EVENT_ENDED,
    Metric.EVENT_DEFERRED,
    Metric.EVENT_STALE,
    Metric.EVENT_IGNORED,
)
"""What order events are counted as whose signature was good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWebhooks:
    """Those of the organization's webhooks that are for this stack.

    Attributes
    ----------
    ours
        Those that call this stack.
    elsewhere
        Those that stand in for a topic without one of ours: their URL ends with it, as ours do, at another host.
    url
        The stack's webhook URL, with a slash at its end.
    """

    ours: Sequence[Webhook]
    elsewhere: Sequence[Webhook]
    url: str

    @classmethod
    def of(cls, webhooks: Sequence[Webhook], url: str, url_id: str) -> OrderWebhooks:
        """Find them.

        Parameters
        ----------
        url_id
            Unique part of the stack's webhook URL: a webhook whose callback URL contains it calls this stack.
        """
        wanted = [webhook for webhook in webhooks if webhook.topic in TOPICS]
        ours = [webhook for webhook in wanted if url_id in webhook.callback_url]
        have = {webhook.topic for webhook in ours}
        elsewhere = [
            webhook for webhook in wanted if webhook.topic not in have and _last_segment(webhook) == webhook.topic
        ]
        return cls(ours=ours, elsewhere=elsewhere, url=f"{url.rstrip('/')}/")

    @property
    def all(self) -> Sequence[Webhook]:
        """All of them."""
        return [*self.ours, *self.elsewhere]


def registered(deployed: Deployed, webhooks: OrderWebhooks) -> Outcome:
    """Whether each topic has a webhook."""
    bus = deployed.parameters.get("OrderEventsBusName", "")
    missing = [topic for topic in TOPICS if topic not in {webhook.topic for webhook in webhooks.all}]
    if bus and not webhooks.ours:
        return fine(f"none, as order events come by the bus {bus}")
    if missing:
        return wrong(
            f"{len(missing)} of {len(TOPICS)} topics have no webhook: {remedies.some(missing, len(TOPICS))}",
            f"register them, each at {webhooks.url}<topic>: setup does it, and stores their secrets",
            remedies.setup(deployed),
        )
    return fine(f"all {len(TOPICS)} topics")


def urls(webhooks: OrderWebhooks) -> Outcome:
    """Whether each calls this stack, with its topic as the last segment of the path."""
    astray = [
        *webhooks.elsewhere,
        *(webhook for webhook in webhooks.ours if _last_segment(webhook) != webhook.topic),
    ]
    if not astray:
        return fine(f"each calls {webhooks.url}<topic>")
    return wrong(
        "; ".join(f"{webhook.topic} calls {_shown(webhook.callback_url)}" for webhook in astray),
        "let them call this stack, each with its topic at the end",
        *(f"commercelayer webhooks:update {each.id} -u {webhooks.url}{each.topic}" for each in astray),
    )


def includes(webhooks: OrderWebhooks) -> Outcome:
    """Whether each includes what the stack reads."""
    lacking = {
        webhook: lacks
        for webhook in webhooks.all
        if (lacks := [name for name in INCLUDED if name not in webhook.includes])
    }
    if not lacking:
        return fine(f"each includes {', '.join(INCLUDED)}")
    return wrong(
        "; ".join(f"{webhook.topic} lacks {', '.join(lacks)}" for webhook, lacks in lacking.items()),
        "let them include it: without the payment source an order event does not say which payment it is about",
        *(f"commercelayer webhooks:update {each.id} -i {','.join(_all_includes(each))}" for each in lacking),
    )


def enabled(webhooks: OrderWebhooks) -> Outcome:
    """Whether each is enabled."""
    disabled = [webhook for webhook in webhooks.all if webhook.is_disabled]
    if not disabled:
        return fine("each is")
    return wrong(
        f"disabled: {_topics(disabled)}",
        "enable them",
        *(f"commercelayer webhook:enable {webhook.id}" for webhook in disabled),
    )


def circuits(deployed: Deployed, webhooks: OrderWebhooks) -> Outcome:
    """Whether Commerce Layer still sends each."""
    broken = [webhook for webhook in webhooks.all if webhook.is_open]
    if not broken:
        return fine("each is closed")
    return wrong(
        f"open, so that Commerce Layer sends them no more: {_topics(broken)}",
        "see why deliveries failed (mostly a secret that is wrong), fix it, then reset the circuits",
        remedies.logs("order-events", deployed),
        *(f"commercelayer webhook:reset_circuit {webhook.id}" for webhook in broken),
    )


def failures(deployed: Deployed, webhooks: OrderWebhooks) -> Outcome:
    """Whether deliveries fail, so that a circuit will open."""
    closed = [webhook for webhook in webhooks.all if not webhook.is_open]
    failing = [webhook for webhook in closed if webhook.failures >= MANY_FAILURES]
    if not failing:
        most = max((webhook.failures for webhook in closed), default=0)
        return fine("none" if not most else f"{most} in a row at most, and a circuit opens at thirty")
    return wrong(
        "; ".join(f"{webhook.topic}: {webhook.failures} deliveries in a row failed" for webhook in failing),
        "at thirty in a row Commerce Layer stops: see why they fail (mostly a secret that is wrong)",
        remedies.logs("order-events", deployed),
    )


def secrets(
    deployed: Deployed,
    list_webhooks: Callable[[], OrderWebhooks],
    read_secrets: Callable[[], Secrets],
    counted: Callable[[Metric], float | None],
) -> Outcome:
    """Whether the stack knows the secret that each signs with.

    Where Commerce Layer shows the secrets and both sides can be read, they are compared, here in memory. Else what
    the stack counted says it: order events of the last hour that were refused for their signature.
    """
    webhooks = list_webhooks().all
    shown = [webhook for webhook in webhooks if webhook.secret]
    if len(shown) < len(webhooks):
        return _by_refusals(deployed, counted, "Commerce Layer does not show the secrets")
    try:
        stored = read_secrets()
    except OperatorError as error:
        return _by_refusals(deployed, counted, str(error), error)
    unknown = [webhook for webhook in shown if not _is_known(webhook, stored.get(webhook.topic, []))]
    if not unknown:
        return fine("the stack has the secret of each")
    return wrong(
        f"the stack does not have the secret that these sign with: {_topics(unknown)}",
        "store the secret that Commerce Layer shows before the old one, in the secret of WebhookSecretArn: "
        "setup does it",
        remedies.setup(deployed),
    )


def _by_refusals(
    deployed: Deployed,
    counted: Callable[[Metric], float | None],
    why: str,
    unasked: OperatorError | None = None,
) -> Outcome:
    refused = counted(Metric.REFUSED_SIGNATURES) or 0
    if refused >= MANY_REFUSED:
        return wrong(
            f"{refused:.0f} order webhooks were refused for their signature in the last hour ({why})",
            "the log names no secret, but the topics: store their secrets before the old ones; setup does it",
            remedies.logs("order-events", deployed),
            remedies.setup(deployed),
        )
    taken = sum(counted(metric) or 0 for metric in EVENTS)
    if taken:
        return fine(f"{taken:.0f} order events were taken in the last hour, {refused:.0f} refused ({why})")
    if unasked is not None:
        raise unasked
    raise OperatorError(
        f"{why}, and no order event came in the last hour by which to tell: place a test order, then look again"
    )


def _is_known(webhook: Webhook, stored: Sequence[str]) -> bool:
    """Whether what it signs with is among the secrets of its topic."""
    secret = (webhook.secret or "").encode()
    return any(compare_digest(each.encode(), secret) for each in stored)


def _shown(url: str) -> str:
    """A URL without what may be a secret in it: name and password, and the query."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _last_segment(webhook: Webhook) -> str:
    return urlsplit(webhook.callback_url).path.rstrip("/").rpartition("/")[2]


def _topics(webhooks: Sequence[Webhook]) -> str:
    return remedies.some((webhook.topic for webhook in webhooks), len(TOPICS))


def _all_includes(webhook: Webhook) -> Sequence[str]:
    """What it includes already, and what it has to."""
    return [*sorted(set(webhook.includes) - set(INCLUDED)), *INCLUDED]
