"""The organization's webhooks, called as the API has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.errors import Declined, MayNotRead, MayNotUpdate, NotFound
from payrefresh.adapters.commerce_layer import Credentials, open_organization
from payrefresh.adapters.first_calls import in_a_hurry
from payrefresh.adapters.organization_api import SetupApi
from payrefresh.setup.wanted_webhooks import INCLUDES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payrefresh.adapters.webhooks import ApiWebhooks
    from tests.integration.sandbox.driver import Driver

URL = "https://stack.example/orders.place"


@pytest.fixture
def api(organization: Driver) -> Iterator[SetupApi]:
    """The organization, and no webhook left there."""
    sandbox = organization.sandbox
    made = open_organization(
        Credentials(client_id=sandbox.client_id, client_secret=sandbox.client_secret),
        auth_url=f"{sandbox.url}/oauth/token", base_url=sandbox.url,
    )  # fmt: skip
    organization.switch(rate_limit_factor=1000.0)
    api = SetupApi(in_a_hurry(made))
    yield api
    organization.faults()
    while records := organization.get("/api/webhooks").json()["data"]:
        for record in records:
            organization.client.delete(f"/api/webhooks/{record['id']}", headers=organization.headers())
    made.transport.http.close()


@pytest.fixture
def webhooks(api: SetupApi) -> ApiWebhooks:
    return api.webhooks


def test_webhook_is_created_disabled_with_its_includes_and_its_secret_in_the_answer(webhooks: ApiWebhooks) -> None:
    made = webhooks.create(name="shop orders.place", topic="orders.place", callback_url=URL, includes=INCLUDES)

    assert (made.is_disabled, made.is_open, made.failures) == (True, False, 0)
    assert (made.topic, made.callback_url, made.includes) == ("orders.place", URL, INCLUDES)
    assert made.secret
    assert made.secret not in repr(made)
    assert list(webhooks.list()) == [made]


def test_webhook_is_enabled_its_circuit_reset_and_its_secret_made_anew(
    webhooks: ApiWebhooks, organization: Driver
) -> None:
    made = webhooks.create(name="x", topic="orders.place", callback_url=URL, includes=INCLUDES)
    organization.client.put("/_sandbox/webhooks", json={"circuit_state": "open"})
    assert (webhooks.list()[0].is_open, webhooks.list()[0].failures) == (True, 30)

    mended = webhooks.change(made.id, {"_reset_circuit": True, "_enable": True})
    assert (mended.is_open, mended.failures, mended.is_disabled) == (False, 0, False)

    renewed = webhooks.change(made.id, {"_regenerate_shared_secret": True})
    assert renewed.secret not in (None, made.secret)


def test_webhooks_beyond_the_first_page_are_listed_and_deleted_ones_are_not(
    webhooks: ApiWebhooks, organization: Driver
) -> None:
    made = [organization.webhook("orders.pay", URL)["id"] for _ in range(27)]
    assert sorted(each.id for each in webhooks.list()) == sorted(made)

    webhooks.delete(made[0])
    assert sorted(each.id for each in webhooks.list()) == sorted(made[1:])
    with pytest.raises(NotFound):
        webhooks.delete(made[0])


def test_webhook_that_cannot_be_and_rights_that_are_missing_are_errors_by_type(
    webhooks: ApiWebhooks, organization: Driver
) -> None:
    with pytest.raises(Declined):
        webhooks.create(name="x", topic="orders.nonsense", callback_url=URL, includes=INCLUDES)

    organization.faults({"route": "/api/webhooks", "kind": "status", "status": 401})
    with pytest.raises(MayNotUpdate, match="may not create webhooks"):
        webhooks.create(name="x", topic="orders.pay", callback_url=URL, includes=INCLUDES)
    with pytest.raises(MayNotRead, match="may not read webhooks"):
        webhooks.list()


def test_newest_paid_orders_come_first_and_one_is_shown_as_a_webhook_shows_it(
    api: SetupApi, organization: Driver
) -> None:
    organization.order(status="placed", intent="open")
    placed = {ago: organization.order(status="placed", intent="open", ago_s=ago) for ago in (300, 100, 200)}
    for order in placed.values():
        organization.act(order, "authorize")
        organization.act(order, "deliver")

    found = api.paid_orders.newest()
    assert list(found) == [placed[ago]["order_id"] for ago in (100, 200, 300)]

    document = api.paid_orders.document(found[0], INCLUDES)
    included = {record["type"] for record in document["included"]}
    assert included == {"stripe_payments", "payment_methods", "authorizations"}
