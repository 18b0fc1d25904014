"""Queries that are sent to Commerce Layer."""

from __future__ import annotations

import pytest

from payment_refresh.adapters.commerce_layer.queries import (
    QueryFallback,
    ids_in,
    order_includes,
    order_params,
    payment_includes,
    payment_params,
    refresh_body,
)
from payment_refresh.domain.payment import GATEWAYS, NOT_REFRESHABLE, REFRESHABLE, PaymentKey

RECORDS = ("payment_source", "authorizations", "payment_method")
GATEWAY, AUTHORIZED = "payment_method.payment_gateway", "authorizations.payment_source"
SECRETS = ("client_secret", "publishable_key", "payment_response", "customer_email", "payment_instrument")


def levels(includes: QueryFallback) -> list[tuple[str, ...]]:
    """Everything that is included, one refusal after the other."""
    found = [includes.current]
    while includes.fall_back(includes.current):
        found.append(includes.current)
    return found


def fields(params: dict[str, str], kind: str) -> list[str]:
    return params[f"fields[{kind}]"].split(",")


def test_what_another_thread_gave_up_already_is_given_up_once() -> None:
    includes = payment_includes()
    refused = includes.current

    assert includes.fall_back(refused)
    assert includes.fall_back(refused)
    assert includes.current == ("order", "order.payment_source")


def test_below_the_last_there_is_nothing_to_try() -> None:
    includes = QueryFallback((("order",), ()))

    assert includes.fall_back(("order",))
    assert not includes.fall_back(())
    assert includes.fall_back(("order",)), "the last one was not refused"


def test_the_body_of_a_refresh_is_the_documented_one() -> None:
    """The example of Commerce Layer's how-to "Refreshing the payment source"."""
    assert refresh_body(PaymentKey("stripe_payments", "eqRZMSaNqM")) == {
        "data": {"type": "stripe_payments", "id": "eqRZMSaNqM", "attributes": {"_refresh": True}}
    }


def test_an_include_that_is_refused_is_dropped_and_the_rest_kept() -> None:
    found = levels(order_includes())

    assert found == [
        (*RECORDS, "voids", "refunds", GATEWAY, AUTHORIZED, "voids.payment_source", "refunds.payment_source"),
        (*RECORDS, "voids", "refunds", AUTHORIZED, "voids.payment_source", "refunds.payment_source"),
        (*RECORDS, "voids", "refunds", GATEWAY, AUTHORIZED),
        (*RECORDS, GATEWAY, AUTHORIZED),
        (*RECORDS, AUTHORIZED),
        RECORDS,
        ("payment_source", "authorizations"),
        ("payment_source",),
    ]
    assert levels(payment_includes()) == [
        ("order", "order.payment_source", "order.authorizations"),
        ("order", "order.payment_source"),
        ("order",),
        (),
    ]


def test_nothing_is_left_to_drop_at_the_last_level() -> None:
    includes = payment_includes()

    assert [includes.fall_back(includes.current) for _ in range(4)] == [True, True, True, False]
    assert includes.current == ()


@pytest.mark.parametrize("includes", levels(order_includes()))
def test_an_order_is_asked_for_with_what_is_included_and_no_secret(includes: tuple[str, ...]) -> None:
    params = order_params(includes)

    assert params["include"] == ",".join(includes)
    asked = fields(params, "orders")
    assert {"status", "payment_status", "updated_at", "payment_updated_at", "placed_at"} <= set(asked)
    assert {name for name in includes if "." not in name} <= set(asked)
    for kind, payment in REFRESHABLE.items():
        assert fields(params, kind) == list(payment.fields)
    for kind in NOT_REFRESHABLE:
        assert fields(params, kind) == ["updated_at"]
    assert ("fields[authorizations]" in params) == ("authorizations" in includes)
    assert ("fields[payment_methods]" in params) == ("payment_method" in includes)
    for relation in ("voids", "refunds"):
        assert (f"fields[{relation}]" in params) == (relation in includes)
    for gateway in GATEWAYS:
        assert params.get(f"fields[{gateway}]") == ("updated_at" if GATEWAY in includes else None)
    assert not [secret for secret in SECRETS if secret in str(params)]


def test_a_page_of_orders_is_asked_for_by_id() -> None:
    params = ids_in(["a", "b"]) | order_params(("payment_source",))

    assert params == order_params(("payment_source",)) | {"filter[q][id_in]": "a,b", "page[size]": "25"}


@pytest.mark.parametrize("kind", REFRESHABLE)
def test_a_payment_is_asked_for_with_its_order_and_no_secret(kind: str) -> None:
    params = payment_params(kind, ("order",))

    assert params["include"] == "order"
    assert fields(params, kind) == [*REFRESHABLE[kind].fields, "order"]
    assert "payment_status" in fields(params, "orders")
    assert not [secret for secret in SECRETS if secret in str(params)]


def test_without_its_order_only_the_payment_is_asked_for() -> None:
    params = payment_params("satispay_payments", ())

    assert fields(params, "satispay_payments") == ["payment_id", "updated_at"]
    assert not {"include", "fields[orders]"} & params.keys()


def test_the_orders_payment_source_is_asked_for_without_its_secrets() -> None:
    params = payment_params("stripe_payments", ("order", "order.payment_source"))

    assert params["include"] == "order,order.payment_source"
    assert "payment_source" in fields(params, "orders")
    assert {f"fields[{kind}]" for kind in (*REFRESHABLE, *NOT_REFRESHABLE)} <= params.keys()
    assert "fields[authorizations]" not in params


def test_its_authorizations_come_with_their_amounts() -> None:
    params = payment_params("stripe_payments", ("order", "order.authorizations"))

    assert "authorizations" in fields(params, "orders")
    assert {"amount_cents", "gateway_transaction_id", "message"} <= set(fields(params, "authorizations"))
