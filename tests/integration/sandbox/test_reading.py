"""Lists and single records: filters, includes, sparse fields, order and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.resources import PAYMENT_TYPES

if TYPE_CHECKING:
    import httpx

    from tests.integration.sandbox.driver import Clock, Driver


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["data"]]


def test_filters_on_orders(driver: Driver, clock: Clock) -> None:
    cart = driver.order(status="pending", payment_type="satispay_payments")["order_id"]
    clock.now += 3600
    placing = driver.order(status="placing", payment_type="checkout_com_payments")["order_id"]
    paid_ids = driver.order(status="placed", intent="authorized")
    driver.refresh(paid_ids)
    paid = paid_ids["order_id"]

    def found(**filters: str) -> set[str]:
        return set(ids(driver.get_q("/api/orders", filters)))

    assert found(id_in=f"{cart},{paid},unknownId1") == {cart, paid}
    assert found(status_in="pending,placing") == {cart, placing}
    assert found(status_eq="placed") == {paid}
    assert found(payment_status_eq="unpaid") == {cart, placing}
    assert found(payment_status_in="authorized,paid") == {paid}
    assert found(payment_method_payment_source_type_eq="stripe_payments") == {paid}
    assert found(id_gt=min(cart, placing, paid)) == {cart, placing, paid} - {min(cart, placing, paid)}
    assert found(updated_at_gteq="2027-01-15T09:00:00Z") == {placing, paid}
    assert found(updated_at_lteq="2027-01-15T08:30:00.000+00:00") == {cart}
    # All filters must hold.
    assert found(status_in="pending,placed", payment_status_eq="unpaid") == {cart}


def test_sorting(driver: Driver, clock: Clock) -> None:
    made = []
    for _ in range(5):
        made.append(driver.order()["order_id"])
        clock.now += 1
    assert ids(driver.get("/api/orders", sort="id")) == sorted(made)
    assert ids(driver.get("/api/orders", sort="-id")) == sorted(made, reverse=True)
    assert ids(driver.get("/api/orders", sort="updated_at")) == made
    assert ids(driver.get("/api/orders", sort="-updated_at,id")) == made[::-1]


@pytest.mark.parametrize("payment_type", PAYMENT_TYPES)
def test_payments_are_listed_by_id_with_their_order(driver: Driver, payment_type: str) -> None:
    first, second, _ = (driver.order(payment_type=payment_type) for _ in range(3))
    wanted = f"{first['payment_id']},{second['payment_id']}"
    answer = driver.get_q(f"/api/{payment_type}", {"id_in": wanted}, include="order")
    assert ids(answer) == [first["payment_id"], second["payment_id"]]
    assert {each["id"] for each in answer.json()["included"]} == {first["order_id"], second["order_id"]}


def test_relationships_have_data_only_when_included(driver: Driver) -> None:
    order = driver.order()
    plain = driver.get(f"/api/orders/{order['order_id']}").json()
    assert "included" not in plain
    source = plain["data"]["relationships"]["payment_source"]
    assert set(source) == {"links"}
    assert source["links"]["related"].endswith(f"/api/orders/{order['order_id']}/payment_source")
    document = driver.get(f"/api/orders/{order['order_id']}", include="payment_source,authorizations").json()
    related = document["data"]["relationships"]
    assert related["payment_source"]["data"] == {"type": "stripe_payments", "id": order["payment_id"]}
    assert related["authorizations"]["data"] == []
    assert "data" not in related["payment_method"]
    assert [each["type"] for each in document["included"]] == ["stripe_payments"]


def test_dot_paths(driver: Driver) -> None:
    order = driver.order(intent="authorized")
    driver.refresh(order)
    paths = "payment_source,payment_method,authorizations.payment_source"
    included = driver.get(f"/api/orders/{order['order_id']}", include=paths).json()["included"]
    assert sorted(each["type"] for each in included) == [
        "authorizations",
        "payment_methods",
        "stripe_payments",
    ]
    [authorization] = (each for each in included if each["type"] == "authorizations")
    assert authorization["relationships"]["payment_source"]["data"]["id"] == order["payment_id"]
    # Back to where it came from: the payment is the primary data, so it is not included once more.
    document = driver.get(f"/api/stripe_payments/{order['payment_id']}", include="order.payment_source").json()
    assert [each["type"] for each in document["included"]] == ["orders"]
    linked = document["included"][0]["relationships"]["payment_source"]["data"]
    assert linked == {"type": "stripe_payments", "id": order["payment_id"]}


def test_sparse_fields(driver: Driver) -> None:
    order = driver.order()
    path = f"/api/stripe_payments/{order['payment_id']}"
    sparse: dict[str, Any] = {"fields[stripe_payments]": "stripe_id,order", "fields[orders]": "status"}
    document = driver.get(path, include="order", **sparse).json()
    assert set(document["data"]["attributes"]) == {"stripe_id"}
    assert set(document["data"]["relationships"]) == {"order"}
    assert document["included"][0]["attributes"] == {"status": "placed"}
    assert document["included"][0]["relationships"] == {}
    # A relation that the fields leave out is not returned, though it was asked for.
    without = driver.get(path, include="order", **{"fields[stripe_payments]": "stripe_id"}).json()
    assert without["included"] == []
    assert without["data"]["relationships"] == {}


def test_payments_carry_secrets_and_stripe_has_no_state(driver: Driver) -> None:
    order = driver.order(intent="authorized")
    driver.refresh(order)
    attributes = driver.get(f"/api/stripe_payments/{order['payment_id']}").json()["data"]["attributes"]
    assert attributes["client_secret"]
    assert attributes["publishable_key"]
    assert not {"status", "state", "payment_response"} & attributes.keys()


def test_pages(driver: Driver) -> None:
    made = [driver.order(announce=False)["order_id"] for _ in range(27)]
    first = driver.get("/api/orders").json()
    assert len(first["data"]) == 10
    assert first["meta"] == {"record_count": 27, "page_count": 3}
    assert set(first["links"]) == {"first", "next", "last"}
    page: dict[str, Any] = {"page[size]": "25", "page[number]": "2"}
    second = driver.get("/api/orders", **page)
    assert ids(second) == made[25:]
    assert set(second.json()["links"]) == {"first", "prev", "last"}
    followed = driver.client.get(second.json()["links"]["prev"], headers=driver.headers())
    assert ids(followed) == made[:25]
    nothing = driver.get_q("/api/orders", {"id_in": "unknownId1"}).json()
    assert (nothing["data"], nothing["meta"]["record_count"]) == ([], 0)


def test_keyset_paging_sees_each_order_once(driver: Driver) -> None:
    made = {driver.order(announce=False)["order_id"] for _ in range(12)}
    seen: list[str] = []
    while True:
        filters = {"id_gt": seen[-1]} if seen else {}
        page = ids(driver.get_q("/api/orders", filters, sort="id", **{"page[size]": "5"}))
        if not page:
            break
        seen += page
    assert len(seen) == len(made)
    assert set(seen) == made


def test_each_record_says_where_it_is_from(driver: Driver) -> None:
    order = driver.order()
    document = driver.get(f"/api/orders/{order['order_id']}", include="payment_source").json()
    for record in (document["data"], *document["included"]):
        assert record["meta"]["mode"] == "live"
        assert record["meta"]["organization_id"] == driver.sandbox.config.organization_id
        assert record["meta"]["trace_id"]


def test_related_records_have_addresses_of_their_own(driver: Driver) -> None:
    order = driver.order(intent="authorized")
    driver.refresh(order)
    payment = f"/api/stripe_payments/{order['payment_id']}"
    assert driver.get(f"{payment}/order").json()["data"]["id"] == order["order_id"]
    authorizations = driver.get(f"/api/orders/{order['order_id']}/authorizations")
    assert authorizations.json()["meta"]["record_count"] == 1
