"""A story for each alarm: a failure that makes it ring, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.deployment import RunMode
from payment_refresh.errors import CredentialsRefused, MayNotRead, TimedOut
from tests.alarms.failures import (
    acknowledged,
    answer_all,
    bus_refuses,
    bus_takes,
    cannot_be_read,
    dead_letter,
    deploy,
    gateway_webhook,
    gateways,
    given_up,
    may_not_list,
    may_not_update,
    may_update,
    not_found,
    nothing,
    number,
    one_webhook,
    readable,
    refuse_all,
    second_charge,
    start,
    stop,
    stop_acts,
    waiting,
    webhooks,
    wrongly_signed,
)
from tests.alarms.ground import HOUR
from tests.alarms.template_alarms import of_function, of_queue
from tests.support.alarm_rules import MINUTE

if TYPE_CHECKING:
    from tests.alarms.failures import Step

FOREVER = 10 * 365 * 24 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story.

    Attributes
    ----------
    failure
        In words, as ``docs/operations.md`` promises how soon it rings; empty where nothing is promised.
    begins, ends
        What goes wrong, and what mends it.
    gap
        Seconds from one order to the next, in the mean.
    rings_within, stops_within
        Minutes.
    """

    alarm: str
    begins: Step
    ends: Step
    failure: str = ""
    gap: float = 10 * MINUTE
    rings_within: int
    stops_within: int


LAMBDA = [
    Story(
        alarm=f"{function}{metric}Alarm",
        begins=number(of_function(name, function)),
        ends=nothing,
        rings_within=3,
        stops_within=20,
    )
    for function in ("OrderEvents", "Discover", "Sweep", "Refresh")
    for metric, name in (("Errors", "Errors"), ("Throttles", "Throttles"))
]


STORIES = (
    *LAMBDA,
    Story(
        alarm="OrderEventsFaultsAlarm",
        begins=number(of_function("Url5xxCount", "OrderEvents")),
        ends=nothing,
        rings_within=3,
        stops_within=20,
    ),
    Story(
        alarm="AsyncFailuresAlarm",
        begins=number(of_queue("ApproximateNumberOfMessagesVisible", "AsyncFailuresQueue"), minutes=30),
        ends=stop_acts,
        rings_within=3,
        stops_within=5,
    ),
    Story(alarm="QueueAgeAlarm", begins=waiting, ends=stop_acts, rings_within=10, stops_within=10),
    Story(alarm="DeadLettersAlarm", begins=dead_letter, ends=acknowledged, rings_within=2, stops_within=160),
    Story(alarm="NewDeadLettersAlarm", begins=given_up, ends=nothing, rings_within=5, stops_within=10),
    Story(alarm="UrgentOutcomesAlarm", begins=second_charge, ends=nothing, rings_within=3, stops_within=5),
    Story(
        failure="the sweep has stopped",
        alarm="OverdueAlarm",
        begins=stop("sweep"),
        ends=start("sweep"),
        rings_within=20,
        stops_within=20,
    ),
    Story(
        failure="the API credentials are revoked",
        alarm="CredentialsRefusedAlarm",
        begins=refuse_all(CredentialsRefused("the API secret is wrong")),
        ends=answer_all,
        rings_within=20,
        stops_within=40,
    ),
    Story(
        failure="the role may no longer update payments, and three or more wait for a refresh",
        alarm="MayNotUpdateAlarm",
        begins=may_not_update,
        ends=may_update,
        gap=MINUTE,
        rings_within=30,
        stops_within=40,
    ),
    Story(
        failure="the role may no longer update payments, and few wait for a refresh",
        alarm="RefreshesRefusedAlarm",
        begins=may_not_update,
        ends=may_update,
        rings_within=240,
        stops_within=300,
    ),
    Story(
        failure="the role may no longer read orders",
        alarm="MayNotReadAlarm",
        begins=refuse_all(MayNotRead("the role may not read orders")),
        ends=answer_all,
        rings_within=45,
        stops_within=150,
    ),
    Story(alarm="MostlyMissingAlarm", begins=not_found, ends=nothing, rings_within=5, stops_within=40),
    Story(
        failure="Commerce Layer does not answer",
        alarm="UnansweredAlarm",
        begins=refuse_all(TimedOut("it was not answered", code="ReadTimeout")),
        ends=answer_all,
        rings_within=70,
        stops_within=90,
    ),
    Story(
        failure="the event bus refuses events",
        alarm="OutcomesOwedAlarm",
        begins=bus_refuses,
        ends=bus_takes,
        rings_within=60,
        stops_within=90,
    ),
    Story(
        failure="discover has stopped",
        alarm="DiscoverAgeAlarm",
        begins=stop("discover"),
        ends=start("discover"),
        rings_within=190,
        stops_within=20,
    ),
    Story(
        failure="the gateway's webhook is broken, in a shop with an order every ten minutes",
        alarm="WebhookLateAlarm",
        begins=gateway_webhook(1.0),
        ends=gateway_webhook(0.0),
        rings_within=300,
        stops_within=1100,
    ),
    Story(
        failure="the gateway's webhook is broken, in a shop with six orders a day",
        alarm="WebhookLateInAWeekAlarm",
        begins=gateway_webhook(1.0),
        ends=gateway_webhook(0.0),
        gap=4 * HOUR,
        rings_within=7 * 24 * 60,
        stops_within=10 * 24 * 60,
    ),
    Story(
        alarm="WebhookCircuitAlarm",
        begins=one_webhook(is_open=True),
        ends=webhooks(),
        rings_within=20,
        stops_within=50,
    ),
    Story(
        failure="the order webhooks call another URL, or are missing or disabled",
        alarm="WebhooksUnregisteredAlarm",
        begins=webhooks(callback_url="https://elsewhere.example.com/x"),
        ends=webhooks(),
        rings_within=130,
        stops_within=120,
    ),
    Story(
        alarm="WebhookFailuresAlarm",
        begins=one_webhook(failures=10),
        ends=webhooks(),
        rings_within=20,
        stops_within=50,
    ),
    Story(
        failure="the shared secret of a webhook was regenerated",
        alarm="RefusedSignaturesAlarm",
        begins=wrongly_signed,
        ends=stop_acts,
        rings_within=10,
        stops_within=20,
    ),
    Story(
        failure="the role may not list webhooks or gateways",
        alarm="HealthUnknownAlarm",
        begins=may_not_list,
        ends=answer_all,
        rings_within=20,
        stops_within=50,
    ),
    Story(
        failure="a deployment has set the stack back to `observe`",
        alarm="FellBackToObserveAlarm",
        begins=deploy(RunMode.OBSERVE),
        ends=deploy(RunMode.REFRESH),
        rings_within=10,
        stops_within=20,
    ),
    Story(
        alarm="SettingsUnreadableAlarm",
        begins=cannot_be_read,
        ends=readable,
        rings_within=60,
        stops_within=30,
    ),
    Story(
        failure="a gateway in Commerce Layer has no webhook endpoint",
        alarm="GatewayWebhookAlarm",
        begins=gateways(has_webhook=False),
        ends=gateways(has_webhook=True),
        rings_within=20,
        stops_within=50,
    ),
)
