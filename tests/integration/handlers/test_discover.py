"""The answer and the metrics of ``discover``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.listed import GatewayState, WebhookState
from payment_refresh.errors import (
    CommerceLayerError,
    CredentialsRefused,
    MayNotRead,
    RateLimited,
    StateUnavailable,
)
from tests.integration.handlers.sample_events import load
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from tests.integration.handlers.conftest import Functions

OLD = START - 7200
HEALTHY = {
    "HealthUnknown": 0,
    "WebhookCircuitsOpen": 0,
    "WebhookFailures": 0,
    "WebhooksUnregistered": 0,
    "GatewaysWithoutWebhook": 0,
}
DONE = {"DiscoverAgeSeconds": 0, "DiscoverCartsAgeSeconds": 0}


def test_the_schedule_starts_a_run(functions: Functions) -> None:
    functions.world.commerce_layer.put(samples.order("a", at=OLD), samples.cart("b", at=OLD))

    output = functions.run_file("discover_schedule")

    assert output.answer == {"listed": 2, "created": 2, "calls": 7, "complete": True}
    assert output.metrics == {"Listed": 2, "Discovered": 2, "ListCalls": 7} | HEALTHY | DONE
    assert set(functions.world.table.rows) == {samples.key("a"), samples.key("b")}


def test_what_is_zero_is_reported_too(functions: Functions) -> None:
    """An alarm would take silence for a run that never was."""
    output = functions.run_file("discover_schedule")

    assert output.answer == {"listed": 0, "created": 0, "calls": 7, "complete": True}
    assert output.metrics == {"Listed": 0, "Discovered": 0, "ListCalls": 7} | HEALTHY | DONE


def test_without_carts_their_age_is_not_reported(functions: Functions) -> None:
    functions.world.window = replace(functions.world.window, carts=None)

    assert "DiscoverCartsAgeSeconds" not in functions.run_file("discover_schedule").metrics


def test_no_call_starts_without_time_for_the_longest(functions: Functions) -> None:
    functions.context.milliseconds = 65_000

    output = functions.run_file("discover_schedule")

    assert output.answer == {"listed": 0, "created": 0, "calls": 0, "complete": False}
    assert output.metrics == {"Listed": 0, "Discovered": 0} | DONE
    assert functions.world.listing.calls == []


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (CredentialsRefused("the API secret is wrong"), "ERROR"),
        (MayNotRead("the role may not read orders"), "ERROR"),
        (RateLimited("GET /api/orders answered 429"), "WARNING"),
    ],
)
def test_a_run_that_gets_no_answer_says_why_and_how_old_its_news_are(
    functions: Functions, error: CommerceLayerError, level: str
) -> None:
    functions.run_file("discover_schedule")
    functions.world.clock.advance(900)
    functions.world.listing.faults.add("list_orders", error)

    output = functions.run_file("discover_schedule")

    assert output.answer == {"listed": 0, "created": 0, "calls": 1, "complete": False}
    ages = {"DiscoverAgeSeconds": 900, "DiscoverCartsAgeSeconds": 900}
    assert output.metrics == {"Listed": 0, "Discovered": 0, "ListCalls": 1, type(error).__name__: 1} | ages
    (line,) = [line for line in output.log if line["message"] == "commerce_layer_did_not_answer"]
    assert (line["level"], line["detail"]) == (level, str(error))


def test_the_webhooks_health_is_reported(functions: Functions) -> None:
    url = "https://our-url-id.lambda-url.eu-west-1.on.aws/"
    functions.world.listing.webhooks = [
        WebhookState(id="wh1", topic="orders.place", callback_url=url, is_open=True),
        WebhookState(id="wh2", topic="orders.pay", callback_url=url, failures=3),
    ]
    functions.world.listing.gateways = [
        GatewayState(type="stripe_gateways", id="gw", name="Stripe", has_webhook=False)
    ]

    output = functions.run_file("discover_schedule")

    health = {"WebhookCircuitsOpen": 1, "WebhookFailures": 3, "WebhooksUnregistered": 6}
    health |= {"GatewaysWithoutWebhook": 1, "HealthUnknown": 0}
    assert health.items() <= output.metrics.items()
    messages = [line["message"] for line in output.log]
    assert messages == ["webhook_broken", "webhooks_unregistered", "gateway_without_webhook"]


def test_a_table_that_does_not_answer_fails_the_invocation(functions: Functions) -> None:
    functions.world.cursors.faults.add("read", StateUnavailable("down"))

    with pytest.warns(UserWarning, match="No application metrics"), pytest.raises(StateUnavailable):
        functions.run_file("discover_schedule")


def test_what_the_schedule_sends_does_not_matter(functions: Functions) -> None:
    assert functions.run("discover", {}).answer == functions.run("discover", load("discover_schedule")).answer


def test_what_it_found_is_swept_and_refreshed(functions: Functions) -> None:
    world = functions.world
    world.commerce_layer.put(samples.order(at=OLD))
    functions.run_file("discover_schedule")

    assert functions.run_file("sweep_schedule").answer["claimed"] == 1
    world.take_batch()

    assert world.commerce_layer.asked("refresh") == [("stripe_payments#pay-a",)]
