"""The alarms that rest on more than one number: their metrics, and what their expressions make of them."""

from __future__ import annotations

import pytest

from tests.support.alarm_rules import Value, evaluate
from tests.template.model import Properties, Template, target

OWN = "PaymentRefresh/${AWS::StackName}"
HOUR, DAY = 60 * 60, 24 * 60 * 60
ALARMS = {
    "DeadLettersAlarm": (
        5400,
        0,
        {"letters": "ApproximateNumberOfMessagesVisible", "rows": "DeadLetteredWaiting"},
    ),
    "MayNotUpdateAlarm": (
        300,
        0,
        {"rejected": "MayNotUpdate", "refused": "RefreshesRefused", "sent": "RefreshCalls"},
    ),
    "QueueAgeAlarm": (
        60,
        900,
        {"waiting": "ApproximateNumberOfMessagesVisible", "age": "ApproximateAgeOfOldestMessage"},
    ),
    "RefreshesRefusedAlarm": (2 * HOUR, 3, {"refused": "RefreshesRefused", "sent": "RefreshCalls"}),
    "WebhookLateAlarm": (
        6 * HOUR,
        {"Ref": "WebhookLateCount"},
        {"late": "FoundLateByRefresh", "refreshed": "SettledByRefresh", "webhook": "SettledByWebhook"},
    ),
    "WebhookLateInAWeekAlarm": (7 * DAY, 3, {"refreshed": "SettledByRefresh", "webhook": "SettledByWebhook"}),
}
"""The period in seconds, the threshold, and the metrics by their ids."""

QUEUES = {
    "letters": "PendingPaymentsDeadLetterQueue.QueueName",
    "waiting": "PendingPaymentsQueue.QueueName",
    "age": "PendingPaymentsQueue.QueueName",
}


@pytest.mark.parametrize("alarm", ALARMS)
def test_alarm_rests_on_its_numbers_over_its_period(deployed: Template, alarm: str) -> None:
    properties = deployed.properties(alarm)
    period, threshold, metrics = ALARMS[alarm]
    numbers = {it["Id"]: it for it in properties["Metrics"] if "MetricStat" in it}
    assert {name: it["MetricStat"]["Metric"]["MetricName"] for name, it in numbers.items()} == metrics
    for name, it in numbers.items():
        metric = it["MetricStat"]["Metric"]
        (dimension,) = metric["Dimensions"]
        if name in QUEUES:
            assert (metric["Namespace"], target(dimension["Value"])) == ("AWS/SQS", QUEUES[name])
        else:
            assert (target(metric["Namespace"]), dimension["Value"]) == (OWN, "payment-refresh")
        assert it["MetricStat"]["Period"] == period
        assert it["ReturnData"] is False  # an alarm may have one number that counts
    assert properties["Threshold"] == threshold
    assert properties["EvaluationPeriods"] == (5 if alarm == "QueueAgeAlarm" else 1)


@pytest.mark.parametrize(
    ("alarm", "values", "counted"),
    [
        ("WebhookLateAlarm", (None, None, None), 0),
        ("WebhookLateAlarm", (None, 2, 90), 0),  # some webhooks are always lost
        ("WebhookLateAlarm", (4, 4, 70), 4),  # but not by so much
        ("WebhookLateAlarm", (3, 7, 110), 0),  # a quarter of a day of 500 orders, in which many paid slowly
        ("WebhookLateAlarm", (40, 40, 1250), 0),  # the same of a large shop
        ("WebhookLateAlarm", (70, 70, 1250), 70),
        ("WebhookLateAlarm", (None, 5, None), 5),  # a quick refresh hides that no webhook comes at all
        ("WebhookLateAlarm", (3, 5, 1), 5),  # the three are among the five
        ("WebhookLateAlarm", (None, 5, 5), 0),
        ("WebhookLateAlarm", (None, None, 7), 0),
        ("WebhookLateInAWeekAlarm", (None, None), 0),
        ("WebhookLateInAWeekAlarm", (3, 2), 3),
        ("WebhookLateInAWeekAlarm", (3, 3), 0),
        ("WebhookLateInAWeekAlarm", (3, None), 3),
        ("DeadLettersAlarm", (None, None), 0),
        ("DeadLettersAlarm", (0, 1), 1),  # the letter has expired, the row has not
        ("DeadLettersAlarm", (2, None), 2),
        ("QueueAgeAlarm", (None, None), 0),
        ("QueueAgeAlarm", (0, 1440), 0),  # one message that fails twice is out of sight
        ("QueueAgeAlarm", (3, 1440), 1440),
        ("MayNotUpdateAlarm", (None, None, 7), 0),
        ("MayNotUpdateAlarm", (2, 2, 4), 2),
        ("MayNotUpdateAlarm", (3, 2, 6), 0),  # another one was answered: the role has the right
        ("RefreshesRefusedAlarm", (None, None), 0),
        ("RefreshesRefusedAlarm", (3, 3), 3),
        ("RefreshesRefusedAlarm", (3, 4), 0),  # another one was answered: it is that payment's own trouble
        ("RefreshesRefusedAlarm", (None, 9), 0),
    ],
)
def test_expressions_count_what_the_alarm_is_about(
    deployed: Template, alarm: str, values: tuple[Value, ...], counted: float
) -> None:
    """CloudWatch's functions are stood in for; that it takes the expressions, only AWS can show."""
    properties = deployed.properties(alarm)
    known: dict[str, Value] = dict(zip(ALARMS[alarm][2], values, strict=True))
    for it in reversed(properties["Metrics"]):  # what an expression needs stands below it
        if "Expression" in it:
            known[it["Id"]] = evaluate(it["Expression"], known)
    (result,) = (it["Id"] for it in properties["Metrics"] if it["ReturnData"])
    assert known[result] == counted


@pytest.mark.parametrize("alarm", ["WebhookLateAlarm", "WebhookLateInAWeekAlarm"])
def test_alarm_on_the_gateways_webhook_says_where_to_look(deployed: Template, alarm: str) -> None:
    description: Properties = deployed.properties(alarm)["AlarmDescription"]
    assert "Stripe: Developers > Webhooks" in description
    assert "https://core.commercelayer.co/webhook_callbacks/" in description
