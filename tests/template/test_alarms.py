"""The alarms: each is on the right number, and its description says what to do."""

from __future__ import annotations

import pytest

from payment_refresh.metrics import Metric
from tests.template.model import Template, target

OWN = "PaymentRefresh/${AWS::StackName}"
ALARMS = {
    "UrgentOutcomesAlarm": (OWN, "UrgentOutcomes", "payment-refresh"),
    "AsyncFailuresAlarm": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "AsyncFailuresQueue.QueueName"),
    "NewDeadLettersAlarm": (OWN, "DeadLettered", "payment-refresh"),
    "OverdueAlarm": (OWN, "OldestOverdueSeconds", "payment-refresh"),
    "CredentialsRefusedAlarm": (OWN, "CredentialsRefused", "payment-refresh"),
    "MayNotReadAlarm": (OWN, "MayNotRead", "payment-refresh"),
    "MostlyMissingAlarm": (OWN, "MostlyMissing", "payment-refresh"),
    "UnansweredAlarm": (OWN, "NoAnswer", "payment-refresh"),
    "OutcomesOwedAlarm": (OWN, "OutboxPending", "payment-refresh"),
    "DiscoverAgeAlarm": (OWN, "DiscoverAgeSeconds", "payment-refresh"),
    "WebhookCircuitAlarm": (OWN, "WebhookCircuitsOpen", "payment-refresh"),
    "WebhooksUnregisteredAlarm": (OWN, "WebhooksUnregistered", "payment-refresh"),
    "WebhookFailuresAlarm": (OWN, "WebhookFailures", "payment-refresh"),
    "RefusedSignaturesAlarm": (OWN, "RefusedSignatures", "payment-refresh"),
    "HealthUnknownAlarm": (OWN, "HealthUnknown", "payment-refresh"),
    "FellBackToObserveAlarm": (OWN, "FellBackToObserve", "payment-refresh"),
    "SettingsUnreadableAlarm": (OWN, "SettingsUnreadable", "payment-refresh"),
    "GatewayWebhookAlarm": (OWN, "GatewaysWithoutWebhook", "payment-refresh"),
    "OrderEventsFaultsAlarm": ("AWS/Lambda", "Url5xxCount", "OrderEvents"),
    "OrderEventsErrorsAlarm": ("AWS/Lambda", "Errors", "OrderEvents"),
    "OrderEventsThrottlesAlarm": ("AWS/Lambda", "Throttles", "OrderEvents"),
    "DiscoverErrorsAlarm": ("AWS/Lambda", "Errors", "Discover"),
    "DiscoverThrottlesAlarm": ("AWS/Lambda", "Throttles", "Discover"),
    "SweepErrorsAlarm": ("AWS/Lambda", "Errors", "Sweep"),
    "SweepThrottlesAlarm": ("AWS/Lambda", "Throttles", "Sweep"),
    "RefreshErrorsAlarm": ("AWS/Lambda", "Errors", "Refresh"),
    "RefreshThrottlesAlarm": ("AWS/Lambda", "Throttles", "Refresh"),
}
ALL_ALARMS = [
    *ALARMS,
    "DeadLettersAlarm",
    "MayNotUpdateAlarm",
    "QueueAgeAlarm",
    "RefreshesRefusedAlarm",
    "WebhookLateAlarm",
    "WebhookLateInAWeekAlarm",
]
"""The last six rest on more than one number: see test_math_alarms.py."""


PATIENT = {
    "MayNotReadAlarm",
    "OverdueAlarm",
    "UnansweredAlarm",
    "OutcomesOwedAlarm",
    "DiscoverAgeAlarm",
    "WebhooksUnregisteredAlarm",
    "WebhookFailuresAlarm",
    "RefusedSignaturesAlarm",
}
SILENCE_IS_AN_ALARM = {"OverdueAlarm", "DiscoverAgeAlarm"}
STATES = {
    "WebhookCircuitAlarm",
    "WebhooksUnregisteredAlarm",
    "WebhookFailuresAlarm",
    "HealthUnknownAlarm",
    "GatewayWebhookAlarm",
}
"""Findings of each run of discover, not events: to add them up would mean nothing."""

DIMENSIONS = {"AWS/SQS": "QueueName", "AWS/Lambda": "FunctionName", OWN: "service"}


def test_there_are_no_other_alarms(deployed: Template) -> None:
    assert deployed.of_type("AWS::CloudWatch::Alarm").keys() == set(ALL_ALARMS)


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_watches_its_number(deployed: Template, alarm: str) -> None:
    properties = deployed.properties(alarm)
    namespace, metric, value = ALARMS[alarm]
    assert target(properties["Namespace"]) == namespace
    assert properties["MetricName"] == metric
    (dimension,) = properties["Dimensions"]
    assert dimension["Name"] == DIMENSIONS[namespace]
    assert target(dimension["Value"]) == value
    assert properties["ComparisonOperator"] == "GreaterThanThreshold"


@pytest.mark.parametrize("alarm", sorted(ALARMS.keys() - PATIENT))
def test_one_is_too_many(deployed: Template, alarm: str) -> None:
    properties = deployed.properties(alarm)
    assert properties["Threshold"] == 0
    assert properties["EvaluationPeriods"] == 1
    is_level = properties["Namespace"] == "AWS/SQS" or alarm in STATES | {"FellBackToObserveAlarm"}
    assert properties["Statistic"] == ("Maximum" if is_level else "Sum")


@pytest.mark.parametrize("alarm", sorted(STATES))
def test_what_discover_finds_is_asked_for_as_often_as_it_runs(deployed: Template, alarm: str) -> None:
    assert deployed.properties(alarm)["Period"] == 15 * 60


def test_webhooks_may_be_missing_for_two_hours(deployed: Template) -> None:
    """So long may it take to set them up; one run of discover may be late."""
    properties = deployed.properties("WebhooksUnregisteredAlarm")
    assert (properties["Period"], properties["EvaluationPeriods"], properties["DatapointsToAlarm"]) == (900, 8, 7)
    assert (properties["Threshold"], properties["Statistic"]) == (0, "Maximum")


@pytest.mark.parametrize(
    ("alarm", "largest", "statistic"),
    [("WebhookFailuresAlarm", 9, "Maximum"), ("RefusedSignaturesAlarm", 2, "Sum")],
)
def test_deliveries_that_fail_are_no_accident_from_some_number_on(
    deployed: Template, alarm: str, largest: int, statistic: str
) -> None:
    properties = deployed.properties(alarm)
    assert (properties["Threshold"], properties["Statistic"]) == (largest, statistic)
    assert properties["EvaluationPeriods"] == 1


def test_what_is_due_may_wait_a_quarter_of_an_hour(deployed: Template) -> None:
    properties = deployed.properties("OverdueAlarm")
    assert (properties["Threshold"], properties["Statistic"]) == (15 * 60, "Maximum")


def test_a_pass_of_discover_may_be_three_hours_old(deployed: Template) -> None:
    """It may be silent for an hour: with a quarter of an hour, a run that is a little late would be an alarm."""
    properties = deployed.properties("DiscoverAgeAlarm")
    assert (properties["Threshold"], properties["Statistic"]) == (3 * 60 * 60, "Maximum")
    assert (properties["Period"], properties["EvaluationPeriods"]) == (60 * 60, 1)


def test_outcomes_may_be_unrelayed_for_half_an_hour(deployed: Template) -> None:
    """An entry that could not be sent once is sent again by itself."""
    properties = deployed.properties("OutcomesOwedAlarm")
    periods = (properties["Period"], properties["EvaluationPeriods"], properties["DatapointsToAlarm"])
    assert periods == (900, 2, 2)
    assert (properties["Threshold"], properties["Statistic"]) == (0, "Sum")


def test_an_outage_may_last_an_hour(deployed: Template) -> None:
    """One call without an answer is normal; tries are 15 minutes apart at most, so one period may be empty."""
    properties = deployed.properties("UnansweredAlarm")
    periods = (properties["Period"], properties["EvaluationPeriods"], properties["DatapointsToAlarm"])
    assert periods == (900, 4, 3)
    assert (properties["Threshold"], properties["Statistic"]) == (0, "Sum")


def test_one_payment_that_is_not_found_is_not_yet_a_missing_right(deployed: Template) -> None:
    """It may have been deleted between its look and its refresh."""
    properties = deployed.properties("MayNotReadAlarm")
    periods = (properties["Period"], properties["EvaluationPeriods"], properties["DatapointsToAlarm"])
    assert periods == (900, 4, 2)
    assert (properties["Threshold"], properties["Statistic"]) == (0, "Sum")


@pytest.mark.parametrize("alarm", ALL_ALARMS)
def test_an_alarm_shows_what_happened_and_what_to_do(deployed: Template, alarm: str) -> None:
    description = deployed.properties(alarm)["AlarmDescription"]
    assert description.count(". ") >= 1  # at least two sentences
    assert len(description) <= 1024  # CloudWatch's limit


def test_a_missing_right_is_named(deployed: Template) -> None:
    may_not = {kind: deployed.properties(f"MayNot{kind}Alarm")["AlarmDescription"] for kind in ("Update", "Read")}
    for description in may_not.values():
        for source in ("stripe_payments", "checkout_com_payments", "satispay_payments"):
            assert source in description
        assert "watches are kept" in description
    assert "permission to update" in may_not["Update"]
    for also_read in ("permission to read", "orders", "payment methods", "authorizations"):
        assert also_read in may_not["Read"]


@pytest.mark.parametrize("alarm", ALL_ALARMS)
def test_an_alarm_reaches_the_given_address(deployed: Template, alarm: str) -> None:
    topic = {"Fn::If": ["MailsAlarms", {"Ref": "AlarmTopic"}, {"Ref": "AlarmTopicArn"}]}
    condition = "RingsForEachDeadLetter" if alarm == "DeadLettersAlarm" else "SendsAlarms"
    is_made_for_it = deployed.resource(alarm).get("Condition") == "RingsForEachDeadLetter"
    send = [topic] if is_made_for_it else {"Fn::If": [condition, [topic], {"Ref": "AWS::NoValue"}]}
    assert deployed.properties(alarm)["AlarmActions"] == send
    assert deployed.properties(alarm)["OKActions"] == send  # the all-clear


def test_alarms_are_sent_only_where_an_address_is_given(deployed: Template) -> None:
    topic = deployed.resource("AlarmTopic")
    assert topic["Condition"] == "MailsAlarms"
    assert topic["Properties"]["Subscription"] == [{"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}]
    conditions = deployed.body["Conditions"]
    assert conditions["MailsAlarms"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmEmail"}, ""]}]}
    either = {"Fn::Sub": "${AlarmEmail}${AlarmTopicArn}"}
    assert conditions["SendsAlarms"] == {"Fn::Not": [{"Fn::Equals": [either, ""]}]}


def test_dead_letters_ring_each_only_where_that_is_wanted_and_somebody_listens(deployed: Template) -> None:
    each = {"Fn::Equals": [{"Ref": "DeadLetterMail"}, "each"]}
    assert deployed.body["Conditions"]["RingsForEachDeadLetter"] == {
        "Fn::And": [{"Condition": "SendsAlarms"}, each]
    }
    assert deployed.resource("NewDeadLettersAlarm")["Condition"] == "RingsForEachDeadLetter"
    assert "Condition" not in deployed.resource("DeadLettersAlarm")


def test_alarms_go_to_the_given_topic_or_to_an_address_and_not_to_both(source: Template) -> None:
    rule = source.body["Rules"]["AlarmsHaveOneTopic"]
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmTopicArn"}, ""]}]}
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "AlarmEmail"}, ""]}


def test_alarms_may_publish_to_the_topic(deployed: Template) -> None:
    """Under the key alias/aws/sns, CloudWatch could not."""
    assert "KmsMasterKeyId" not in deployed.properties("AlarmTopic")


@pytest.mark.parametrize("alarm", ALL_ALARMS)
def test_silence_is_an_alarm_only_for_what_runs_by_schedule(deployed: Template, alarm: str) -> None:
    """A stopped sweep or discover reports nothing; everything else is silent when nothing is wrong."""
    expected = "breaching" if alarm in SILENCE_IS_AN_ALARM else "notBreaching"
    assert deployed.properties(alarm)["TreatMissingData"] == expected


@pytest.mark.parametrize("alarm", sorted(name for name, (namespace, _, _) in ALARMS.items() if namespace == OWN))
def test_own_metrics_are_looked_for_where_they_are_written(deployed: Template, alarm: str) -> None:
    properties = deployed.properties(alarm)
    for function in ("OrderEvents", "Discover", "Sweep", "Refresh", "Digest"):
        variables = deployed.properties(function)["Environment"]["Variables"]
        assert properties["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
        assert properties["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]


@pytest.mark.parametrize("metric", sorted({metric for space, metric, _ in ALARMS.values() if space == OWN}))
def test_an_own_metric_is_one_we_emit(metric: str) -> None:
    """An alarm on a number that nobody writes would be silent for ever."""
    assert metric in Metric


@pytest.mark.parametrize("metric", Metric)
def test_every_metric_is_used_in_the_code(named_in_code: set[str], metric: Metric) -> None:
    assert {metric.value, f"Metric.{metric.name}"} & named_in_code
