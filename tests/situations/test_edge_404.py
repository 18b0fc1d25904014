"""Answers 404 that do not say RECORD_NOT_FOUND: they come from the edge, and say nothing of the record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from payment_refresh.adapters.commerce_layer.responses import read_answer
from payment_refresh.errors import CommerceLayerError, NotFound, ServerError
from tests.situations.shop_order import CHECKOUT, KINDS, SATISPAY, STRIPE

if TYPE_CHECKING:
    from tests.situations.life import Life

HTML = b"<!DOCTYPE html><html><head><title>404</title></head><body>No such page</body></html>"
PAGES = [
    (HTML, CHECKOUT),
    (b"", SATISPAY),
    (b"default backend - 404", STRIPE),
    (json.dumps({"message": "no Route matched with those values"}).encode(), SATISPAY),
    (json.dumps({"errors": [{"title": "Not found", "code": "ROUTE_NOT_FOUND"}]}).encode(), CHECKOUT),
    (json.dumps({"errors": {"title": "Not found", "status": 404}}).encode(), STRIPE),
]
RECORDS = [
    {"errors": [{"title": "Record not found", "code": "RECORD_NOT_FOUND", "status": "404"}]},
    {"errors": {"code": "RECORD_NOT_FOUND"}},
]


def answered(page: bytes, what: str = "PATCH /api/satispay_payments/abc") -> CommerceLayerError:
    """The error that a 404 with this body is read as."""
    with pytest.raises(CommerceLayerError) as raised:
        read_answer(404, {"content-type": "text/html", "retry-after": "0"}, page, what)
    return raised.value


@pytest.mark.parametrize(("page", "kind"), PAGES)
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_page_without_the_code_is_read_as_no_answer(page: bytes, kind: str, method: str) -> None:
    error = answered(page, f"{method} /api/{kind}/abc")

    assert type(error) is ServerError
    assert error.status == 404


@pytest.mark.parametrize("record", RECORDS)
def test_answer_with_the_code_speaks_of_the_record(record: object) -> None:
    assert type(answered(json.dumps(record).encode())) is NotFound


@pytest.mark.parametrize(("page", "kind"), PAGES)
@pytest.mark.parametrize("lasts", ["3h", "20h"])
def test_payment_whose_refresh_meets_such_a_page_is_never_missing_and_settles_later(
    life: Life, page: bytes, kind: str, lasts: str
) -> None:
    order = life.order(kind=kind)
    life.until("5m")
    life.refuse(order, answered(page))
    life.paid_at_gateway(order)
    life.until(lasts)
    assert (life.end(order), life.events) == (("watching", None), {})
    life.world.commerce_layer.forget("refresh")

    life.until(f"{lasts}20m")

    assert (life.end(order), life.alarms) == (("settled", None), [])


@pytest.mark.parametrize(("page", "kind"), PAGES)
@pytest.mark.parametrize("is_cart", [False, True])
def test_payment_that_every_call_meets_such_a_page_for_is_neither_missing_nor_closed(
    life: Life, page: bytes, kind: str, *, is_cart: bool
) -> None:
    order = life.cart(kind=kind) if is_cart else life.order(kind=kind)
    life.until("30m")
    life.world.commerce_layer.down = answered(page)

    life.until("2d")

    assert (life.end(order), life.events) == (("watching", None), {})
    assert life.row(order).consecutive_failures > 0


@pytest.mark.parametrize("kind", KINDS)
def test_payment_absent_from_lists_whose_single_call_meets_such_a_page_is_not_missing(
    life: Life, kind: str
) -> None:
    order = life.order(kind=kind)
    life.until("10m")
    life.world.commerce_layer.hidden.add(order.id)
    for about in (str(order.key), f"orders#{order.id}"):
        life.world.commerce_layer.fail("retrieve", about, answered(HTML))

    life.until("3d")

    assert (life.end(order), life.events) == (("watching", None), {})


@pytest.mark.parametrize(("page", "kind"), PAGES[:3])
def test_refresh_that_always_meets_such_a_page_is_given_up_like_any_that_fails(
    life: Life, page: bytes, kind: str
) -> None:
    order = life.order(kind=kind, age="23d12h")
    life.refuse(order, answered(page))

    life.until("3d")

    assert life.end(order) == ("dead_lettered", "refresh_failing")
