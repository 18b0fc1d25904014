"""The metrics: each name stands here once, with what it counts.

A name is what the alarms and an operator's dashboards look for: it outlives the names of classes and functions.
The unit is a count, but for the three whose name ends in ``Seconds``.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum


class Metric(StrEnum):
    """What the functions emit."""

    # What order events led to.
    EVENT_WATCHING = "EventWatching"
    """Order events that began a round of watching."""
    EVENT_UPDATED = "EventUpdated"
    """Order events that changed an open watch."""
    EVENT_ENDED = "EventEnded"
    """Order events that ended a watch."""
    EVENT_DEFERRED = "EventDeferred"
    """Order events for a watch that was claimed: its check in progress decides."""
    EVENT_STALE = "EventStale"
    """Order events older than what the row knows, or that say nothing new."""
    EVENT_IGNORED = "EventIgnored"
    """Order events of orders with nothing to wait for."""
    REFUSED_400 = "Refused400"
    """Requests to the webhook URL with an unreadable body."""
    REFUSED_401 = "Refused401"
    """Requests whose signature does not match, or that have none."""
    REFUSED_SIGNATURES = "RefusedSignatures"
    """Those of them that look like an order webhook's: at a topic's path, with what could be a signature."""
    REFUSED_405 = "Refused405"
    """Requests by another method than POST."""
    REFUSED_413 = "Refused413"
    """Requests with too large a body."""
    FAULTS = "Faults"
    """Order events that failed; the sender sends them again."""

    # What the sweep did.
    CLAIMED = "Claimed"
    """Due watches that were claimed and sent to the queue."""
    SEND_FAILURES = "SendFailures"
    """Claimed watches whose message the queue did not accept; they are due again."""
    CARTS_UNSERVED = "CartsUnserved"
    """Carts that were due and had to wait; no more than 1,000 are counted in one sweep."""
    OLDEST_OVERDUE_SECONDS = "OldestOverdueSeconds"
    """Seconds by which the longest-waiting placed order was overdue."""

    # What the deployment is like, as each sweep says.
    OBSERVING = "Observing"
    """Whether the stack only observes: 1, else 0."""
    FELL_BACK_TO_OBSERVE = "FellBackToObserve"
    """Whether it only observes since less than an hour, and acted before: 1, else 0."""
    SETTINGS_CLAMPED = "SettingsClamped"
    """Settings that contradict others, and were taken for larger."""
    SETTINGS_UNREADABLE = "SettingsUnreadable"
    """Settings that order_events could not read at an order event, and whose defaults held."""

    # What discover found.
    LISTED = "Listed"
    """Orders on the pages that were listed."""
    DISCOVERED = "Discovered"
    """Watches begun or changed for listed orders."""
    DISCOVER_AGE_SECONDS = "DiscoverAgeSeconds"
    """Seconds since the last complete pass over placed orders ended."""
    DISCOVER_CARTS_AGE_SECONDS = "DiscoverCartsAgeSeconds"
    """Seconds since the last complete pass over carts ended."""
    WEBHOOK_CIRCUITS_OPEN = "WebhookCircuitsOpen"
    """Order webhooks of ours that Commerce Layer stopped sending, as one run found them."""
    WEBHOOK_FAILURES = "WebhookFailures"
    """Deliveries in a row that failed, of the order webhook of ours with the most, as one run found it."""
    WEBHOOKS_UNREGISTERED = "WebhooksUnregistered"
    """Topics without an enabled order webhook of ours, as one run found them; none where a bus stands in."""
    HEALTH_UNKNOWN = "HealthUnknown"
    """Lists of webhooks and gateways that the role may not read, as one run found them."""
    GATEWAYS_WITHOUT_WEBHOOK = "GatewaysWithoutWebhook"
    """Gateways without a registered webhook, as one run found them."""

    # Orders seen, by an order event, on a list or at a check.
    NEW_MODEL_ORDERS = "NewModelOrders"
    """Orders of the new payments model, which are not watched; each is counted as often as it is seen."""

    # What became of payments.
    MESSAGES = "Messages"
    """Messages of the pending queue that were received."""
    UNREADABLE = "Unreadable"
    """Messages of which none can be acted on, since they name no payment or order."""
    PENDING = "Pending"
    """Watches that stay open after a check."""
    SETTLED = "Settled"
    """Watches that ended because the payment settled."""
    CLOSED = "Closed"
    """Watches that ended because there is nothing more to wait for."""
    MISSING = "Missing"
    """Watches that ended because Commerce Layer has no such payment."""
    ABANDONED = "Abandoned"
    """Watches of carts that ended at their last age."""
    REPORTED = "Reported"
    """Watches that ended stuck, of orders that are only observed: they are in the daily summary."""
    DEAD_LETTERED = "DeadLettered"
    """Watches that ended as a dead letter, for a person."""
    SETTLED_BY_WEBHOOK = "SettledByWebhook"
    """Settled payments whose order the gateway's webhook moved."""
    SETTLED_BY_REFRESH = "SettledByRefresh"
    """Settled payments whose order a refresh moved."""
    FOUND_LATE_BY_REFRESH = "FoundLateByRefresh"
    """Those of them that were older than ``WebhookLateAfter``: their webhook is missing."""
    NO_ANSWER = "NoAnswer"
    """Watches that back off because a call got no answer; that is no check."""
    REFRESH_FAILING = "RefreshFailing"
    """Refreshes of single payments that fail while looks, and the refreshes of others, are answered."""
    REFRESHES_REFUSED = "RefreshesRefused"
    """Those of them that were refused for a right: the role's, if no other refresh is answered."""
    MOSTLY_MISSING = "MostlyMissing"
    """Batches most of whose payments Commerce Layer does not know, and nothing confirms that they are gone."""
    NOT_SENT = "NotSent"
    """Refreshes left out because of ``Mode`` or ``ActOnOrdersAfter``."""
    OUTBOX_PENDING = "OutboxPending"
    """Watches whose outcome events or dead letter could not be sent; they are kept and sent again."""

    URGENT_OUTCOMES = "UrgentOutcomes"
    """Outcome events sent that somebody should see at once: money in the wrong place, or something broken."""

    # What a person has to move on.
    REPORTED_WAITING = "ReportedWaiting"
    """Payments that are reported, as one digest counted them."""
    DEAD_LETTERED_WAITING = "DeadLetteredWaiting"
    """Payments that are dead-lettered, as one digest counted them."""

    # Calls to Commerce Layer.
    LIST_CALLS = "ListCalls"
    """Calls that list orders, webhooks or gateways."""
    RETRIEVE_CALLS = "RetrieveCalls"
    """Calls that retrieve a single record."""
    REFRESH_CALLS = "RefreshCalls"
    """Refreshes that were sent."""

    # Calls that failed, by what went wrong.
    NO_BUDGET = "NoBudget"
    """Calls not made because the API budget had no slot soon."""
    TIMED_OUT = "TimedOut"
    """Calls without an answer in time, or with a broken connection."""
    SERVER_ERROR = "ServerError"
    """Calls answered 5xx, or with what is no document."""
    NO_TOKEN = "NoToken"  # noqa: S105 - the name of a metric
    """Calls not made because the token endpoint or the API secret did not answer."""
    CIRCUIT_OPEN = "CircuitOpen"
    """Calls not made because their circuit is open."""
    UNAVAILABLE = "Unavailable"
    """Calls without an answer, for a reason that has no metric of its own."""
    RATE_LIMITED = "RateLimited"
    """Calls answered 429."""
    CREDENTIALS_REFUSED = "CredentialsRefused"
    """Calls for which there was no token, or a token of somebody else."""
    MAY_NOT_READ = "MayNotRead"
    """Calls refused because the role lacks the right to read."""
    MAY_NOT_UPDATE = "MayNotUpdate"
    """Refreshes refused because the role lacks the right to update."""
    PERMISSION_MISSING = "PermissionMissing"
    """Calls refused because the role lacks a right that has no metric of its own."""
    NOT_FOUND = "NotFound"
    """Calls answered 404 where that is a failure."""
    DECLINED = "Declined"
    """Calls answered 409 or 422."""
    REQUEST_REFUSED = "RequestRefused"
    """Calls answered with any other 4xx."""
    COMMERCE_LAYER_ERROR = "CommerceLayerError"
    """Calls that failed for a reason that has no metric of its own."""


Counts = Counter[Metric]
"""How much there was of each metric."""
