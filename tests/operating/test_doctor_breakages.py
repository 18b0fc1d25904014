"""`payrefresh doctor` on a shop in which one thing breaks: that check turns red, with its remedy, and no other.

Where Commerce Layer may not be asked because of it, the checks of it say so, and are neither red nor green.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.listed import TOPICS
from payrefresh.doctor import examine
from tests.operating.breakages import Breakage, examined

if TYPE_CHECKING:
    from tests.operating.breakages import Act
    from tests.operating.command import Command
    from tests.operating.healthy import Shop
    from tests.operating.hollow import HollowStack

BY_WEBHOOKS = frozenset(
    {
        examine.REGISTERED,
        examine.URLS,
        examine.INCLUDES,
        examine.SIGNED,
        examine.ENABLED,
        examine.CIRCUITS,
        examine.FAILURES,
    }
)
OF_AN_ORGANIZATION = BY_WEBHOOKS | {examine.VERSION, examine.READ, examine.REFRESH, examine.GATEWAY_WEBHOOKS}
"""Checks for which the organization itself is asked, which must be the right one first."""


def right(shop: Shop) -> None:
    shop.store_credentials(shop.driver.sandbox.config.client)


def refuse(*rights: str) -> Act:
    return lambda shop: shop.driver.switch(refused_rights=list(rights))


def regenerate(shop: Shop) -> None:
    shop.secrets["orders.pay"].insert(
        0, shop.change_webhook("orders.pay", _regenerate_shared_secret=True)["shared_secret"]
    )


BREAKAGES = (
    Breakage(
        name="wrong organization",
        break_it=lambda shop: shop.store_credentials(shop.driver.sandbox.config.other_organization_client),
        mend_it=right,
        red=examine.ORGANIZATION,
        says="belongs to elsewhere-shop, the stack to sandbox-shop",
        remedy="aws secretsmanager put-secret-value",
        unasked=OF_AN_ORGANIZATION,
    ),
    Breakage(
        name="wrong mode",
        break_it=lambda shop: shop.store_credentials(shop.driver.sandbox.config.other_mode_client),
        mend_it=right,
        red=examine.API_MODE,
        says="for test mode, the stack for live",
        remedy="aws secretsmanager put-secret-value",
        unasked=OF_AN_ORGANIZATION,
    ),
    Breakage(
        name="secret unreadable",
        break_it=lambda shop: shop.store("ApiSecretArn", "client_id=me"),
        mend_it=right,
        red=examine.API_SECRET,
        says="is not JSON",
        remedy="aws secretsmanager put-secret-value",
        unasked=OF_AN_ORGANIZATION | {examine.TOKEN, examine.ORGANIZATION, examine.API_MODE},
    ),
    Breakage(
        name="right to read missing",
        break_it=refuse("read authorizations"),
        mend_it=refuse(),
        red=examine.READ,
        says="may not read authorizations",
        remedy="read authorizations",
    ),
    Breakage(
        name="right to update missing",
        break_it=refuse("update stripe_payments", "update satispay_payments"),
        mend_it=refuse(),
        red=examine.REFRESH,
        says="may not update stripe_payments, satispay_payments",
        remedy="update stripe_payments, satispay_payments",
    ),
    Breakage(
        name="webhook missing",
        break_it=lambda shop: shop.delete_webhook("orders.void"),
        mend_it=lambda shop: shop.register("orders.void"),
        red=examine.REGISTERED,
        says="1 of 8 topics have no webhook: orders.void",
        remedy="payrefresh setup --stack",
    ),
    Breakage(
        name="circuit open",
        break_it=lambda shop: shop.set_circuit("orders.place", "open", 30),
        mend_it=lambda shop: shop.change_webhook("orders.place", _reset_circuit=True),
        red=examine.CIRCUITS,
        says="orders.place",
        remedy="commercelayer webhook:reset_circuit ",
    ),
    Breakage(
        name="webhook disabled",
        break_it=lambda shop: shop.change_webhook("orders.cancel", _disable=True),
        mend_it=lambda shop: shop.change_webhook("orders.cancel", _enable=True),
        red=examine.ENABLED,
        says="disabled: orders.cancel",
        remedy="commercelayer webhook:enable ",
    ),
    Breakage(
        name="URL elsewhere",
        break_it=lambda shop: shop.change_webhook(
            "orders.approve", callback_url="https://user:pw@old.lambda-url.eu-west-1.on.aws/orders.approve?key=k"
        ),
        mend_it=lambda shop: shop.change_webhook(
            "orders.approve", callback_url=f"{shop.stack.outputs['WebhookUrl']}orders.approve"
        ),
        red=examine.URLS,
        says="orders.approve calls https://old.lambda-url.eu-west-1.on.aws/orders.approve",
        remedy="commercelayer webhooks:update ",
    ),
    Breakage(
        name="includes missing",
        break_it=lambda shop: shop.change_webhook("orders.pending", include_resources=["market"]),
        mend_it=lambda shop: shop.change_webhook(
            "orders.pending",
            include_resources=["market", "payment_source", "payment_method", "authorizations"],
        ),
        red=examine.INCLUDES,
        says="orders.pending lacks payment_source, payment_method, authorizations",
        remedy=" -i market,payment_source,payment_method,authorizations",
    ),
    Breakage(
        name="secret stale",
        break_it=regenerate,
        mend_it=lambda shop: shop.store("WebhookSecretArn", shop.secrets),
        red=examine.SIGNED,
        says="does not have the secret that these sign with: orders.pay",
        remedy="payrefresh setup --stack",
    ),
    Breakage(
        name="gateway without webhook",
        break_it=lambda shop: shop.driver.switch(unregistered_gateways=["stripe_gateways"]),
        mend_it=lambda shop: shop.pull_gateway_triggers(
            "stripe_gateways", "_check", "_refresh_webhook_secrets", "_update_webhooks"
        ),
        red=examine.GATEWAY_WEBHOOKS,
        says="second stripe gateway (stripe_gateways/",
        remedy=" -a _refresh_webhook_secrets=true",
    ),
    Breakage(
        name="schedule disabled",
        break_it=lambda shop: shop.set_schedule("DiscoverTick", "DISABLED"),
        mend_it=lambda shop: shop.set_schedule("DiscoverTick", "ENABLED"),
        red=examine.SCHEDULES,
        says="disabled: DiscoverTick (discover)",
        remedy="aws scheduler update-schedule",
    ),
    Breakage(
        name="alarm without a confirmed receiver",
        break_it=lambda shop: shop.unsubscribe_all(),
        mend_it=lambda shop: shop.subscribe(),
        red=examine.RECEIVERS,
        says="nobody is subscribed to",
        remedy="aws sns subscribe --topic-arn",
    ),
    Breakage(
        name="observe after refresh",
        break_it=lambda shop: shop.deploy_again(Mode="observe"),
        mend_it=lambda shop: shop.deploy_again(Mode="refresh"),
        red=examine.MODE,
        says="has refreshed payments before, and only observes",
        remedy="make deploy",
    ),
)


@pytest.fixture(scope="module")
def stack(shop: Shop) -> HollowStack:
    """The command works on the shop's stack."""
    return shop.stack


def test_doctor_on_a_healthy_shop_finds_all_fine(command: Command) -> None:
    found = examined(command)

    assert found.named("fine") == set(found.findings), found.findings
    assert found.status == 0


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: breakage.name)
def test_breakage_turns_one_check_red_until_it_is_mended(shop: Shop, command: Command, breakage: Breakage) -> None:
    breakage.break_it(shop)
    broken = examined(command)
    breakage.mend_it(shop)
    mended = examined(command)
    shop.driver.switch(unregistered_gateways=[])

    assert broken.named("wrong") == {breakage.red}
    assert broken.named("not asked") == breakage.unasked
    red = broken.findings[breakage.red]
    assert breakage.says in red["found"]
    assert breakage.remedy in " ".join([red["remedy"], *red["commands"]])
    assert {broken.findings[name]["waits_for"] for name in breakage.unasked} <= {breakage.red}
    assert not broken.err
    assert broken.status == 1
    assert mended.named("fine") == set(mended.findings), mended.findings
    assert mended.status == 0


def test_breakages_are_the_fifteen_that_must_be_found() -> None:
    assert len(BREAKAGES) == len({breakage.name for breakage in BREAKAGES}) == 15
    assert len({breakage.red for breakage in BREAKAGES}) == 15
    assert len(TOPICS) == 8
