"""Handling of Commerce Layer's answers of every kind, written here as no sandbox gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from payment_refresh.adapters.commerce_layer.queries import order_includes
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.errors import (
    CommerceLayerError,
    Declined,
    MayNotRead,
    NotFound,
    RateLimited,
    RequestRefused,
    ServerError,
    Unavailable,
    UnreadableOrder,
)
from tests.contract.api import wire_answering
from tests.support.commerce_layer import unheard

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.api import Wire

MEDIA_TYPE = "application/vnd.api+json"
KEY = PaymentKey("stripe_payments", "eqRZMSaNqM")


def ignore() -> None:
    """Do nothing when a refresh goes out."""


def error(status: int, code: str, **more: object) -> httpx.Response:
    """An error as Commerce Layer documents it."""
    return httpx.Response(status, json={"errors": [{"status": str(status), "code": code, "title": "x"} | more]})


def order_document() -> dict[str, Any]:
    return {"id": "oRdErAbCdE", "type": "orders", "attributes": {"status": "placed", "payment_status": "unpaid"}}


class TestIncludes:
    """What the API refuses to include is left out, and remembered."""

    def answer(self, *refused: str, code: str = "INVALID_INCLUDE") -> Callable[[httpx.Request], httpx.Response]:
        def respond(request: httpx.Request) -> httpx.Response:
            asked = request.url.params.get("include", "").split(",")
            if set(asked) & set(refused):
                return error(400, code)
            _, _, kind, *single = request.url.path.split("/")
            record = order_document() if kind == "orders" else {"type": kind, "id": KEY.id}
            return httpx.Response(200, json={"data": record if single else [record]})

        return respond

    def asked(self, wire: Wire) -> list[str]:
        return [request.url.params.get("include", "") for request in wire.api_calls]

    def test_the_rest_is_kept_and_the_refusal_remembered(self) -> None:
        richest = ",".join(order_includes().current)
        poorer = richest.replace(",payment_method.payment_gateway", "")
        with wire_answering(self.answer("payment_method.payment_gateway")) as wire:
            assert list(wire.api.look(["oRdErAbCdE"], unheard)) == ["oRdErAbCdE"]
            wire.api.look(["oRdErAbCdE"], unheard)
            wire.api.retrieve(PaymentKey(ORDERS, "oRdErAbCdE"), unheard)

        assert self.asked(wire) == [richest, poorer, poorer, poorer]
        assert wire.log.of("request_simplified") == [
            {"path": "/api/orders", "code": "INVALID_INCLUDE", "left": poorer}
        ]

    @pytest.mark.parametrize("code", ["INVALID_INCLUDE", "INVALID_RESOURCE", "INVALID_FIELD"])
    def test_relation_is_left_out_whichever_way_the_api_says_that_it_does_not_know_it(self, code: str) -> None:
        with wire_answering(self.answer("voids", code=code)) as wire:
            assert list(wire.api.look(["oRdErAbCdE"], unheard)) == ["oRdErAbCdE"]

        last = self.asked(wire)[-1].split(",")
        assert not {"voids", "refunds"} & set(last)
        assert {"payment_method.payment_gateway", "authorizations.payment_source"} <= set(last)
        assert {line["code"] for line in wire.log.of("request_simplified")} == {code}

    def test_the_payment_source_is_the_last_to_go(self) -> None:
        with wire_answering(self.answer("authorizations", "payment_method")) as wire:
            wire.api.look(["oRdErAbCdE"], unheard)

        assert self.asked(wire)[-1] == "payment_source"

    def test_fields_name_only_what_is_included(self) -> None:
        with wire_answering(self.answer("authorizations", "payment_method")) as wire:
            wire.api.look(["oRdErAbCdE"], unheard)

        params = wire.api_calls[-1].url.params
        assert "authorizations" not in params["fields[orders]"]
        assert "fields[authorizations]" not in params

    def test_without_the_order_a_refresh_is_still_sent(self) -> None:
        with wire_answering(self.answer("order")) as wire:
            assert wire.api.refresh(KEY, ignore) is None

        assert self.asked(wire) == [
            "order,order.payment_source,order.authorizations",
            "order,order.payment_source",
            "order",
            "",
        ]

    def test_with_nothing_left_to_leave_out_it_is_an_error(self) -> None:
        with wire_answering(lambda _request: error(400, "INVALID_INCLUDE")) as wire, pytest.raises(RequestRefused):
            wire.api.look(["oRdErAbCdE"], unheard)

        assert len(wire.api_calls) == len(order_includes().levels)


class TestAnswers:
    """Each status becomes the error that says what to do."""

    @pytest.mark.parametrize(
        ("response", "kind"),
        [
            (error(400, "FILTER_NOT_ALLOWED"), RequestRefused),
            (error(401, "UNAUTHORIZED"), MayNotRead),
            (httpx.Response(401, text="no"), MayNotRead),
            (error(403, "FORBIDDEN"), MayNotRead),
            (error(404, "RECORD_NOT_FOUND"), NotFound),
            (error(404, "NO_SUCH_ROUTE"), ServerError),
            (httpx.Response(404, text="<!DOCTYPE html><title>Error 404</title>"), ServerError),
            (error(406, "NOT_ACCEPTABLE"), RequestRefused),
            (error(409, "RECORD_NOT_UNIQUE"), Declined),
            (error(415, "UNSUPPORTED_MEDIA_TYPE"), RequestRefused),
            (error(422, "VALIDATION_ERROR"), Declined),
            (error(423, "LOCKED"), RequestRefused),
            (httpx.Response(429, text="slow down"), RateLimited),
            (error(500, "INTERNAL_SERVER_ERROR"), ServerError),
        ],
        ids=lambda value: str(getattr(value, "status_code", value)),
    )
    def test_errors(self, response: httpx.Response, kind: type[CommerceLayerError]) -> None:
        def answer(_request: httpx.Request) -> httpx.Response:
            return httpx.Response(response.status_code, content=response.content)

        with wire_answering(answer) as wire, pytest.raises(CommerceLayerError) as failed:
            wire.api.retrieve(KEY, unheard)

        assert type(failed.value) is kind
        assert failed.value.status == response.status_code

    @pytest.mark.parametrize("name", ["x-request-id", "X-Request-Id"])
    def test_request_id_in_the_header_is_kept_for_commerce_layers_support(self, name: str) -> None:
        document: dict[str, Any] = {"errors": [{"code": "X"}]}
        with (
            wire_answering(lambda _request: httpx.Response(422, json=document, headers={name: "req-1"})) as wire,
            pytest.raises(Declined) as declined,
        ):
            wire.api.refresh(KEY, ignore)

        assert declined.value.request_id == "req-1"

    @pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"null", b"[" * 9999, b"\xff"])
    def test_a_200_that_is_no_document_is_no_answer(self, content: bytes) -> None:
        with (
            wire_answering(lambda _request: httpx.Response(200, content=content)) as wire,
            pytest.raises(Unavailable, match="no JSON document"),
        ):
            wire.api.look(["oRdErAbCdE"], unheard)

    @pytest.mark.parametrize("data", [[], [None, 7, {}], [{"type": "orders"}]])
    def test_a_list_that_holds_no_orders_is_empty(self, data: object) -> None:
        with wire_answering(lambda _request: httpx.Response(200, json={"data": data})) as wire:
            assert wire.api.look(["oRdErAbCdE"], unheard) == {}

    @pytest.mark.parametrize("document", [{}, {"data": None}, {"data": {}}, {"data": "text"}, {"errors": []}])
    def test_what_is_no_list_does_not_pass_for_an_empty_one(self, document: dict[str, object]) -> None:
        with wire_answering(lambda _request: httpx.Response(200, json=document)) as wire:
            with pytest.raises(ServerError, match="/api/orders answered 200 without a list"):
                wire.api.look(["oRdErAbCdE"], unheard)
            with pytest.raises(ServerError, match="/api/stripe_payments answered 200 without a list"):
                wire.api.find_orders(KEY.type, [KEY.id], unheard)

    def test_one_unreadable_order_does_not_hide_the_others(self) -> None:
        broken = order_document() | {"id": "bRoKeNaBcD", "attributes": {}}
        document = {"data": [broken, order_document()]}
        with wire_answering(lambda _request: httpx.Response(200, json=document)) as wire:
            assert list(wire.api.look(["bRoKeNaBcD", "oRdErAbCdE"], unheard)) == ["oRdErAbCdE"]

        assert len(wire.log.of("order_unreadable")) == 1

    @pytest.mark.parametrize(("order", "expected"), [({"data": None}, None), ({"links": {}}, "")])
    def test_payment_without_an_order_leads_to_none_and_one_nobody_asked_for_is_left_out(
        self, order: dict[str, Any], expected: str | None
    ) -> None:
        link = {"order": {"data": {"type": "orders", "id": "oRdErAbCdE"}}}
        records = [
            {"type": "stripe_payments", "id": "aNoThErAbC", "relationships": link},
            {"type": "stripe_payments", "id": KEY.id, "relationships": {"order": order}},
        ]
        with wire_answering(lambda _request: httpx.Response(200, json={"data": records})) as wire:
            assert wire.api.find_orders("stripe_payments", [KEY.id], unheard) == {KEY.id: expected}

    def test_an_order_nobody_asked_for_is_not_reported(self) -> None:
        with wire_answering(lambda _request: httpx.Response(200, json={"data": [order_document()]})) as wire:
            assert wire.api.look(["aNoThErAbC"], unheard) == {}

    @pytest.mark.parametrize("more", [{}, {"relationships": 7}, {"relationships": {"order": {"data": None}}}])
    def test_a_payment_without_its_order_shows_none(self, more: dict[str, object]) -> None:
        document = {"data": {"type": KEY.type, "id": KEY.id} | more}
        with wire_answering(lambda _request: httpx.Response(200, json=document)) as wire:
            assert wire.api.refresh(KEY, ignore) is None
            assert wire.api.retrieve(KEY, unheard) is None

    @pytest.mark.parametrize("data", [None, [], {}, {"type": KEY.type, "id": "aNoThErAbC"}, order_document()])
    def test_another_record_than_the_one_asked_for_is_no_answer(self, data: object) -> None:
        with wire_answering(lambda _request: httpx.Response(200, json={"data": data})) as wire:
            with pytest.raises(ServerError, match="answered 200 with something else"):
                wire.api.retrieve(KEY, unheard)
            with pytest.raises(ServerError, match="answered 200 with something else"):
                wire.api.retrieve(PaymentKey(ORDERS, "aNoThErAbC"), unheard)
            with pytest.raises(ServerError, match="answered 200 with something else"):
                wire.api.refresh(KEY, ignore)

    def test_an_order_that_cannot_be_read_is_reported(self) -> None:
        document = {"data": order_document() | {"attributes": {}}}
        with (
            wire_answering(lambda _request: httpx.Response(200, json=document)) as wire,
            pytest.raises(UnreadableOrder),
        ):
            wire.api.retrieve(PaymentKey(ORDERS, "oRdErAbCdE"), unheard)

    def test_no_error_has_the_text_of_an_answer(self) -> None:
        response = {"errors": [{"code": "VALIDATION_ERROR", "detail": "shopper@example.com"}]}
        with (
            wire_answering(lambda _request: httpx.Response(422, json=response)) as wire,
            pytest.raises(Declined) as declined,
        ):
            wire.api.refresh(KEY, ignore)

        assert "shopper" not in str(declined.value)
