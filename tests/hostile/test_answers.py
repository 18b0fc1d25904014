"""Commerce Layer's answers, as bad as can be: an error of ours comes of them, or what was asked for, no more."""

from __future__ import annotations

import gzip
import itertools
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.adapters.commerce_layer.http import LONGEST_ANSWER
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.errors import CommerceLayerError, ServerError, Unavailable, UnreadableOrder
from tests.hostile.calls import API_CALLS, CALLS, GET_TOKEN, KEY, LISTING, LOOK, ORDER, ORDER_KEY, REFRESH
from tests.hostile.values import CANARY, SOME, contents, encode, spoiled
from tests.hostile.wire import CLIENT_SECRET, HOST, NUMBERS, Answer, Stream, answers, wire
from tests.support.commerce_layer import unheard
from tests.unit import payloads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hostile.calls import Call

LONGEST_PAUSE = 70
"""Seconds: no answer makes anybody wait longer for the next slot of the rate limiter."""

ERROR = {
    "title": CANARY,
    "detail": CANARY,
    "code": "VALIDATION_ERROR",
    "status": "422",
    "meta": {"value": CANARY},
}
ERRORS = {"errors": [ERROR]}

with_all = pytest.mark.parametrize("call", CALLS, ids=str)


def hold_against(call: Call, answer: Callable[[httpx.Request], httpx.Response]) -> CommerceLayerError | None:
    """Make a call that is answered so, and check all that must hold whatever the answer is."""
    error: CommerceLayerError | None = None
    with wire(answer, token_too=call is GET_TOKEN) as client:
        try:
            call.make(client)
        except CommerceLayerError as raised:
            error = raised
        seen = f"{error!r}{error}{vars(error) if error else ''}{client.log.text}{client.tokens!r}"
        assert not [secret for secret in (CANARY, CANARY.split()[0], CLIENT_SECRET) if secret in seen]
        assert {request.url.host for request in client.requests} == {HOST}
        assert not [request for request in client.requests if "cookie" in request.headers]
        assert len(client.requests) < 60
        assert client.rate_limiter.snapshot().free_in < LONGEST_PAUSE
    return error


@with_all
@SOME
@given(st.data())
def test_no_answer_breaks_a_call(call: Call, data: st.DataObject) -> None:
    answer = data.draw(answers(contents(call.document) | contents(ERRORS)))

    hold_against(call, lambda _request: answer.response())


@with_all
def test_no_strange_value_breaks_a_call(call: Call) -> None:
    for name in sorted(call.read):
        for document in spoiled(call.document, name):
            answer = Answer(content=encode(document))
            hold_against(call, lambda _request, answer=answer: answer.response())  # type: ignore[misc]  # mypy infers no default


@pytest.mark.parametrize("call", [REFRESH, GET_TOKEN], ids=str)
@pytest.mark.parametrize("status", [400, 401, 429])
def test_no_strange_value_of_an_error_gets_into_ours(call: Call, status: int) -> None:
    for name in ("errors", "code"):
        for document in spoiled(ERRORS, name):
            answer = Answer(status, encode(document))
            hold_against(call, lambda _request, answer=answer: answer.response())  # type: ignore[misc]  # mypy infers no default


@pytest.mark.parametrize("status", [200, 429])
@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: repr(number[:12]))
def test_no_number_in_a_header_breaks_a_call_or_stops_the_rate_limiter(status: int, number: bytes) -> None:
    for name in (b"retry-after", b"x-ratelimit-remaining", b"x-ratelimit-limit"):
        rest = {b"x-ratelimit-remaining": b"0", b"x-ratelimit-limit": b"200"} | {name: number}
        answer = Answer(status, encode(LOOK.document), tuple(rest.items()))
        hold_against(LOOK, lambda _request, answer=answer: answer.response())  # type: ignore[misc]  # mypy infers no default


@pytest.mark.parametrize("request_id", [CANARY.encode(), b"", b"\xff", b"a" * 5_000, b"{}"])
def test_no_strange_request_id_of_an_answer_gets_into_our_error(request_id: bytes) -> None:
    answer = Answer(422, encode(ERRORS), ((b"x-request-id", request_id),))

    error = hold_against(REFRESH, lambda _request: answer.response())

    assert error is not None
    assert error.request_id is None


@with_all
def test_a_200_that_has_an_error_is_no_answer(call: Call) -> None:
    error = hold_against(call, lambda _request: httpx.Response(200, json=ERRORS))

    assert error is not None


@with_all
def test_of_an_endless_answer_little_is_read(call: Call) -> None:
    stream = Stream(itertools.repeat(b" " * 65_536))

    error = hold_against(call, lambda _request: httpx.Response(200, stream=stream))

    assert isinstance(error, Unavailable)
    assert stream.given <= LONGEST_ANSWER // 65_536 + 1


@pytest.mark.parametrize("call", [LOOK, GET_TOKEN], ids=str)
def test_what_is_packed_small_is_measured_as_it_comes_out(call: Call) -> None:
    packed = gzip.compress(b" " * (3 * LONGEST_ANSWER), 1)
    stream = Stream(packed[start : start + 1024] for start in range(0, len(packed), 1024))

    error = hold_against(
        call, lambda _request: httpx.Response(200, headers={"content-encoding": "gzip"}, stream=stream)
    )

    assert isinstance(error, Unavailable)
    assert stream.given < len(packed) / 1024 / 2


def test_a_cookie_that_no_header_could_hold_does_not_break_the_next_call() -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=[(b"set-cookie", b"\xd9\xa1=1")], content=encode(LOOK.document))

    with wire(answer) as client:
        LOOK.make(client)
        LOOK.make(client)


class TestOnlyWhatWasAskedFor:
    """A record is believed for its id and type, which must be those of the question."""

    def answering(self, document: object) -> Callable[[httpx.Request], httpx.Response]:
        return lambda _request: httpx.Response(200, json=document)

    def test_hundreds_of_orders_that_nobody_asked_for(self) -> None:
        others = [ORDER["data"] | {"id": f"oThEr{number}"} for number in range(300)]
        with wire(self.answering(ORDER | {"data": [*others, ORDER["data"]]})) as client:
            assert client.api.look([ORDER_KEY.id], unheard).keys() == {ORDER_KEY.id}

    def test_hundreds_of_orders_on_one_page_are_all_judged_by_the_listing(self) -> None:
        others = [
            ORDER["data"] | {"id": f"oThEr{number}", "attributes": payloads.attributes(status="cancelled")}
            for number in range(300)
        ]
        with wire(self.answering({"data": [*others, ORDER["data"]]})) as client:
            page = client.lists.list_orders(LISTING, None)

        assert [order.id for order in page.orders if LISTING.wants(order)] == [ORDER_KEY.id]

    @pytest.mark.parametrize("kind", ["satispay_payments", "orders", "customers"])
    def test_a_payment_of_another_type_leads_to_no_order(self, kind: str) -> None:
        link = {"order": {"data": payloads.link(ORDERS, ORDER_KEY.id)}}
        record = {"type": kind, "id": KEY.id, "relationships": link}
        with wire(self.answering({"data": [record]})) as client:
            assert client.api.find_orders(KEY.type, [KEY.id], unheard) == {}

    def test_a_payment_that_belongs_to_something_else_leads_to_no_order(self) -> None:
        link = {"order": {"data": payloads.link("returns", ORDER_KEY.id)}}
        with wire(self.answering({"data": [payloads.payment() | {"relationships": link}]})) as client:
            assert client.api.find_orders(KEY.type, [KEY.id], unheard) == {KEY.id: ""}

    def test_an_included_record_of_another_type_is_not_taken_for_the_order(self) -> None:
        payment = payloads.payment() | {"relationships": {"order": {"data": payloads.link(ORDERS, "oRdEr")}}}
        included = [ORDER["data"] | {"type": "returns", "id": "oRdEr"}]
        with wire(self.answering({"data": payment, "included": included})) as client:
            assert client.api.retrieve(KEY, unheard) is None

    def test_an_order_that_is_asked_for_by_its_id_must_have_it(self) -> None:
        with wire(self.answering(ORDER)) as client, pytest.raises(ServerError):
            client.api.retrieve(PaymentKey(ORDERS, "aNoThErAbC"), unheard)

    def test_an_order_that_cannot_be_read_says_nothing_of_itself(self) -> None:
        document = {"data": ORDER["data"] | {"attributes": {"status": 7, "customer_email": CANARY}}}
        with wire(self.answering(document)) as client, pytest.raises(UnreadableOrder) as raised:
            client.api.retrieve(ORDER_KEY, unheard)

        assert CANARY not in str(raised.value)


@pytest.mark.parametrize("call", API_CALLS, ids=str)
def test_no_redirect_is_followed(call: Call) -> None:
    for target in (
        "https://elsewhere.example/",
        "//elsewhere.example/api",
        "/api/other",
        "http://[",
        "",
        "file:///",
    ):
        for status in (302, 307):
            error = hold_against(
                call,
                lambda _request, s=status, t=target: httpx.Response(s, headers={"location": t}),  # type: ignore[misc]  # mypy infers no default
            )
            assert error is not None
