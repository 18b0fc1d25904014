"""The functions: their code, environment, logs and the public URL."""

from __future__ import annotations

import pytest

from tests.template.model import Template, target

TIMEOUTS = {"OrderEvents": 10, "Discover": 300, "Sweep": 60, "Refresh": 120, "Digest": 120}
CODE = {
    "OrderEvents": "order_events",
    "Discover": "discover",
    "Sweep": "sweep",
    "Refresh": "refresh",
    "Digest": "digest",
}
NAMES = CODE | {"OrderEvents": "order-events"}

COMMON = {
    "STACK_NAME": "AWS::StackName",
    "POWERTOOLS_SERVICE_NAME": "payment-refresh",
    "POWERTOOLS_METRICS_NAMESPACE": "PaymentRefresh/${AWS::StackName}",
    "STATE_TABLE_NAME": "StateTable",
    "FIRST_CHECK_AFTER": "FirstCheckAfter",
    "GIVE_UP_AFTER": "GiveUpAfter",
    "GIVE_UP_GRACE": "GiveUpGrace",
    "CHECK_CAP_IDLE": "CheckCapIdle",
    "CHECK_CAP_BUSY": "CheckCapBusy",
    "GROWTH_IDLE": "GrowthIdle",
    "GROWTH_BUSY": "GrowthBusy",
    "CART_CHECK_AGES": "CartCheckAges",
    "CANCELLED_CHECK_AGES": "CancelledCheckAges",
    "REPLACED_CHECK_AGES": "ReplacedCheckAges",
    "REFRESH_CANCELLED": "RefreshCancelled",
    "UNPLACED_AFTER": "UnplacedAfter",
    "MISSING_AFTER": "MissingAfter",
    "WEBHOOK_LATE_AFTER": "WebhookLateAfter",
    "RETENTION_DAYS": "RetentionDays",
    "DISCOVER_CARTS": "DiscoverCarts",
    "DISCOVER_AFTER": "DiscoverAfter",
    "DISCOVER_WINDOW": "DiscoverWindow",
    "DISCOVER_CART_WINDOW": "DiscoverCartWindow",
}

API = {
    "COMMERCE_LAYER_BASE_URL": "CommerceLayerBaseUrl",
    "COMMERCE_LAYER_AUTH_URL": "CommerceLayerAuthUrl",
    "COMMERCE_LAYER_ORGANIZATION": "CommerceLayerOrganization",
    "COMMERCE_LAYER_MODE": "CommerceLayerMode",
    "COMMERCE_LAYER_API_VERSION": "CommerceLayerApiVersion",
    "API_SECRET_ARN": "ApiSecretArn",
    "CALLS_PER_MINUTE": "CallsPerMinute",
}

ENVIRONMENT = {
    "OrderEvents": COMMON | {"WEBHOOK_SECRET_ARN": "WebhookSecretArn"},
    "Discover": COMMON
    | API
    | {"WEBHOOK_URL": "OrderEventsUrl.FunctionUrl", "ORDER_EVENTS_BUS_NAME": "OrderEventsBusName"},
    "Sweep": COMMON
    | {
        "PENDING_QUEUE_URL": "PendingPaymentsQueue",
        "CLAIM_LEASE": "ClaimLease",
        "MODE": "Mode",
        "COMMERCE_LAYER_MODE": "CommerceLayerMode",
        "CALLS_PER_MINUTE": "CallsPerMinute",
    },
    "Refresh": COMMON
    | API
    | {
        "MODE": "Mode",
        "ACT_ON_ORDERS_AFTER": "ActOnOrdersAfter",
        "CLAIM_LEASE": "ClaimLease",
        "DEAD_LETTER_QUEUE_URL": "PendingPaymentsDeadLetterQueue",
        "OUTCOME_BUS_NAME": "OutcomeBusName",
    },
    "Digest": COMMON
    | {
        "COMMERCE_LAYER_BASE_URL": "CommerceLayerBaseUrl",
        "COMMERCE_LAYER_ORGANIZATION": "CommerceLayerOrganization",
        "COMMERCE_LAYER_MODE": "CommerceLayerMode",
        "MODE": "Mode",
        "OUTCOME_BUS_NAME": "OutcomeBusName",
        "DEAD_LETTER_QUEUE_URL": "PendingPaymentsDeadLetterQueue",
        "ASYNC_FAILURES_QUEUE_URL": "AsyncFailuresQueue",
        "ALARM_TOPIC_ARN": "AlarmTopic",
        "DIGEST_ON_QUIET_DAYS": "DigestOnQuietDays",
    },
}


def test_there_are_the_five_functions_and_no_others(deployed: Template) -> None:
    assert deployed.of_type("AWS::Lambda::Function").keys() == ENVIRONMENT.keys()


@pytest.mark.parametrize("function", ENVIRONMENT)
def test_a_function_gets_exactly_its_variables(deployed: Template, function: str) -> None:
    variables = deployed.properties(function)["Environment"]["Variables"]
    assert {name: target(value) for name, value in variables.items()} == ENVIRONMENT[function]


@pytest.mark.parametrize("function", TIMEOUTS)
def test_a_function_runs_python_3_13_on_arm(deployed: Template, function: str) -> None:
    properties = deployed.properties(function)
    assert properties["Runtime"] == "python3.13"
    assert properties["Architectures"] == ["arm64"]
    assert properties["Handler"] == "app.handler"
    assert properties["Timeout"] == TIMEOUTS[function]
    assert target(properties["FunctionName"]) == f"${{AWS::StackName}}-{NAMES[function]}"


@pytest.mark.parametrize("function", CODE)
def test_a_function_has_its_folder(source: Template, function: str) -> None:
    assert source.properties(function)["CodeUri"] == f"functions/{CODE[function]}"


@pytest.mark.parametrize("function", TIMEOUTS)
def test_a_function_has_the_one_layer(deployed: Template, function: str) -> None:
    (layer,) = deployed.of_type("AWS::Lambda::LayerVersion")
    assert deployed.properties(function)["Layers"] == [{"Ref": layer}]


def test_a_change_of_the_layer_alone_reaches_the_functions(source: Template, deployed: Template) -> None:
    """An alias would stay on a version with the old layer; without one, queue and schedule run what is newest."""
    globals_ = source.body["Globals"]["Function"]
    for function in [globals_, *source.of_type("AWS::Serverless::Function").values()]:
        assert not [name for name in function if name.startswith("AutoPublish")]
    assert not deployed.of_type("AWS::Lambda::Alias", "AWS::Lambda::Version")
    (mapping,) = deployed.of_type("AWS::Lambda::EventSourceMapping").values()
    assert target(mapping["FunctionName"]) == "Refresh"
    schedules = deployed.of_type("AWS::Scheduler::Schedule").values()
    assert {target(it["Target"]["Arn"]) for it in schedules} == {"Discover.Arn", "Sweep.Arn", "Digest.Arn"}


def test_nothing_is_deployed_gradually(source: Template, deployed: Template) -> None:
    """``DeploymentPreference`` needs an alias, and its ``Enabled: !If`` is always on."""
    for function in [source.body["Globals"]["Function"], *source.of_type("AWS::Serverless::Function").values()]:
        assert "DeploymentPreference" not in function
    assert not [it for it in deployed.body["Resources"].values() if it["Type"].startswith("AWS::CodeDeploy")]


@pytest.mark.parametrize("function", TIMEOUTS)
def test_a_function_logs_json_to_its_own_group(deployed: Template, function: str) -> None:
    properties = deployed.properties(function)
    group = f"{function}LogGroup"
    assert properties["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": {"Ref": "LogLevel"},
        "LogGroup": {"Ref": group},
    }
    assert (
        target(deployed.properties(group)["LogGroupName"]) == f"/aws/lambda/{target(properties['FunctionName'])}"
    )
    assert deployed.properties(group)["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_metrics_pass_every_log_level_on_offer(source: Template) -> None:
    """Lambda takes a line without a level, as a metric is, for INFO: anything quieter would silence alarms."""
    assert source.body["Parameters"]["LogLevel"]["AllowedValues"] == ["DEBUG", "INFO"]


def test_the_webhook_url_is_public(deployed: Template) -> None:
    """AWS asks for two permissions, the second since October 2025; without either every event is answered 403."""
    (url,) = deployed.of_type("AWS::Lambda::Url").values()
    assert url == {"AuthType": "NONE", "TargetFunctionArn": {"Ref": "OrderEvents"}}
    permissions = deployed.of_type("AWS::Lambda::Permission").values()
    assert {it["Action"]: it for it in permissions if it["Principal"] == "*"} == {
        "lambda:InvokeFunctionUrl": {
            "Action": "lambda:InvokeFunctionUrl",
            "FunctionName": {"Ref": "OrderEvents"},
            "Principal": "*",
            "FunctionUrlAuthType": "NONE",
        },
        "lambda:InvokeFunction": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "OrderEvents"},
            "Principal": "*",
            "InvokedViaFunctionUrl": True,
        },
    }


def test_two_stacks_fit_in_one_account(deployed: Template) -> None:
    """A name that is not the stack's own makes the second stack fail."""
    naming = {
        "FunctionName",
        "LayerName",
        "LogGroupName",
        "QueueName",
        "TableName",
        "TopicName",
        "AlarmName",
        "Name",
    }
    own = {"AWS::Lambda::Function", "AWS::Lambda::LayerVersion", "AWS::Logs::LogGroup"}
    for resource in deployed.body["Resources"].values():
        for name in naming & resource.get("Properties", {}).keys():
            if name == "FunctionName" and resource["Type"] not in own:
                continue  # there it refers to the function
            assert "${AWS::StackName}" in target(resource["Properties"][name]), resource["Type"]
