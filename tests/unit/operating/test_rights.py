"""The right that a call takes, as a policy names it."""

from __future__ import annotations

from typing import Any

import pytest

from payrefresh.adapters.rights import action_of, resource_of


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("dynamodb", "GetItem", "dynamodb:GetItem"),
        ("sqs", "SendMessageBatch", "sqs:SendMessage"),
        ("monitoring", "GetMetricData", "cloudwatch:GetMetricData"),
        ("lambda", "Invoke", "lambda:InvokeFunction"),
    ],
)
def test_action_is_called_as_policies_call_it(service: str, operation: str, action: str) -> None:
    assert action_of(service, operation) == action


@pytest.mark.parametrize(
    ("action", "params", "resource"),
    [
        ("dynamodb:Scan", {"TableName": "t"}, "arn:aws:dynamodb:eu-west-1:*:table/t"),
        ("dynamodb:Query", {"TableName": "t", "IndexName": "i"}, "arn:aws:dynamodb:eu-west-1:*:table/t/index/i"),
        ("dynamodb:BatchGetItem", {"RequestItems": {"t": {}}}, "arn:aws:dynamodb:eu-west-1:*:table/t"),
        ("sqs:SendMessage", {"QueueUrl": "https://sqs.x/123/q"}, "arn:aws:sqs:eu-west-1:123:q"),
        ("cloudformation:DescribeStacks", {"StackName": "s"}, "arn:aws:cloudformation:eu-west-1:*:stack/s/*"),
        ("secretsmanager:GetSecretValue", {"SecretId": "arn:aws:x:a-1"}, "arn:aws:x:a-1"),
        ("secretsmanager:GetSecretValue", {"SecretId": "a"}, "arn:aws:secretsmanager:eu-west-1:*:secret:a-*"),
        ("scheduler:GetSchedule", {"Name": "n"}, "arn:aws:scheduler:eu-west-1:*:schedule/default/n"),
        ("logs:FilterLogEvents", {"logGroupName": "/g"}, "arn:aws:logs:eu-west-1:*:log-group:/g:*"),
        ("sns:Publish", {"TopicArn": "arn:aws:sns:eu-west-1:1:t"}, "arn:aws:sns:eu-west-1:1:t"),
        ("cloudwatch:ListMetrics", {"Namespace": "n"}, "*"),
    ],
)  # fmt: skip
def test_resource_is_that_which_the_parameters_name(action: str, params: dict[str, Any], resource: str) -> None:
    assert resource_of(action, params, "aws:{}:eu-west-1") == resource
