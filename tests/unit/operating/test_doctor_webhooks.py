"""Checks of the order webhooks and of the gateways' own: their wording, and which webhooks are this stack's."""

from __future__ import annotations

from typing import Any

import pytest

from payment_refresh.domain.listed import TOPICS, GatewayState
from payment_refresh.metrics import Metric
from payrefresh.doctor import examine
from payrefresh.doctor.findings import State
from payrefresh.errors import NotAllowed
from payrefresh.ports import Point
from tests.unit.operating.doctor_steps import (
    CREDENTIALS,
    NOW,
    URL,
    FakeAws,
    FakeOrganization,
    found,
    given,
    webhook,
)


def shop(topic: str = "orders.place", **changes: Any) -> FakeOrganization:
    """An organization with one webhook that is unlike the others."""
    others = [webhook(each) for each in TOPICS if each != topic]
    return FakeOrganization(listed=[*others, webhook(topic, **changes)])


@pytest.mark.parametrize(
    ("changes", "name", "says", "command"),
    [
        (
            {"callback_url": "https://u:p@old.example.com/orders.place?k=1"},
            examine.URLS,
            "orders.place calls https://old.example.com/orders.place",
            f"commercelayer webhooks:update id-orders.place -u {URL}orders.place",
        ),
        (
            {"callback_url": f"{URL}orders.pay"},
            examine.URLS,
            f"orders.place calls {URL}orders.pay",
            f"commercelayer webhooks:update id-orders.place -u {URL}orders.place",
        ),
        (
            {"includes": ("market", "payment_method")},
            examine.INCLUDES,
            "orders.place lacks payment_source, authorizations",
            "commercelayer webhooks:update id-orders.place -i market,payment_source,payment_method,authorizations",
        ),
        (
            {"is_disabled": True},
            examine.ENABLED,
            "disabled: orders.place",
            "commercelayer webhook:enable id-orders.place",
        ),
        (
            {"is_open": True, "failures": 30},
            examine.CIRCUITS,
            "open, so that Commerce Layer sends them no more: orders.place",
            "commercelayer webhook:reset_circuit id-orders.place",
        ),
        (
            {"failures": 12},
            examine.FAILURES,
            "orders.place: 12 deliveries in a row failed",
            "aws logs tail /aws/lambda/shop-order-events --since 1h --region eu-west-1",
        ),
        (
            {"secret": "another"},
            examine.SIGNED,
            "the stack does not have the secret that these sign with: orders.place",
            "payrefresh setup --stack shop --region eu-west-1",
        ),
    ],
)
def test_webhook_that_is_unlike_the_others_turns_one_check_red(
    changes: dict[str, Any], name: str, says: str, command: str
) -> None:
    findings = found(organization=shop(**changes))

    assert {each.name for each in findings.values() if each.state is not State.FINE} == {name}
    assert findings[name].found == says
    assert command in findings[name].commands


def test_topic_without_a_webhook_is_missing_and_no_other_system_s_webhook_stands_in() -> None:
    elsewhere = webhook("orders.void", callback_url="https://erp.example.com/hooks")
    listed = [webhook(topic) for topic in TOPICS if topic != "orders.void"]

    findings = found(organization=FakeOrganization(listed=[*listed, elsewhere]))

    assert findings[examine.REGISTERED].found == "1 of 8 topics have no webhook: orders.void"
    assert findings[examine.URLS].state is State.FINE


def test_webhooks_of_other_systems_are_none_of_this_stack_s_concern() -> None:
    theirs = webhook("orders.place", callback_url="https://other.example.com/orders.place", is_open=True)
    other = webhook("orders.create", callback_url="https://erp.example.com/orders.create", is_disabled=True)
    listed = [*(webhook(topic) for topic in TOPICS), theirs, other]

    findings = found(organization=FakeOrganization(listed=listed))

    assert all(finding.state is State.FINE for finding in findings.values())


def test_stack_with_a_bus_needs_no_webhook_but_all_or_none() -> None:
    deployed = given(OrderEventsBusName="orders")
    none, one = FakeOrganization(listed=[]), FakeOrganization(listed=[webhook()])

    assert (
        found(deployed, organization=none)[examine.REGISTERED].found
        == "none, as order events come by the bus orders"
    )
    assert found(deployed, organization=one)[examine.REGISTERED].found.startswith("7 of 8 topics have no webhook")


def test_second_secret_of_a_topic_is_known_as_well_as_the_first() -> None:
    secrets = {topic: ["an older one", f"secret of {topic}"] for topic in TOPICS}

    finding = found(aws=FakeAws(secrets={"arn:api": CREDENTIALS, "arn:webhooks": secrets}))[examine.SIGNED]

    assert (finding.state, finding.found) == (State.FINE, "the stack has the secret of each")


@pytest.mark.parametrize(
    ("refused", "taken", "state", "says"),
    [
        (0, 40, State.FINE, "40 order events were taken in the last hour, 0 refused"),
        (2, 40, State.FINE, "40 order events were taken in the last hour, 2 refused"),
        (3, 40, State.WRONG, "3 order webhooks were refused for their signature in the last hour"),
        (0, 0, State.NOT_ASKED, "no order event came in the last hour by which to tell"),
    ],
)
def test_secrets_that_the_api_does_not_show_are_judged_by_refused_signatures(
    refused: int, taken: int, state: State, says: str
) -> None:
    metrics = {
        Metric.OLDEST_OVERDUE_SECONDS: [Point(NOW, 1)],
        Metric.REFUSED_SIGNATURES: [Point(NOW - 300, refused)],
        Metric.EVENT_WATCHING: [Point(NOW - 600, taken)],
    }

    finding = found(aws=FakeAws(metrics=metrics), organization=shop(secret=None))[examine.SIGNED]

    assert finding.state is state
    assert says in finding.found
    assert "Commerce Layer does not show the secrets" in finding.found


def test_webhook_secret_that_the_operator_may_not_read_is_named_where_no_event_tells() -> None:
    denied = NotAllowed("not allowed: secretsmanager:GetSecretValue on arn:webhooks; give it that right")
    aws = FakeAws(secrets={"arn:api": CREDENTIALS, "arn:webhooks": denied})

    finding = found(aws=aws)[examine.SIGNED]

    assert (finding.state, finding.found) == (State.NOT_ASKED, str(denied))


def test_gateways_without_an_endpoint_are_named_with_the_triggers_of_those_that_have_any() -> None:
    listed = [
        GatewayState(type="stripe_gateways", id="g1", name="Stripe EU", has_webhook=False),
        GatewayState(type="stripe_gateways", id="g2", name="Stripe US", has_webhook=True),
        GatewayState(type="checkout_com_gateways", id="g3", name="Checkout", has_webhook=False),
    ]

    finding = found(organization=FakeOrganization(listed_gateways=listed))[examine.GATEWAY_WEBHOOKS]

    assert finding.state is State.WRONG
    assert "Stripe EU (stripe_gateways/g1); Checkout (checkout_com_gateways/g3)" in finding.found
    assert finding.commands == (
        "commercelayer update stripe_gateways/g1 -a _check=true",
        "commercelayer update stripe_gateways/g1 -a _refresh_webhook_secrets=true",
        "commercelayer update stripe_gateways/g1 -a _update_webhooks=true",
    )
    assert "Checkout.com's dashboard" in finding.remedy


def test_shared_secrets_are_in_no_text_of_a_webhook_or_finding() -> None:
    findings = found(organization=shop(secret="the-secret", includes=()))

    assert "the-secret" not in f"{webhook(secret='the-secret')}{findings}"
