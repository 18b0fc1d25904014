"""Records and events of messy stories, as a client of the API gets them."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from sandbox.config import Config
from sandbox.kinds import KINDS
from sandbox.oddities import REFRESH_LAGS
from tests.integration.sandbox.driver import wait_until
from tests.integration.sandbox.messy import QUICK, TOPICS, firsts, play

if TYPE_CHECKING:
    from tests.integration.sandbox.driver import Driver, Receiver


@pytest.fixture
def config() -> Config:
    """Scenarios are played in real time, so the clock goes."""
    return Config()


def test_what_is_deleted_is_in_no_list_and_answers_404(driver: Driver) -> None:
    rows = firsts(play(driver, "deleted_cart", "deleted_payment", "orphan"))

    def status(kind: str, record_id: str) -> int:
        return driver.get(f"/api/{kind}/{record_id}").status_code

    for name, order_is_there, payment_is_there in (
        ("deleted_cart", 404, 404),
        ("deleted_payment", 200, 404),
        ("orphan", 404, 200),
    ):
        for row in rows[name]:
            payment = f"/api/{row['payment_type']}"
            assert status("orders", row["order_id"]) == order_is_there
            assert status(row["payment_type"], row["payment_id"]) == payment_is_there
            listed = driver.get_q(payment, {"id_in": row["payment_id"]}, include="order").json()["data"]
            assert len(listed) == (payment_is_there == 200)
            assert all(each["relationships"]["order"]["data"] is None for each in listed)
            assert driver.refresh(row).status_code == payment_is_there
    [order] = [
        driver.get(f"/api/orders/{row['order_id']}", include="payment_source") for row in rows["orphan"][:1]
    ]
    assert order.json()["errors"][0]["code"] == "RECORD_NOT_FOUND"
    for row in rows["deleted_payment"]:
        order = driver.get(f"/api/orders/{row['order_id']}", include="payment_source")
        assert order.json()["data"]["relationships"]["payment_source"]["data"] is None


def test_other_sources_are_records_of_their_own_that_cannot_be_refreshed(driver: Driver) -> None:
    rows = play(driver, "replaced_unpaid", "replaced_paid")
    others = [row for row in rows if row["is_source"]]
    assert {row["payment_type"] for row in others} == {"wire_transfers", "paypal_payments"}
    for row in others:
        order = driver.get(
            f"/api/orders/{row['order_id']}", include="payment_source,payment_method.payment_gateway"
        )
        types = {each["type"] for each in order.json()["included"]}
        gateway = "manual_gateways" if row["payment_type"] == "wire_transfers" else "paypal_gateways"
        assert {row["payment_type"], "payment_methods", gateway} <= types
        is_unpaid = row["payment_type"] == "wire_transfers"
        assert (row["payment_status"] == "unpaid") is is_unpaid
        assert driver.refresh(row).json()["errors"][0]["code"] == "PARAM_NOT_ALLOWED"


def test_refreshes_are_refused_of_one_payment_alone(driver: Driver) -> None:
    rows = firsts(play(driver, "refresh_refused", "never_paid"))
    for row in rows["refresh_refused"]:
        assert driver.refresh(row).json()["errors"][0]["code"] == "UNAUTHORIZED"
        assert driver.get(f"/api/{row['payment_type']}/{row['payment_id']}").status_code == 200
    assert {driver.refresh(row).status_code for row in rows["never_paid"]} == {200}


def test_a_gateway_is_broken_for_a_while_and_only_that_one(driver: Driver) -> None:
    first, second = driver.order(gateway="sNdBxGtw01"), driver.order(gateway="sNdBxGtw04")
    driver.faults({"route": "PATCH", "status": 500, "gateway": "sNdBxGtw04"})
    assert [driver.refresh(each).status_code for each in (first, second)] == [200, 500]
    assert driver.get(f"/api/stripe_payments/{second['payment_id']}").status_code == 200
    met = play(driver, "broken_gateway", loss=1.0)
    assert {row["payment_type"] for row in met} == {"stripe_payments"}
    driver.faults()
    assert [driver.refresh(row).status_code for row in met] == [200] * len(met)


def test_an_odd_order_shows_its_number_as_an_integer_and_amounts_as_text(driver: Driver) -> None:
    [odd, *_] = play(driver, "odd_shapes", loss=0)
    order = driver.get(f"/api/orders/{odd['order_id']}", include="authorizations").json()
    assert type(order["data"]["attributes"]["number"]) is int
    assert order["data"]["attributes"]["total_amount_with_taxes_cents"].isdecimal()
    assert order["included"][0]["attributes"]["amount_cents"].isdecimal()
    assert type(driver.attributes(driver.order())["number"]) is str


def test_amounts_that_a_gateway_authorizes(driver: Driver) -> None:
    rows = firsts(
        play(driver, "authorized_less", "authorized_more", "authorized_in_part", "gift_card_rest", loss=0)
    )
    shown = {}
    for name, of_kind in rows.items():
        for row in of_kind:
            order = driver.get(f"/api/orders/{row['order_id']}", include="authorizations,payment_source").json()
            held = sum(
                each["attributes"]["amount_cents"]
                for each in order["included"]
                if each["type"] == "authorizations"
            )
            total, paid = (order["data"]["attributes"][key] for key in ("total_amount_cents", "payment_status"))
            shown[name] = (
                (held > total) - (held < total),
                paid.removeprefix("partially_"),
                paid != "partially_authorized",
            )
    assert shown["authorized_less"][0] == shown["authorized_in_part"][0] == -1
    assert (shown["authorized_more"][0], shown["gift_card_rest"][0]) == (1, 0)
    assert {name: whole for name, (_, _, whole) in shown.items()} == {
        "authorized_less": True,
        "authorized_more": True,
        "authorized_in_part": False,
        "gift_card_rest": True,
    }


def test_a_double_charge_shows_two_authorizations_of_two_payments(driver: Driver) -> None:
    for row in firsts(play(driver, "double_charge"))["double_charge"]:
        path = "authorizations.payment_source"
        order = driver.get(f"/api/orders/{row['order_id']}", include=path).json()
        held = [each for each in order["included"] if each["type"] == "authorizations"]
        sources = {each["relationships"]["payment_source"]["data"]["id"] for each in held}
        assert len(held) == len(sources) == 2
        assert row["payment_id"] in sources
        assert len({each["attributes"]["gateway_transaction_id"] for each in held}) == 2


def test_a_capture_comes_a_moment_after_our_refresh_whose_answer_lags(driver: Driver) -> None:
    [row, *_] = play(driver, "captured_at_once")
    assert REFRESH_LAGS in KINDS["captured_at_once"].oddities
    answer = driver.refresh(row, include="order").json()["included"][0]["attributes"]
    assert answer["payment_status"] == "unpaid"
    assert driver.attributes(row)["payment_status"] == "authorized"
    authorized_at = driver.attributes(row)["payment_updated_at"]
    wait_until(lambda: driver.attributes(row)["payment_status"] == "paid")
    assert driver.attributes(row)["payment_updated_at"] > authorized_at
    [reported] = [each["expect"] for each in driver.truth() if each["order_id"] == row["order_id"]]
    assert reported["settled_by"] == ["refresh"]


def test_a_tie_tells_of_the_order_without_its_money_last(driver: Driver, receiver: Receiver) -> None:
    for topic in TOPICS:
        driver.webhook(f"orders.{topic}", receiver.url, "payment_source", "authorizations")
    [row, *_] = play(driver, "tie", auto_capture=0)
    reported = [
        json.loads(body)["data"]["attributes"] for _, body in receiver.got if row["order_id"].encode() in body
    ]
    latest = max(each["updated_at"] for each in reported)
    assert sorted(each["payment_status"] for each in reported if each["updated_at"] == latest) == [
        "authorized",
        "unpaid",
    ]
    assert driver.attributes(row)["payment_status"] == "authorized"


def test_events_of_a_silent_step_get_lost(driver: Driver, receiver: Receiver) -> None:
    for topic in TOPICS:
        driver.webhook(f"orders.{topic}", receiver.url, "payment_source")
    rows = driver.play(**QUICK, kinds=["paid_then_cancelled_kept"], each=1, orders=30)
    reported = Counter(
        (headers["x-commercelayer-topic"], json.loads(body)["data"]["id"]) for headers, body in receiver.got
    )
    paid = sum(("orders.pay", row["order_id"]) in reported for row in rows)
    assert 0 < paid < 30
    assert all(("orders.cancel", row["order_id"]) in reported for row in rows)
    # Whoever saw the money before the cancellation settled it, others keep it in mind.
    assert all(row["expect"]["notice"] == [None, "kept_after_cancellation"] for row in rows)


def test_things_can_be_made_to_happen_to_one_order(driver: Driver) -> None:
    def shown(order: dict[str, str]) -> tuple[int, int]:
        payment = driver.get(f"/api/{order['payment_type']}/{order['payment_id']}")
        return driver.get(f"/api/orders/{order['order_id']}").status_code, payment.status_code

    for action, expected in (
        ("delete_order", (404, 404)),
        ("delete_payment", (200, 404)),
        ("orphan", (404, 200)),
        ("make_free", (200, 200)),
    ):
        order = driver.order()
        driver.act(order, action)
        assert shown(order) == expected
    first = driver.order(status="pending")
    second = driver.act(first, "replace_payment")
    driver.act(first, "authorize", payment_id=second["payment_id"])
    driver.act(first, "deliver", payment_id=second["payment_id"])
    driver.act(first, "charge_again", payment_id=first["payment_id"])
    [superseded] = [row for row in driver.truth() if row["payment_id"] == first["payment_id"]]
    assert (superseded["expect"]["notice"], superseded["expect"]["person"]) == (["superseded"], [True])
