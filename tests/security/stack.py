"""The template's functions over the local AWS: the environment that it gives them, and what they work on."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

from payment_refresh.adapters.dynamodb.rows import to_item
from payment_refresh.domain.payment import ORDERS, REFRESHABLE, PaymentKey
from payment_refresh.domain.policy import Policy
from payment_refresh.use_cases.receive_order_event.signature import sign
from tests.support import samples

if TYPE_CHECKING:
    from devstack.local_aws import LocalAws
    from tests.integration.sandbox.driver import Driver
    from tests.template.model import Template

OUTCOME_BUS = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${OutcomeBusName}"
SHARED_SECRET = "made-up"


class Stack:
    """The parts of a deployment, made by hand, and connected to a sandbox.

    Attributes
    ----------
    resources
        The name of each table, queue, secret and bus in the roles' statements.
    """

    def __init__(self, aws: LocalAws, driver: Driver, template: Template) -> None:
        self.aws, self.driver, self.template = aws, driver, template
        self.table = uuid.uuid4().hex
        shape = template.properties("StateTable")
        parts = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
        aws.clients.dynamodb.create_table(TableName=self.table, **{part: shape[part] for part in parts})
        self.queue, letters, failed_runs = (self._queue(name) for name in ("pending", "letters", "failed-runs"))
        aws.clients.events.create_event_bus(Name=self.table)
        client = {"client_id": driver.sandbox.client_id, "client_secret": driver.sandbox.client_secret}
        api = self._secret("api", client)
        webhooks = self._secret("webhooks", {"orders.place": [SHARED_SECRET]})
        self.values = {
            "StateTable": self.table,
            "PendingPaymentsQueue": self.queue,
            "PendingPaymentsDeadLetterQueue": letters,
            "OrderEventsUrl.FunctionUrl": "https://made-up.lambda-url.eu-west-1.on.aws/",
            "WebhookSecretArn": webhooks,
            "ApiSecretArn": api,
            "AsyncFailuresQueue": failed_runs,
            "OutcomeBusName": self.table,
            "CommerceLayerBaseUrl": driver.sandbox.url,
            "CommerceLayerAuthUrl": f"{driver.sandbox.url}/oauth/token",
            "CommerceLayerOrganization": driver.sandbox.organization,
            "CallsPerMinute": "180",
        }
        self.resources = {
            ("table", self.table): "StateTable.Arn",
            ("queue", self.queue): "PendingPaymentsQueue.Arn",
            ("queue", letters): "PendingPaymentsDeadLetterQueue.Arn",
            ("queue", failed_runs): "AsyncFailuresQueue.Arn",
            ("secret", webhooks): "WebhookSecretArn",
            ("secret", api): "ApiSecretArn",
            ("bus", self.table): OUTCOME_BUS,
        }

    def environment(self, function: str) -> dict[str, str]:
        """A function's variables, as CloudFormation sets them."""
        logical_id = "".join(part.capitalize() for part in function.split("_"))
        variables = self.template.properties(logical_id)["Environment"]["Variables"]
        return {name: self._resolve(value) for name, value in variables.items()}

    def webhook(self, order_id: str) -> dict[str, Any]:
        """The request with which Commerce Layer would report an order."""
        include = "payment_source,payment_method,authorizations"
        body = self.driver.get(f"/api/orders/{order_id}", include=include).text
        return {
            "rawPath": "/orders.place",
            "headers": {"x-commercelayer-signature": sign(body.encode(), SHARED_SECRET)},
            "requestContext": {"http": {"method": "POST"}},
            "body": body,
        }

    def poison(self) -> None:
        """Put a watch into the table that will be dead-lettered when it is claimed the next time."""
        now = time.time()
        order = samples.order("poison", at=now)
        watch = samples.claimed(order, Policy(), until=now - 60, claims=3, isolated_attempts=3)
        self.aws.clients.dynamodb.put_item(TableName=self.table, Item=to_item(watch))

    def report(self) -> None:
        """Put watches into the table that are stuck: one of each payment type, and of an order."""
        now = time.time()
        for number, kind in enumerate((*REFRESHABLE, ORDERS)):
            order = samples.order(f"stuck{number}", at=now)
            watch = samples.reported(order, Policy(), at=now - 60, key=PaymentKey(kind, f"stuck{number}"))
            self.aws.clients.dynamodb.put_item(TableName=self.table, Item=to_item(watch))

    def received(self) -> dict[str, Any]:
        """The event with which Lambda hands on what the pending queue holds."""
        answer = self.aws.clients.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        return {"Records": [{"messageId": each["MessageId"], "body": each["Body"]} for each in answer["Messages"]]}

    def _queue(self, kind: str) -> str:
        return self.aws.clients.sqs.create_queue(QueueName=f"{kind}-{self.table}")["QueueUrl"]

    def _secret(self, kind: str, secret: dict[str, Any]) -> str:
        name, text = f"{kind}-{self.table}", json.dumps(secret)
        return self.aws.clients.secrets.create_secret(Name=name, SecretString=text)["ARN"]

    def _resolve(self, value: Any) -> str:
        match value:
            case {"Ref": str(name)}:
                default = self.template.body["Parameters"].get(name, {}).get("Default")
                return str(self.values.get(name, default))
            case {"Fn::GetAtt": [resource, attribute]}:
                return self.values[f"{resource}.{attribute}"]
            case {"Fn::If": [_, _, otherwise]}:  # nothing is asked for that depends on a condition
                return self._resolve(otherwise)
            case {"Fn::Sub": str(text)}:
                return text.replace("${AWS::StackName}", "payment-refresh")
        return str(value)
