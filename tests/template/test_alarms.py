"""The alarms: each on the right number, and each tells a person what to do."""

from __future__ import annotations

import pytest

from tests.template.model import Template, target

OWN = "PaymentRefresh/${AWS::StackName}"
ALARMS = {
    "DeadLettersAlarm": (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "PendingPaymentsDeadLetterQueue.QueueName",
    ),
    "AsyncFailuresAlarm": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "AsyncFailuresQueue.QueueName"),
    "QueueAgeAlarm": ("AWS/SQS", "ApproximateAgeOfOldestMessage", "PendingPaymentsQueue.QueueName"),
    "OverdueAlarm": (OWN, "OldestOverdueSeconds", "payment-refresh"),
    "CredentialsRefusedAlarm": (OWN, "CredentialsRefused", "payment-refresh"),
    "PermissionMissingAlarm": (OWN, "PermissionMissing", "payment-refresh"),
    "MostlyMissingAlarm": (OWN, "MostlyMissing", "payment-refresh"),
    "UnansweredAlarm": (OWN, "Unanswered", "payment-refresh"),
    "OrderEventsFaultsAlarm": ("AWS/Lambda", "Url5xxCount", "OrderEvents"),
    "OrderEventsErrorsAlarm": ("AWS/Lambda", "Errors", "OrderEvents"),
    "OrderEventsThrottlesAlarm": ("AWS/Lambda", "Throttles", "OrderEvents"),
    "SweepErrorsAlarm": ("AWS/Lambda", "Errors", "Sweep"),
    "SweepThrottlesAlarm": ("AWS/Lambda", "Throttles", "Sweep"),
    "RefreshErrorsAlarm": ("AWS/Lambda", "Errors", "Refresh"),
    "RefreshThrottlesAlarm": ("AWS/Lambda", "Throttles", "Refresh"),
}
DIMENSIONS = {"AWS/SQS": "QueueName", "AWS/Lambda": "FunctionName", OWN: "service"}


def test_there_are_no_other_alarms(deployed: Template) -> None:
    assert deployed.of_type("AWS::CloudWatch::Alarm").keys() == ALARMS.keys()


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


@pytest.mark.parametrize("alarm", sorted(ALARMS.keys() - {"QueueAgeAlarm", "OverdueAlarm", "UnansweredAlarm"}))
def test_one_is_too_many(deployed: Template, alarm: str) -> None:
    properties = deployed.properties(alarm)
    assert properties["Threshold"] == 0
    assert properties["EvaluationPeriods"] == 1
    assert properties["Statistic"] == ("Maximum" if properties["Namespace"] == "AWS/SQS" else "Sum")


@pytest.mark.parametrize("alarm", ["QueueAgeAlarm", "OverdueAlarm"])
def test_what_waits_may_wait_a_quarter_of_an_hour(deployed: Template, alarm: str) -> None:
    properties = deployed.properties(alarm)
    assert (properties["Threshold"], properties["Statistic"]) == (15 * 60, "Maximum")


def test_an_outage_may_last_an_hour(deployed: Template) -> None:
    """One unanswered call is nothing; tries are up to 15 minutes apart, so one period of four may be empty."""
    properties = deployed.properties("UnansweredAlarm")
    periods = (properties["Period"], properties["EvaluationPeriods"], properties["DatapointsToAlarm"])
    assert periods == (900, 4, 3)
    assert (properties["Threshold"], properties["Statistic"]) == (0, "Sum")


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_tells_what_happened_and_what_to_do(deployed: Template, alarm: str) -> None:
    description = deployed.properties(alarm)["AlarmDescription"]
    assert description.count(". ") >= 1  # at least two sentences
    assert len(description) <= 1024  # CloudWatch's limit


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_reaches_the_given_address(deployed: Template, alarm: str) -> None:
    send = {"Fn::If": ["SendsAlarms", [{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"}]}
    assert deployed.properties(alarm)["AlarmActions"] == send


def test_alarms_are_sent_only_where_an_address_is_given(deployed: Template) -> None:
    topic = deployed.resource("AlarmTopic")
    assert topic["Condition"] == "SendsAlarms"
    assert topic["Properties"]["Subscription"] == [{"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}]
    assert deployed.body["Conditions"]["SendsAlarms"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmEmail"}, ""]}],
    }


def test_alarms_may_publish_to_the_topic(deployed: Template) -> None:
    """Under the key alias/aws/sns, CloudWatch could not."""
    assert "KmsMasterKeyId" not in deployed.properties("AlarmTopic")


@pytest.mark.parametrize("alarm", ALARMS)
def test_silence_is_an_alarm_only_for_the_sweep(deployed: Template, alarm: str) -> None:
    """A stopped sweep reports nothing; everything else is silent when nothing is wrong."""
    expected = "breaching" if alarm == "OverdueAlarm" else "notBreaching"
    assert deployed.properties(alarm)["TreatMissingData"] == expected


@pytest.mark.parametrize("alarm", sorted(name for name, (namespace, _, _) in ALARMS.items() if namespace == OWN))
def test_own_metrics_are_looked_for_where_they_are_written(deployed: Template, alarm: str) -> None:
    properties = deployed.properties(alarm)
    for function in ("Sweep", "Refresh"):
        variables = deployed.properties(function)["Environment"]["Variables"]
        assert properties["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
        assert properties["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]
