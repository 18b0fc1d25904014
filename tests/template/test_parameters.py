"""The parameters: each explains itself and refuses what cannot be right."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.template.conftest import ROOT
from tests.template.model import Template, load

PARAMETERS: dict[str, dict[str, Any]] = load(ROOT / "template.yaml").body["Parameters"]
TEXTS = sorted(name for name, it in PARAMETERS.items() if it["Type"] == "String")
NUMBERS = sorted(name for name, it in PARAMETERS.items() if it["Type"] == "Number")

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:payment-refresh/api"
DURATION = (
    ["60s", "15m", "24h", "20d", "9999999s", "99999h", "999d"],
    ["99999999s", "100000h", "1000d", "", "0s", "1.5h", "60", "1w", "-1m", "1h30m", "10 m", "10M"],
)
DURATIONS = (["45m", "45m,24h", "45m,24h,7d,14d"], ["", "45m,", ",45m", "45m, 24h", "45m;24h", "0m"])
EMPTY_OR_DURATION = (["", *DURATION[0]], [it for it in DURATION[1] if it])
GROWTH = (["0.05", "1.0", "1", "12.5"], ["", "0", "0.0", "-1", ".5", "1.", "1,5", "5%"])
SECRETS = (
    [f"{SECRET}-AbCdEf", SECRET.replace("aws", "aws-cn", 1) + "-123456", f"{SECRET}_x+y=z.a@b-AbCdEf"],
    ["", SECRET, "payment-refresh/api-AbCdEf", f"{SECRET}-AbCdEf:client_id::", "arn:aws:s3:::bucket-AbCdEf"],
)

EXAMPLES = {
    "CommerceLayerBaseUrl": (
        ["https://your-org.commercelayer.io", "http://127.0.0.1:8080", "http://localhost"],
        [
            "",
            "your-org.commercelayer.io",
            "https://your-org.commercelayer.io/",
            "https://your-org.commercelayer.io/api",
            "http://your-org.commercelayer.io",
            "http://127.0.0.1.example.com",
            "https://localhost",
        ],
    ),
    "CommerceLayerAuthUrl": (
        ["https://auth.commercelayer.io/oauth/token", "http://127.0.0.1:8080/oauth/token"],
        [
            "https://auth.commercelayer.io",
            "http://auth.commercelayer.io/oauth/token",
            "auth.commercelayer.io/oauth/token",
        ],
    ),
    "CommerceLayerOrganization": (
        ["", "your-org", "org1"],
        ["Your Org", "your_org", "-org", "your-org.commercelayer.io"],
    ),
    "CommerceLayerMode": (["live", "test"], ["", "Live", "production"]),
    "CommerceLayerApiVersion": (["", "2017-08"], ["2026-05", "2017-8", "v1", "/2017-08"]),
    "ApiSecretArn": SECRETS,
    "WebhookSecretArn": SECRETS,
    "Mode": (["refresh", "observe"], ["", "dry-run"]),
    "ActOnOrdersAfter": (
        ["", "2026-01-31T00:00:00Z"],
        [
            "2026-01-31",
            "2026-01-31T00:00:00",
            "2026-01-31T00:00:00+01:00",
            "2026-13-01T00:00:00Z",
            "31.01.2026",
            "2026-02-30T00:00:00Z",
        ],
    ),
    "RefreshCancelled": (["safe", "true", "false"], ["", "Safe", "always"]),
    "CallsPerMinute": (["0", "10", "99", "100", "180"], ["", "1", "9", "181", "1000", "50.5", "-10"]),
    "RetentionDays": (["35", "99", "365", "3650"], ["", "34", "3651", "35.5", "9999"]),
    "FirstCheckAfter": DURATION,
    "GiveUpAfter": DURATION,
    "GiveUpGrace": DURATION,
    "CheckCapIdle": DURATION,
    "CheckCapBusy": DURATION,
    "GrowthIdle": GROWTH,
    "GrowthBusy": GROWTH,
    "CartCheckAges": DURATIONS,
    "CancelledCheckAges": DURATIONS,
    "ReplacedCheckAges": DURATIONS,
    "UnplacedAfter": DURATION,
    "MissingAfter": DURATION,
    "DiscoverCarts": (["true", "false"], ["", "yes", "True"]),
    "DiscoverAfter": DURATION,
    "DiscoverWindow": EMPTY_OR_DURATION,
    "DiscoverCartWindow": DURATION,
    "TakeWebhooks": (["true", "false"], ["", "no", "True"]),
    "OutcomeBusName": (
        ["default", "payments", "Shop.payments_2-live"],
        ["", "two words", "arn:aws:events:eu-west-1:123456789012:event-bus/payments", "aws.partner/example.com/a"],
    ),
    "OrderEventsBusName": (
        ["", "default", "orders", "aws.partner/example.com/your-org"],
        ["two words", "arn:aws:events:eu-west-1:123456789012:event-bus/orders", "orders*"],
    ),
    "OrderEventsSource": (
        ["", "com.example.orders", "aws.partner/example.com*", "*orders", "com.*.orders", "urn:shop"],
        ["*", "**", "com.example**", "two words", '"quoted"', "back\\slash", "[]"],
    ),
    "PermissionsBoundaryArn": (
        ["", "arn:aws:iam::123456789012:policy/boundary", "arn:aws:iam::aws:policy/PowerUserAccess"],
        ["boundary", "arn:aws:iam::123456789012:role/boundary"],
    ),
    "SecretsKmsKeyArn": (
        ["", "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"],
        ["alias/mine", "arn:aws:kms:eu-west-1:123456789012:alias/mine"],
    ),
    "WebhookLateAfter": DURATION,
    "ClaimLease": DURATION,
    "DeletionProtection": (["true", "false"], ["", "yes", "True"]),
    "LogLevel": (["DEBUG", "INFO"], ["", "info", "WARN", "ERROR"]),
    "DeadLetterMail": (["digest", "each"], ["", "Each", "all"]),
    "DigestTimezone": (
        ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+1"],
        ["", "+01:00", "Europe/", "Europe Berlin", "Europe/Berlin)"],
    ),
    "DigestOnQuietDays": (["true", "false"], ["", "yes", "True"]),
    "AlarmTopicArn": (
        ["", "arn:aws:sns:eu-west-1:123456789012:alarms", "arn:aws-cn:sns:cn-north-1:123456789012:Pager_1"],
        ["alarms", "arn:aws:sqs:eu-west-1:123456789012:alarms", "arn:aws:sns:eu-west-1:1:alarms"],
    ),
    "AlarmEmail": (
        ["", "payments@example.com"],
        ["payments", "a@b", "a@example.com,b@example.com extra", "@example.com"],
    ),
}

DEFAULTS = {
    "CommerceLayerAuthUrl": "https://auth.commercelayer.io/oauth/token",
    "CommerceLayerOrganization": "",
    "CommerceLayerMode": "live",
    "CommerceLayerApiVersion": "",
    "Mode": "refresh",
    "ActOnOrdersAfter": "",
    "RefreshCancelled": "safe",
    "CallsPerMinute": "0",
    "FirstCheckAfter": "60s",
    "GiveUpAfter": "24d",
    "GiveUpGrace": "1d",
    "CheckCapIdle": "30m",
    "CheckCapBusy": "24h",
    "GrowthIdle": "0.05",
    "GrowthBusy": "0.7",
    "CartCheckAges": "45m,24h,10d",
    "CancelledCheckAges": "1h,1d,7d,14d",
    "ReplacedCheckAges": "5m,1h,1d,7d",
    "UnplacedAfter": "15m",
    "MissingAfter": "1h",
    "DiscoverCarts": "true",
    "DiscoverAfter": "30m",
    "DiscoverWindow": "",
    "DiscoverCartWindow": "48h",
    "TakeWebhooks": "true",
    "OutcomeBusName": "default",
    "OrderEventsBusName": "",
    "OrderEventsSource": "",
    "RetentionDays": "35",
    "DeletionProtection": "true",
    "LogLevel": "INFO",
    "LogRetentionDays": 30,
    "AlarmEmail": "",
    "AlarmTopicArn": "",
    "DeadLetterMail": "digest",
    "DigestHour": 6,
    "DigestTimezone": "UTC",
    "DigestOnQuietDays": "false",
    "WebhookLateAfter": "10m",
    "WebhookLateCount": 3,
    "VpcSubnetIds": "",
    "VpcSecurityGroupIds": "",
    "PermissionsBoundaryArn": "",
    "SecretsKmsKeyArn": "",
    "WebhookConcurrency": 0,
    "ClaimLease": "10m",
}


def takes(name: str, value: str) -> bool:
    """Whether CloudFormation takes the value for a text parameter."""
    parameter = PARAMETERS[name]
    if "AllowedValues" in parameter:
        return value in parameter["AllowedValues"]
    return re.fullmatch(parameter["AllowedPattern"], value) is not None


def test_every_text_has_examples() -> None:
    assert EXAMPLES.keys() == set(TEXTS)


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_takes_what_is_right(name: str) -> None:
    right, _ = EXAMPLES[name]
    assert [value for value in right if not takes(name, value)] == []


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_refuses_what_is_wrong(name: str) -> None:
    _, wrong = EXAMPLES[name]
    assert [value for value in wrong if takes(name, value)] == []


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_has_bounds(name: str) -> None:
    parameter = PARAMETERS[name]
    assert "AllowedValues" in parameter or {"MinValue", "MaxValue"} <= parameter.keys()


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_explains_itself(name: str) -> None:
    parameter = PARAMETERS[name]
    assert parameter["Description"].endswith((".", "Z", "https://your-org.commercelayer.io"))
    assert parameter["ConstraintDescription"].startswith("must be ")  # CloudFormation puts the name before it


def test_the_defaults_are_the_documented_ones() -> None:
    assert {name: it["Default"] for name, it in PARAMETERS.items() if "Default" in it} == DEFAULTS


def test_what_only_the_merchant_knows_has_no_default() -> None:
    assert PARAMETERS.keys() - DEFAULTS.keys() == {"CommerceLayerBaseUrl", "ApiSecretArn", "WebhookSecretArn"}


@pytest.mark.parametrize("name", sorted(DEFAULTS.keys() & set(TEXTS)))
def test_a_default_is_taken(name: str) -> None:
    assert takes(name, PARAMETERS[name]["Default"])


@pytest.mark.parametrize("name", sorted(DEFAULTS.keys() & set(NUMBERS)))
def test_a_default_is_within_bounds(name: str) -> None:
    parameter = PARAMETERS[name]
    if "AllowedValues" in parameter:
        assert parameter["Default"] in parameter["AllowedValues"]
    else:
        assert parameter["MinValue"] <= parameter["Default"] <= parameter["MaxValue"]


def test_the_numbers_bounds() -> None:
    bounds = {name: (it["MinValue"], it["MaxValue"]) for name, it in PARAMETERS.items() if "MinValue" in it}
    assert bounds == {"WebhookLateCount": (1, 10000), "WebhookConcurrency": (0, 1000), "DigestHour": (0, 23)}


def test_test_mode_has_half_the_calls(source: Template) -> None:
    rule = source.body["Rules"]["TestModeHasHalfTheCalls"]
    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "CommerceLayerMode"}, "test"]}
    (assertion,) = rule["Assertions"]
    allowed, parameter = assertion["Assert"]["Fn::Contains"]
    assert allowed == ["0", *[str(calls) for calls in range(10, 91)]]
    assert parameter == {"Ref": "CallsPerMinute"}


def test_a_bus_has_a_source(source: Template) -> None:
    """Without a source, the rule would match nothing, and nobody would notice."""
    rule = source.body["Rules"]["BusHasASource"]
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "OrderEventsBusName"}, ""]}]}
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "OrderEventsSource"}, ""]}]}


def test_stack_that_takes_no_webhooks_has_a_bus_for_order_events(source: Template) -> None:
    rule = source.body["Rules"]["OrderEventsComeSomehow"]
    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "TakeWebhooks"}, "false"]}
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "OrderEventsBusName"}, ""]}]}


def test_every_parameter_is_in_one_group(source: Template) -> None:
    groups = source.body["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert [it["Label"]["default"] for it in groups] == [
        "Commerce Layer",
        "What it may do",
        "Check schedule",
        "Finding orders without events",
        "Events in and out",
        "Retention and alarms",
        "This account",
        "Tuning",
    ]
    assert sorted(name for it in groups for name in it["Parameters"]) == sorted(PARAMETERS)
