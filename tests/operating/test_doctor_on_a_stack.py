"""`payrefresh doctor` on a deployed stack: what cannot be asked, what else can break, and what it never shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.policy import Policy
from payrefresh.doctor import examine
from tests.operating.breakages import Breakage, examined, failures
from tests.operating.operator import lacking
from tests.support.clock import START
from tests.support.samples import dead_lettered, order

if TYPE_CHECKING:
    from tests.operating.breakages import Act
    from tests.operating.command import Command
    from tests.operating.healthy import Shop
    from tests.operating.hollow import HollowStack


@pytest.fixture(scope="module")
def stack(shop: Shop) -> HollowStack:
    """The command works on the shop's stack."""
    return shop.stack


def send(output: str) -> Act:
    return lambda shop: shop.aws.clients.sqs.send_message(QueueUrl=shop.stack.outputs[output], MessageBody="{}")


def purge(output: str) -> Act:
    return lambda shop: shop.aws.clients.sqs.purge_queue(QueueUrl=shop.stack.outputs[output])


def delete_row(shop: Shop) -> None:
    shop.aws.clients.dynamodb.delete_item(
        TableName=shop.stack.outputs["StateTableName"], Key={"pk": {"S": "stripe_payments#pay-stuck"}}
    )


OF_A_TOKEN = frozenset(
    {examine.ORGANIZATION, examine.API_MODE, examine.VERSION, examine.READ, examine.REFRESH}
    | {examine.REGISTERED, examine.URLS, examine.INCLUDES, examine.SIGNED, examine.ENABLED, examine.CIRCUITS}
    | {examine.FAILURES, examine.GATEWAY_WEBHOOKS}
)
"""Checks for which a token is needed."""

BREAKAGES = (
    Breakage(
        name="API secret that is to be deleted",
        break_it=lambda shop: shop.aws.clients.secrets.delete_secret(
            SecretId=shop.stack.parameters["ApiSecretArn"], RecoveryWindowInDays=7
        ),
        mend_it=lambda shop: shop.aws.clients.secrets.restore_secret(
            SecretId=shop.stack.parameters["ApiSecretArn"]
        ),
        red=examine.API_SECRET,
        says="could not be read: InvalidRequestException",
        remedy="aws secretsmanager put-secret-value",
        unasked=OF_A_TOKEN | {examine.TOKEN},
    ),
    Breakage(
        name="client secret refused",
        break_it=lambda shop: shop.store(
            "ApiSecretArn", {"client_id": "sandbox-integration", "client_secret": "no"}
        ),
        mend_it=lambda shop: shop.store_credentials(shop.driver.sandbox.config.client),
        red=examine.TOKEN,
        says="the token endpoint answered 401",
        remedy="aws secretsmanager put-secret-value",
        unasked=OF_A_TOKEN,
    ),
    Breakage(
        name="webhook secret unreadable",
        break_it=lambda shop: shop.store("WebhookSecretArn", {"orders.place": "no list"}),
        mend_it=lambda shop: shop.store("WebhookSecretArn", shop.secrets),
        red=examine.WEBHOOK_SECRET,
        says="has no list of secrets under 'orders.place'",
        remedy="payrefresh setup",
        unasked=frozenset({examine.SIGNED}),
    ),
    Breakage(
        name="default version moved",
        break_it=lambda shop: shop.driver.switch(default_version="2026-05"),
        mend_it=lambda shop: shop.driver.switch(default_version="2017-08"),
        red=examine.VERSION,
        says="the organization's default version does not have stripe_payments",
        remedy="CommerceLayerApiVersion = 2017-08",
        unasked=frozenset({examine.REFRESH}),
    ),
    Breakage(
        name="deliveries fail",
        break_it=lambda shop: shop.set_circuit("orders.pay", "closed", 12),
        mend_it=lambda shop: shop.set_circuit("orders.pay", "closed", 0),
        red=examine.FAILURES,
        says="orders.pay: 12 deliveries in a row failed",
        remedy="aws logs tail",
    ),
    Breakage(
        name="parameters that contradict each other",
        break_it=lambda shop: shop.deploy_again(CheckCapIdle="48h"),
        mend_it=lambda shop: shop.deploy_again(CheckCapIdle="30m"),
        red=examine.PARAMETERS,
        says="CheckCapBusy is taken for 172800 instead of 86400: it must not be smaller than CheckCapIdle",
        remedy="make deploy",
    ),
    Breakage(
        name="schedule deleted",
        break_it=lambda shop: shop.delete_schedule("DigestCount"),
        mend_it=lambda shop: shop.restore_schedules(),
        red=examine.SCHEDULES,
        says="deleted: DigestCount (the digest's counting)",
        remedy="aws cloudformation detect-stack-drift",
    ),
    Breakage(
        name="run that failed",
        break_it=send("AsyncFailuresQueueUrl"),
        mend_it=purge("AsyncFailuresQueueUrl"),
        red=examine.FAILED_RUNS,
        says="1 message",
        remedy="aws sqs purge-queue",
    ),
    Breakage(
        name="dead-lettered row",
        break_it=lambda shop: shop.stack.put(dead_lettered(order("stuck"), Policy(), at=START)),
        mend_it=delete_row,
        red=examine.DEAD_LETTERS,
        says="1 payments are dead-lettered; no message waits in the dead-letter queue",
        remedy="payrefresh redrive",
    ),
)


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: breakage.name)
def test_other_breakage_turns_one_check_red_and_no_other(shop: Shop, command: Command, breakage: Breakage) -> None:
    breakage.break_it(shop)
    broken = examined(command)
    breakage.mend_it(shop)

    assert broken.named("wrong") == {breakage.red}
    assert broken.named("not asked") == breakage.unasked
    red = broken.findings[breakage.red]
    assert breakage.says in red["found"]
    assert breakage.remedy in " ".join([red["remedy"], *red["commands"]])


@pytest.mark.parametrize(
    ("action", "resource", "names"),
    [
        ("secretsmanager:GetSecretValue", "WebhookSecretArn", {examine.WEBHOOK_SECRET, examine.SIGNED}),
        ("cloudformation:ListStackResources", "stack/", {examine.SCHEDULES}),
        ("scheduler:GetSchedule", "SweepTick", {examine.SCHEDULES}),
        ("sns:ListSubscriptionsByTopic", "AlarmTopicArn", {examine.RECEIVERS}),
        (
            "sqs:GetQueueAttributes",
            "PendingPaymentsQueue",
            {examine.PENDING_QUEUE, examine.DEAD_LETTERS, examine.FAILED_RUNS},
        ),
        (
            "dynamodb:GetItem",
            "StateTable",
            {examine.MODE, examine.FIRST_DEPLOYMENT, examine.LAST_PASS},
        ),
        ("dynamodb:Query", "StateTable", {examine.DEAD_LETTERS}),
        (
            "cloudwatch:GetMetricData",
            "",
            {examine.REFRESH, examine.LAST_SWEEP, examine.OVERDUE, examine.OUTBOX},
        ),
    ],
)
def test_operator_without_a_right_reads_which_and_sees_all_other_checks(
    shop: Shop, command: Command, monkeypatch: pytest.MonkeyPatch, action: str, resource: str, names: set[str]
) -> None:
    denied = shop.stack.parameters[resource] if action.startswith("secretsmanager") else "*"
    with lacking(shop.aws, monkeypatch, action, denied):
        found = examined(command)

    assert found.named("not asked") == names
    assert not found.named("wrong")
    first = next(finding for finding in found.findings.values() if finding["name"] in names)
    assert f"not allowed: {action} on " in first["found"]
    assert shop.stack.parameters.get(resource, resource) in first["found"]
    assert found.status == 2
    assert found.err.count("\n") == 1
    assert action in found.err


def test_commerce_layer_that_does_not_answer_leaves_the_stack_examined(shop: Shop, command: Command) -> None:
    shop.driver.faults({"route": "POST /oauth/token", "kind": "status", "status": 503})
    found = examined(command)
    shop.driver.faults()

    assert found.findings[examine.TOKEN]["state"] == "not asked"
    assert "the token endpoint answered 503" in found.findings[examine.TOKEN]["found"]
    assert {examine.SCHEDULES, examine.RECEIVERS, examine.MODE} <= found.named("fine")
    assert (found.status, found.named("wrong")) == (2, set())


def test_secrets_that_are_not_shown_cannot_be_judged_without_an_order_event(shop: Shop, command: Command) -> None:
    shop.driver.switch(webhook_secrets_shown_once=True)
    found = examined(command)
    shop.driver.switch(webhook_secrets_shown_once=False)

    assert found.named("not asked") == {examine.SIGNED}
    assert "Commerce Layer does not show the secrets" in found.findings[examine.SIGNED]["found"]
    assert found.status == 2


def test_no_secret_is_in_what_the_command_writes_of_a_shop_with_wrong_secrets(
    shop: Shop, command: Command
) -> None:
    shop.store("WebhookSecretArn", {"orders.place": ["stored-and-wrong"]})
    texts = [command("doctor"), command("doctor", "--json")]
    shop.store("WebhookSecretArn", shop.secrets)

    written = "".join(ran.out + ran.err for ran in texts)
    given_out = shop.driver.client.get("/_sandbox/secrets").json()
    canaries = [secret for kind in given_out.values() for secret in kind]
    assert len(canaries) > len(shop.secrets)
    assert all(ran.status == 1 for ran in texts)
    assert "stored-and-wrong" not in written
    assert not [secret for secret in canaries if secret in written]


def test_table_of_a_shop_in_which_something_is_wrong_ends_with_remedies_and_a_verdict(
    shop: Shop, command: Command
) -> None:
    shop.set_circuit("orders.place", "open", 30)
    ran = command("doctor")
    shop.set_circuit("orders.place", "closed", 0)

    lines = ran.out.splitlines()
    assert lines[0].split() == ["check", "state", "found"]
    assert "webhook circuits       wrong  open, so that Commerce Layer sends them no more: orders.place" in lines
    assert f"  commercelayer webhook:reset_circuit {shop.webhooks['orders.place']['id']}" in lines
    assert lines[-1] == "1 thing is wrong; the remedy is above"
    assert not [line for line in lines if line != line.rstrip()]
    assert (ran.status, failures(ran)) == (1, "")


def test_stack_that_is_not_there_is_one_line_and_exit_status_two(command: Command) -> None:
    ran = command("doctor", "--stack", "nonsense")

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("payrefresh: there is no stack 'nonsense'")
    assert ran.err.count("\n") == 1
