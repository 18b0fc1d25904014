"""`payrefresh teardown` on a deployed stack: its webhooks go, others stay, and what stays is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devstack.deployment import local_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.sandbox.driver import Driver
    from tests.operating.command import Command
    from tests.operating.hollow import HollowStack


@pytest.fixture
def url(stack: HollowStack, organization: Driver) -> Iterator[str]:
    """The stack's address, to which two webhooks lead, and a third does not."""
    made = local_url(stack.aws.endpoint, stack.outputs["WebhookUrl"])
    for topic in ("orders.place", "orders.pay"):
        organization.webhook(topic, f"{made}/{topic}", "payment_source")
    organization.webhook("orders.place", "https://other.example/orders.place")
    yield made
    for webhook in _webhooks(organization):
        organization.client.delete(f"/api/webhooks/{webhook['id']}", headers=organization.headers())


def _webhooks(organization: Driver) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = organization.get("/api/webhooks").json()["data"]
    return records


def test_teardown_deletes_the_webhooks_that_lead_to_the_stack_and_no_other(
    command: Command, url: str, organization: Driver
) -> None:
    ran = command("teardown", "--yes")

    assert (ran.status, ran.err) == (0, "")
    assert f"orders.place leads to {url}/orders.place" in ran.out
    assert "disabled orders.pay" in ran.out
    assert "deleted orders.pay" in ran.out
    left = [webhook["attributes"]["callback_url"] for webhook in _webhooks(organization)]
    assert left == ["https://other.example/orders.place"]

    again = command("teardown", "--yes")
    assert again.status == 0
    assert f"none leads to {url}" in again.out


def test_teardown_says_what_stays_and_how_to_delete_it(command: Command, url: str, stack: HollowStack) -> None:
    ran = command("teardown", "--dry-run")

    assert ran.status == 0
    assert f"sam delete --region us-east-1 --stack-name {stack.name}" in ran.out
    assert f"delete-table --region us-east-1 --table-name {stack.outputs['StateTableName']}" in ran.out
    assert f"--queue-url {stack.outputs['DeadLetterQueueUrl']}" in ran.out
    assert ran.out.count("delete-secret") == 2
    assert url


def test_teardown_with_dry_run_changes_nothing_and_asks_nobody(
    command: Command, url: str, organization: Driver
) -> None:
    before = _webhooks(organization)

    ran = command("teardown", "--dry-run", "--json")

    assert {each["topic"] for each in ran.json["webhooks"]} == {"orders.place", "orders.pay"}
    assert all(each["callback_url"].startswith(url) for each in ran.json["webhooks"])
    assert ran.json["done"] == []
    assert [each["attributes"] for each in _webhooks(organization)] == [each["attributes"] for each in before]


def test_teardown_where_nobody_can_be_asked_deletes_nothing(
    command: Command, url: str, organization: Driver
) -> None:
    ran = command("teardown")

    assert ran.status == 2
    assert ran.err == (
        "payrefresh: nobody can be asked here: give --yes to agree to all steps, or --plan to see them\n"
    )
    assert len(_webhooks(organization)) == 3
    assert url


def test_teardown_with_credentials_that_may_not_delete_says_what_to_do(
    command: Command, url: str, organization: Driver
) -> None:
    organization.faults({"route": "DELETE /api/webhooks/*", "kind": "status", "status": 401})
    try:
        ran = command("teardown", "--yes")
    finally:
        organization.faults()

    assert ran.status == 2
    assert "may not delete webhooks" in ran.err
    assert f"the webhooks that lead to {url} in the dashboard" in ran.err
    assert all(
        webhook["attributes"]["disabled_at"] is not None
        for webhook in _webhooks(organization)
        if webhook["attributes"]["callback_url"].startswith(url)
    )
