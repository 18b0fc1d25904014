"""The outputs: values that a person or a script needs after a deployment."""

from __future__ import annotations

from tests.template.model import Template, target

OUTPUTS = {
    "Mode": "Mode",
    "WebhookUrl": "OrderEventsUrl.FunctionUrl",
    "PendingPaymentsQueueUrl": "PendingPaymentsQueue",
    "PendingPaymentsQueueArn": "PendingPaymentsQueue.Arn",
    "DeadLetterQueueUrl": "PendingPaymentsDeadLetterQueue",
    "DeadLetterQueueArn": "PendingPaymentsDeadLetterQueue.Arn",
    "AsyncFailuresQueueUrl": "AsyncFailuresQueue",
    "OutcomeBusName": "OutcomeBusName",
    "DiscoverFunctionName": "Discover",
    "DigestFunctionName": "Digest",
    "StateTableName": "StateTable",
    "DashboardName": "Dashboard",
    "RedriveCommand": (
        "aws sqs start-message-move-task --region ${AWS::Region}"
        " --source-arn ${PendingPaymentsDeadLetterQueue.Arn} --destination-arn ${PendingPaymentsQueue.Arn}"
    ),
}


def test_the_outputs(deployed: Template) -> None:
    assert {name: target(it["Value"]) for name, it in deployed.body["Outputs"].items()} == OUTPUTS


def test_every_output_explains_itself(deployed: Template) -> None:
    for output in deployed.body["Outputs"].values():
        assert output["Description"]


def test_no_output_collides_with_another_stacks(deployed: Template) -> None:
    for output in deployed.body["Outputs"].values():
        assert "Export" not in output


def test_only_a_stack_that_takes_webhooks_has_a_url_for_them(deployed: Template) -> None:
    resources = deployed.body["Resources"]
    parts = ["OrderEventsUrl", "OrderEventsUrlPermission", "OrderEventsInvokePermission"]
    assert [resources[name]["Condition"] for name in parts] == ["TakesWebhooks"] * 3
    assert deployed.body["Outputs"]["WebhookUrl"]["Condition"] == "TakesWebhooks"
    variable = deployed.properties("Discover")["Environment"]["Variables"]["WEBHOOK_URL"]
    assert variable == {"Fn::If": ["TakesWebhooks", {"Fn::GetAtt": ["OrderEventsUrl", "FunctionUrl"]}, ""]}
