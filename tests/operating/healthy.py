"""A healthy shop: a stack whose organization, secrets, marks, metrics and alarms are as they should be."""

from __future__ import annotations

import json
import logging
import os
import time
import uuid
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from devstack.environment import ACCESS_KEY, REGION
from devstack.organization import INCLUDED
from payment_refresh.adapters.aws import forget_clients
from payment_refresh.adapters.dynamodb.cursor import DynamoCursorTable
from payment_refresh.adapters.dynamodb.mode_mark import DynamoModeTable
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.domain.cursor import Pass
from payment_refresh.domain.deployment import RunMode
from payment_refresh.domain.listed import TOPICS
from payment_refresh.metrics import Metric
from payment_refresh.use_cases.heartbeat import record_mode
from tests.operating.hollow import deploy, secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devstack.local_aws import LocalAws
    from sandbox.config import Client
    from tests.integration.sandbox.driver import Driver
    from tests.operating.hollow import HollowStack

_LOG = logging.getLogger("healthy")


@contextmanager
def client_of(aws: LocalAws, service: str) -> Iterator[Any]:
    """A client of the account's administrator for a service that the launcher does not call."""
    session = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION)
    with closing(session.client(service, endpoint_url=aws.endpoint)) as client:  # type: ignore[call-overload]  # the stubs want literals
        yield client


@contextmanager
def as_functions(aws: LocalAws) -> Iterator[None]:
    """Let the layer's adapters work on the local AWS, as they do in the functions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        for name, value in {
            "AWS_ENDPOINT_URL": aws.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }.items():
            patch.setenv(name, value)
        forget_clients()
        yield
        forget_clients()


@dataclass(slots=True)
class Shop:
    """A stack and its organization, and what can be done to either."""

    stack: HollowStack
    driver: Driver
    topic: str
    webhooks: dict[str, Any] = field(default_factory=dict)
    """Webhooks by topic, as they were when they were registered."""
    secrets: dict[str, list[str]] = field(default_factory=dict)
    deleted: list[dict[str, Any]] = field(default_factory=list)
    """Schedules that were deleted."""

    @property
    def aws(self) -> LocalAws:
        return self.stack.aws

    def store_credentials(self, client: Client) -> None:
        self.store("ApiSecretArn", {"client_id": client.client_id, "client_secret": client.client_secret})

    def store(self, parameter: str, value: object) -> None:
        """Store a secret: a text as it is, all else as JSON."""
        text = value if isinstance(value, str) else json.dumps(value)
        self.aws.clients.secrets.put_secret_value(SecretId=self.stack.parameters[parameter], SecretString=text)

    def register(self, *topics: str) -> None:
        """Register webhooks at this stack's URL, and store their secrets."""
        for topic in topics:
            webhook = self.driver.webhook(topic, f"{self.stack.outputs['WebhookUrl']}{topic}", *INCLUDED)
            self.webhooks[topic] = webhook
            self.secrets[topic] = [webhook["attributes"]["shared_secret"]]
        self.store("WebhookSecretArn", self.secrets)

    def change_webhook(self, topic: str, **attributes: object) -> Any:
        """Change one as an integration does; returns its attributes."""
        webhook_id = self.webhooks[topic]["id"]
        data = {"type": "webhooks", "id": webhook_id, "attributes": attributes}
        answer = self.driver.write("PATCH", f"/api/webhooks/{webhook_id}", data)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["attributes"]

    def set_circuit(self, topic: str, state: str, failures: int) -> None:
        body = {"topic": topic, "circuit_state": state, "circuit_failure_count": failures}
        assert self.driver.client.put("/_sandbox/webhooks", json=body).status_code == 200

    def delete_webhook(self, topic: str) -> None:
        path = f"/api/webhooks/{self.webhooks[topic]['id']}"
        assert self.driver.client.delete(path, headers=self.driver.headers()).status_code == 204

    def pull_gateway_triggers(self, kind: str, *triggers: str) -> None:
        for gateway in self.driver.get(f"/api/{kind}").json()["data"]:
            data = {"type": kind, "id": gateway["id"], "attributes": dict.fromkeys(triggers, True)}
            assert self.driver.write("PATCH", f"/api/{kind}/{gateway['id']}", data).status_code == 200

    def set_schedule(self, logical_id: str, state: str) -> None:
        self.aws.clients.scheduler.update_schedule(**self._schedule(logical_id) | {"State": state})

    def delete_schedule(self, logical_id: str) -> None:
        self.deleted.append(self._schedule(logical_id))
        self.aws.clients.scheduler.delete_schedule(Name=self.stack.resources[logical_id])

    def restore_schedules(self) -> None:
        while self.deleted:
            self.aws.clients.scheduler.create_schedule(**self.deleted.pop())

    def _schedule(self, logical_id: str) -> dict[str, Any]:
        """A schedule as it can be written."""
        is_now: dict[str, Any] = dict(
            self.aws.clients.scheduler.get_schedule(Name=self.stack.resources[logical_id])
        )
        return {
            name: value
            for name, value in is_now.items()
            if name not in ("Arn", "CreationDate", "LastModificationDate", "ResponseMetadata")
        }

    def deploy_again(self, **parameters: str) -> None:
        """Update the stack's parameters."""
        cloudformation = self.aws.clients.cloudformation
        given: dict[str, str] = {**self.stack.parameters, **parameters}
        cloudformation.update_stack(
            StackName=self.stack.name,
            UsePreviousTemplate=True,
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        cloudformation.get_waiter("stack_update_complete").wait(
            StackName=self.stack.name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )

    def subscribe(self) -> None:
        """Let a queue get the alarms, which needs no confirmation."""
        queue = self.aws.clients.sqs.create_queue(QueueName=f"alarms-{uuid.uuid4().hex[:6]}")["QueueUrl"]
        arn = self.aws.clients.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        with client_of(self.aws, "sns") as sns:
            sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])

    def unsubscribe_all(self) -> None:
        with client_of(self.aws, "sns") as sns:
            for each in sns.list_subscriptions_by_topic(TopicArn=self.topic)["Subscriptions"]:
                sns.unsubscribe(SubscriptionArn=each["SubscriptionArn"])

    def emit(self, metric: Metric, value: float) -> None:
        """Let CloudWatch have a metric of this stack, as of now."""
        dimensions = [{"Name": "service", "Value": "payment-refresh"}]
        with client_of(self.aws, "cloudwatch") as cloudwatch:
            cloudwatch.put_metric_data(
                Namespace=f"PaymentRefresh/{self.stack.name}",
                MetricData=[{"MetricName": metric.value, "Dimensions": dimensions, "Value": value}],
            )

    def complete_passes(self, at: int) -> None:
        """Let discover have completed a pass of each kind."""
        with as_functions(self.aws):
            cursors = DynamoCursorTable(self.stack.outputs["StateTableName"])
            for of in Pass:
                cursors.write(cursors.read(of).begun(at).ended(at))

    def sweep(self) -> None:
        """Let a sweep have run: its marks, and what it reports."""
        table, now = self.stack.outputs["StateTableName"], int(time.time())
        with as_functions(self.aws):
            DynamoStateTable(name=table, log=_LOG).first_seen(now)
            record_mode(DynamoModeTable(table), RunMode.REFRESH, now, _LOG)
        self.emit(Metric.OLDEST_OVERDUE_SECONDS, 2)


def deploy_connected(aws: LocalAws, driver: Driver, topic: str) -> HollowStack:
    """A stack that is connected to the organization, and whose alarms go to a topic."""
    sandbox = driver.sandbox
    credentials = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    return deploy(
        aws,
        {
            "CommerceLayerBaseUrl": sandbox.url,
            "CommerceLayerAuthUrl": f"{sandbox.url}/oauth/token",
            "CommerceLayerOrganization": sandbox.organization,
            "CommerceLayerMode": sandbox.config.mode,
            "ApiSecretArn": secret(aws, "api", credentials),
            "WebhookSecretArn": secret(aws, "webhooks", {}),
            "AlarmTopicArn": topic,
            "Mode": "refresh",
            "DeletionProtection": "false",
        },
    )


def open_shop(aws: LocalAws, driver: Driver) -> Shop:
    """Deploy a stack, and make all of it healthy."""
    with client_of(aws, "sns") as sns:
        topic = sns.create_topic(Name=f"alarms-{uuid.uuid4().hex[:6]}")["TopicArn"]
    shop = Shop(deploy_connected(aws, driver, topic), driver, topic)
    driver.switch(rate_limit_factor=1000.0)  # each examination is meant to be the first one for a while
    shop.register(*TOPICS)
    shop.subscribe()
    shop.sweep()
    shop.complete_passes(int(time.time()))
    return shop
