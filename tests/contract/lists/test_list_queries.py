"""Queries of the lists, and attributes that must never come back."""

from __future__ import annotations

from payment_refresh.adapters.commerce_layer.queries import order_includes
from payment_refresh.domain.payment import REFRESHABLE
from payment_refresh.domain.policy import DAY, HOUR, MINUTE
from payment_refresh.times import to_iso
from tests.contract.lists.bench import LISTINGS, SandboxBench, pages
from tests.support.clock import START


class TestQueries:
    """Attributes that are asked for, and those that must never come back."""

    def test_answers_to_list_calls_contain_no_secret_and_no_customer_email(self, real: SandboxBench) -> None:
        for kind in REFRESHABLE:
            real.order(kind, ago=HOUR)
            real.cart(kind, ago=HOUR)
        webhook_id = real.webhook("orders.place", "https://made-up.example/")
        secrets = {real.driver.get(f"/api/webhooks/{webhook_id}").json()["data"]["attributes"]["shared_secret"]}
        for kind in ("stripe_gateways", "checkout_com_gateways"):
            for gateway in real.driver.get(f"/api/{kind}").json()["data"]:
                secrets.add(gateway["attributes"]["webhook_endpoint_secret"])
        for kind in REFRESHABLE:
            for payment in real.driver.get(f"/api/{kind}").json()["data"]:
                secrets |= {
                    value
                    for name, value in payment["attributes"].items()
                    if name in ("client_secret", "public_key", "publishable_key", "token", "payment_session")
                    and isinstance(value, str)
                }

        for listing in LISTINGS.values():
            pages(real.api, listing)
        real.api.list_webhooks()
        for kind in ("stripe_gateways", "checkout_com_gateways"):
            real.api.list_gateways(kind)

        assert len(secrets) > 4
        answers = [
            text
            for request, text in zip(real.wire.requests, real.wire.answers, strict=True)
            if request.url.path != "/oauth/token"
        ]
        assert len(answers) == len(LISTINGS) + 3
        assert not [secret for secret in secrets for text in answers if secret in text]
        assert not [
            name for name in ("secret", "credential", "customer_email") for text in answers if name in text
        ]

    def test_webhook_and_gateway_queries_ask_for_the_needed_fields_only(self, real: SandboxBench) -> None:
        real.api.list_webhooks()
        real.api.list_gateways("stripe_gateways")

        webhooks, gateways = (dict(request.url.params) for request in real.wire.api_calls)
        assert webhooks == {
            "fields[webhooks]": "topic,callback_url,circuit_state,circuit_failure_count,disabled_at",
            "sort": "id",
            "page[size]": "25",
        }
        assert gateways == {
            "fields[stripe_gateways]": "name,disabled_at,webhook_endpoint_id",
            "sort": "id",
            "page[size]": "25",
        }

    def test_order_page_query_filters_by_status_type_time_and_id_and_names_its_includes(
        self, real: SandboxBench
    ) -> None:
        real.api.list_orders(LISTINGS["placed"], "oRdErId")

        (request,) = real.wire.api_calls
        params = dict(request.url.params)
        assert request.url.path == "/api/orders"
        assert {name: value for name, value in params.items() if not name.startswith("fields")} == {
            "filter[q][status_in]": "approved,editing,placed,placing",
            "filter[q][payment_status_in]": "partially_authorized,partially_paid,unpaid",
            "filter[q][payment_method_payment_source_type_in]": ",".join(sorted(REFRESHABLE)),
            "filter[q][updated_at_gteq]": to_iso(START - 20 * DAY),
            "filter[q][id_gt]": "oRdErId",
            "sort": "id",
            "page[size]": "25",
            "include": ",".join(order_includes().current),
        }

    def test_only_the_listing_of_placed_orders_has_no_latest_time_of_change(self, real: SandboxBench) -> None:
        for listing in LISTINGS.values():
            real.api.list_orders(listing, None)

        until = [request.url.params.get("filter[q][updated_at_lteq]") for request in real.wire.api_calls]
        assert dict(zip(LISTINGS, until, strict=True)) == {
            "placed": None,
            "unplaced": to_iso(START - 15 * MINUTE),
            "cancelled": to_iso(START - 15 * MINUTE),
            "carts": to_iso(START - 30 * MINUTE),
        }

    def test_every_list_call_takes_a_slot_of_the_rate_limiter(self, real: SandboxBench) -> None:
        pages(real.api, LISTINGS["placed"])
        real.api.list_webhooks()
        real.api.list_gateways("stripe_gateways")

        assert real.wire.rate_limiter.taken == 3
