"""Checks of the secrets and rights: their wording, and what they go by."""

from __future__ import annotations

import pytest

from payment_refresh.errors import CredentialsRefused
from payment_refresh.metrics import Metric
from payrefresh.doctor import examine
from payrefresh.doctor.findings import State
from payrefresh.errors import NotAllowed
from payrefresh.ports import May, Point
from tests.unit.operating.doctor_steps import CREDENTIALS, NOW, FakeAws, FakeOrganization, found, given


def counted(**metrics: float) -> FakeAws:
    """An account whose metrics say this of the last minutes."""
    aws = FakeAws()
    assert not isinstance(aws.metrics, Exception)
    aws.metrics = {**aws.metrics, **{Metric(name): [Point(NOW - 120, value)] for name, value in metrics.items()}}
    return aws


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        ({}, "holds no client_id and no client_secret"),
        ({"client_id": "me", "client_secret": None}, "holds no client_secret"),
    ],
)
def test_api_secret_that_lacks_a_member_is_wrong_and_names_it(secret: dict[str, object], says: str) -> None:
    aws = FakeAws(secrets={"arn:api": secret, "arn:webhooks": {}})

    finding = found(aws=aws)[examine.API_SECRET]

    assert finding.state is State.WRONG
    assert says in finding.found
    assert finding.commands == (
        "aws secretsmanager put-secret-value --secret-id arn:api --secret-string file://secret.json "
        "--region eu-west-1",
    )


def test_credentials_that_the_token_endpoint_refuses_are_wrong() -> None:
    refused = CredentialsRefused("the token endpoint answered 401 UNAUTHORIZED: the client id or secret is wrong")

    finding = found(organization=refused)[examine.TOKEN]

    assert (finding.state, finding.found) == (State.WRONG, str(refused))
    assert "--secret-id arn:api" in finding.commands[0]
    assert CREDENTIALS["client_secret"] not in f"{finding}"


def test_default_version_without_the_payments_is_wrong_and_names_the_one_that_has_them() -> None:
    organization = FakeOrganization(unreadable={"stripe_payments": May.UNKNOWN_TYPE})

    findings = found(organization=organization)

    assert findings[examine.VERSION].found == "the organization's default version does not have stripe_payments"
    assert "(CommerceLayerApiVersion = 2017-08)" in findings[examine.VERSION].remedy
    assert findings[examine.REFRESH].state is State.NOT_ASKED
    assert findings[examine.READ].state is State.FINE


def test_named_version_without_the_payments_leads_to_the_host() -> None:
    organization = FakeOrganization(unreadable={"satispay_payments": May.UNKNOWN_TYPE})

    finding = found(given(CommerceLayerApiVersion="2017-08"), organization=organization)[examine.VERSION]

    assert finding.found == "https://shop.commercelayer.io does not have satispay_payments in version 2017-08"
    assert "CommerceLayerBaseUrl" in finding.remedy


def test_rights_to_read_that_are_missing_are_all_named() -> None:
    organization = FakeOrganization(unreadable={"orders": May.NO, "payment_methods": May.NO})

    finding = found(organization=organization)[examine.READ]

    assert finding.found == "the integration's role may not read orders, payment_methods"
    assert "read orders, payment_methods" in finding.remedy


def test_right_to_refresh_is_not_needed_by_a_stack_that_observes() -> None:
    organization = FakeOrganization(refused_updates=frozenset({"stripe_payments"}))
    acting = found(organization=organization)[examine.REFRESH]
    deployed = given(Mode="observe")

    assert acting.state is State.WRONG
    assert acting.found == "the integration's role may not update stripe_payments"
    assert found(deployed, organization=organization)[examine.REFRESH].state is State.FINE


def test_refreshes_that_were_all_refused_in_the_last_hour_say_that_the_right_is_missing() -> None:
    finding = found(aws=counted(RefreshCalls=4, MayNotUpdate=4))[examine.REFRESH]

    assert (finding.state, finding.found) == (
        State.WRONG,
        "all 4 refreshes of the last hour were refused for a right",
    )


def test_refusals_beside_answered_refreshes_are_no_missing_right() -> None:
    finding = found(aws=counted(RefreshCalls=9, MayNotUpdate=4))[examine.REFRESH]

    assert (finding.state, finding.found) == (State.FINE, "no refusal; 9 refreshes were sent in the last hour")


def test_webhook_secret_of_another_structure_is_wrong_and_names_the_topic() -> None:
    aws = FakeAws(secrets={"arn:api": CREDENTIALS, "arn:webhooks": {"orders.place": "hush-hush"}})

    findings = found(aws=aws)

    assert findings[examine.WEBHOOK_SECRET].state is State.WRONG
    assert "'orders.place'" in findings[examine.WEBHOOK_SECRET].found
    assert "hush-hush" not in f"{findings}"


def test_api_secret_that_the_operator_may_not_read_is_not_wrong() -> None:
    denied = NotAllowed("not allowed: secretsmanager:GetSecretValue on arn:api; give it that right")
    aws = FakeAws(secrets={"arn:api": denied, "arn:webhooks": {}})

    finding = found(aws=aws)[examine.API_SECRET]

    assert (finding.state, finding.found) == (State.NOT_ASKED, str(denied))
