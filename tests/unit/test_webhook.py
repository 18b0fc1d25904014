"""Answers to requests to the webhook URL."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain.order_document import read_order
from payment_refresh.errors import SecretUnavailable
from payment_refresh.use_cases.receive_order_event.signature import WebhookSecrets, sign
from payment_refresh.use_cases.receive_order_event.webhook import (
    MAX_BODY,
    SIGNATURE_HEADER,
    Refusal,
    WebhookRequest,
    read_signed_order,
)
from tests.support.clock import FakeClock
from tests.support.log import FakeLog
from tests.unit import payloads

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order

SECRET = "made-up"
DOCUMENT = payloads.document(payloads.payment(), number="Nº 1003 €")
BODY = json.dumps(DOCUMENT, ensure_ascii=False)


def secrets(topics: dict[str, object] | None = None) -> WebhookSecrets:
    known = {"orders.place": [SECRET]} if topics is None else topics
    return WebhookSecrets(fetch=lambda: known, clock=FakeClock(), log=FakeLog())


def request(body: str = BODY, *, raw: bytes | None = None, **changes: Any) -> WebhookRequest:
    """A request that Commerce Layer signed."""
    signature = sign(body.encode(errors="surrogatepass") if raw is None else raw, SECRET)
    given: dict[str, Any] = {
        "method": "POST",
        "path": "/orders.place",
        "headers": {SIGNATURE_HEADER: signature, "x-commercelayer-topic": "orders.place"},
        "body": body,
        "is_base64": raw is not None,
    }
    return WebhookRequest(**given | changes)


def in_base64(raw: bytes, **changes: Any) -> WebhookRequest:
    return request(base64.b64encode(raw).decode(), raw=raw, **changes)


def refusal(request_: WebhookRequest) -> Refusal:
    with pytest.raises(Refusal) as refused:
        read_signed_order(request_, secrets())
    return refused.value


def taken(request_: WebhookRequest) -> Order:
    return read_signed_order(request_, secrets())


def test_a_signed_order_is_taken_over_the_raw_body() -> None:
    assert taken(request()) == read_order(DOCUMENT)


def test_a_body_in_base64_is_the_bytes_that_were_signed() -> None:
    assert taken(in_base64(BODY.encode())) == read_order(DOCUMENT)


@pytest.mark.parametrize("path", ["/orders.place", "/orders.place/", "/_lambda/abc/orders.place", "orders.place"])
def test_the_last_segment_of_the_path_names_the_secret(path: str) -> None:
    assert request(path=path).topic == "orders.place"
    assert taken(request(path=path)).id == payloads.ORDER_ID


def test_the_topic_header_decides_nothing() -> None:
    signed = request()
    headers = dict(signed.headers) | {"x-commercelayer-topic": "orders.cancel"}

    assert taken(request(headers=headers)) == taken(signed)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "post", ""])
def test_any_other_method_is_not_allowed(method: str) -> None:
    assert refusal(request(method=method)).status == 405


@pytest.mark.parametrize("path", ["/", "", "/orders.pay", "/orders.place/x", "/orders.place%2F"])
def test_an_unknown_path_is_not_authorized(path: str) -> None:
    assert refusal(request(path=path)).status == 401


@pytest.mark.parametrize(
    "signature",
    [None, "", "forged", sign(b"another body", SECRET), sign(BODY.encode(), "another secret"), "x" * 100_000],
    ids=["none", "empty", "forged", "of another body", "with another secret", "endless"],
)
def test_a_bad_signature_is_not_authorized(signature: str | None) -> None:
    headers = {} if signature is None else {SIGNATURE_HEADER: signature}

    refused = refusal(request(headers=headers))

    assert (refused.status, refused.code) == (401, "SIGNATURE_MISMATCH")


@pytest.mark.parametrize("body", ["", "{", "not json", "[" * 200_000, "\ud800", "1" * 5000])
def test_what_is_signed_but_no_json_is_a_bad_request(body: str) -> None:
    refused = refusal(request(body))

    assert (refused.status, refused.code) == (400, "UNREADABLE_BODY")


@pytest.mark.parametrize("body", [b"\xff\xfe\xfd", "é".encode("latin-1")])
def test_bytes_that_are_no_text_are_a_bad_request(body: bytes) -> None:
    assert refusal(in_base64(body)).code == "UNREADABLE_BODY"


@pytest.mark.parametrize("body", ["@@@@", "abc", "é"])
def test_what_is_no_base64_is_a_bad_request(body: str) -> None:
    assert refusal(request(body, is_base64=True)).code == "UNREADABLE_BODY"


@pytest.mark.parametrize("body", ["{}", "[]", "7", '{"data": {"type": "customers", "id": "a"}}'])
def test_a_document_without_an_order_is_a_bad_request_that_says_why(body: str) -> None:
    refused = refusal(request(body))

    assert (refused.status, refused.code) == (400, "UNREADABLE_ORDER")
    assert str(refused)


class TestSize:
    """A mebibyte at most, in bytes, however it came."""

    @pytest.mark.parametrize("surplus", [0, 1, 2, 3])
    @pytest.mark.parametrize("encoded", [False, True])
    def test_the_limit_is_exact(self, surplus: int, encoded: bool) -> None:
        raw = BODY.encode()
        raw += b" " * (MAX_BODY - len(raw) + surplus)
        sent = in_base64(raw) if encoded else request(raw.decode())

        if surplus:
            assert refusal(sent).status == 413
        else:
            assert taken(sent).id == payloads.ORDER_ID

    def test_letters_of_more_than_a_byte_count_as_their_bytes(self) -> None:
        assert refusal(request("€" * (MAX_BODY // 3 + 1))).status == 413


def test_a_secret_that_cannot_be_read_is_our_fault_and_no_refusal() -> None:
    with pytest.raises(SecretUnavailable):
        read_signed_order(request(), secrets({"orders.place": "not a list"}))


@given(st.text(), st.booleans(), st.text(), st.dictionaries(st.just(SIGNATURE_HEADER), st.text()))
def test_no_unsigned_request_gets_in(body: str, is_base64: bool, path: str, headers: dict[str, str]) -> None:
    refused = refusal(WebhookRequest(method="POST", path=path, headers=headers, body=body, is_base64=is_base64))

    assert refused.status in (400, 401)
    assert refused.status == 401 or is_base64
    assert refused.code
    assert refused.title
