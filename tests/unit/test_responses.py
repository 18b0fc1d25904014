"""The meaning of Commerce Layer's HTTP answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.adapters.commerce_layer.responses import read_answer, read_code, read_json, read_token_answer
from payment_refresh.errors import (
    CommerceLayerError,
    CredentialsRefused,
    Declined,
    MayNotRead,
    MayNotUpdate,
    NotFound,
    RateLimited,
    RequestRefused,
    ServerError,
    Unavailable,
)

WHAT = "PATCH /api/stripe_payments/eqRZMSaNqM"
SHOPPER = "shopper@example.com"


def errors(code: str | None = None, **more: Any) -> dict[str, Any]:
    """An error document as the API sends it."""
    error = {"title": "No", "detail": f"not for {SHOPPER}", "code": code, "status": "4xx"} | more
    return {"errors": [error]}


def refusal(status: int, document: object, headers: dict[str, str] | None = None) -> CommerceLayerError:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(CommerceLayerError) as refused:
        read_answer(status, headers or {}, content, WHAT)
    return refused.value


def test_a_document_is_returned() -> None:
    assert read_answer(200, {}, b'{"data": []}', WHAT) == {"data": []}


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "INVALID_INCLUDE", RequestRefused),
        (401, "INVALID_TOKEN", CredentialsRefused),
        (401, "UNAUTHORIZED", MayNotUpdate),
        (401, None, MayNotUpdate),
        (403, "FORBIDDEN", MayNotUpdate),
        (404, "RECORD_NOT_FOUND", NotFound),
        (404, "INVALID_ROUTE", ServerError),
        (404, None, ServerError),
        (409, "CONFLICT", Declined),
        (415, None, RequestRefused),
        (422, "VALIDATION_ERROR", Declined),
        (429, "TOO_MANY_REQUESTS", RateLimited),
        (500, None, ServerError),
        (502, None, ServerError),
        (599, "OOPS", ServerError),
        (301, None, RequestRefused),
        (204, None, RequestRefused),
    ],
)
def test_the_errors_class_says_what_to_do(status: int, code: str | None, error: type[CommerceLayerError]) -> None:
    refused = refusal(status, errors(code))

    assert type(refused) is error
    assert (refused.status, refused.code) == (status, code)
    assert WHAT in str(refused)
    assert str(status) in str(refused)


@pytest.mark.parametrize(
    ("what", "kind", "right"),
    [
        ("GET /api/orders", MayNotRead, "may not read orders"),
        ("GET /api/stripe_payments/eqRZMSaNqM", MayNotRead, "may not read stripe_payments"),
        (WHAT, MayNotUpdate, "may not update stripe_payments"),
        ("POST /api/webhooks", MayNotUpdate, "may not create webhooks"),
        ("DELETE /api/webhooks/eqRZMSaNqM", MayNotUpdate, "may not delete webhooks"),
    ],
)
def test_a_missing_permission_is_named(what: str, kind: type[CommerceLayerError], right: str) -> None:
    with pytest.raises(kind, match=right):
        read_answer(401, {}, json.dumps(errors("UNAUTHORIZED")).encode(), what)


def test_a_record_that_was_created_or_deleted_is_a_success_only_where_it_is_expected() -> None:
    created = json.dumps({"data": {"id": "w"}}).encode()

    assert read_answer(201, {}, created, "POST /api/webhooks", success=201) == {"data": {"id": "w"}}
    assert read_answer(204, {}, b"", "DELETE /api/webhooks/w", success=204) == {}
    assert isinstance(refusal(201, created), RequestRefused)
    with pytest.raises(RequestRefused, match="answered 200"):
        read_answer(200, {}, created, "POST /api/webhooks", success=201)


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"null", b"\xff", b"[" * 200_000])
@pytest.mark.parametrize("status", [200, 503])
def test_an_answer_without_a_document_is_no_answer(status: int, content: bytes) -> None:
    assert isinstance(refusal(status, content), Unavailable)


@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html><title>Error 404</title>", b"{}", b'{"errors": []}'])
def test_404_that_names_no_record_says_nothing_of_it(content: bytes) -> None:
    refused = refusal(404, content)

    assert type(refused) is ServerError
    assert str(refused) == f"{WHAT} answered 404 without RECORD_NOT_FOUND"


@pytest.mark.parametrize(("status", "error"), [(404, NotFound), (422, Declined), (503, ServerError)])
def test_request_id_of_the_answers_header_goes_with_the_error(
    status: int, error: type[CommerceLayerError]
) -> None:
    refused = refusal(status, errors("RECORD_NOT_FOUND"), {"x-request-id": "5f0c-made-up"})

    assert (type(refused), refused.request_id) == (error, "5f0c-made-up")


@pytest.mark.parametrize(
    "headers", [{}, {"x-request-id": ""}, {"x-request-id": SHOPPER}, {"x-request-id": "a" * 65}]
)
def test_request_id_that_is_absent_or_strange_is_none(headers: dict[str, str]) -> None:
    assert refusal(422, errors(meta={"trace_id": "t-1"}), headers).request_id is None


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7", 7.0),
        ("0", None),
        ("000", None),
        ("999999", 999999.0),
        ("9" * 400, None),
        ("\N{ARABIC-INDIC DIGIT ONE}", None),
        (None, None),
        ("Wed, 21 Oct", None),
        ("", None),
        ("²", None),
        ("-1", None),
    ],
)
def test_a_429_shows_how_long_to_wait_where_it_does(retry_after: str | None, seconds: float | None) -> None:
    headers = {} if retry_after is None else {"retry-after": retry_after}

    assert refusal(429, errors(), headers).retry_after == seconds


@pytest.mark.parametrize("status", [400, 401, 404, 422, 429, 500])
def test_no_error_has_the_text_of_the_answer(status: int) -> None:
    refused = refusal(status, errors("CODE"))

    assert SHOPPER not in str(refused) + repr(refused) + repr(vars(refused))


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (None, None),
        ({}, None),
        ({"errors": []}, None),
        ({"errors": None}, None),
        ({"errors": ["no"]}, None),
        ({"errors": [{"code": 7}]}, None),
        ({"errors": [{"code": "A"}, {"code": "B"}]}, "A"),
        ({"errors": {"code": "INVALID_TOKEN"}}, "INVALID_TOKEN"),
        ({"errors": [{"code": "X" * 65}]}, None),
        ({"errors": [{"code": "no code"}]}, None),
        ({"errors": [{"code": SHOPPER}]}, None),
    ],
)
def test_the_first_errors_code_is_read_as_a_list_or_as_one_object(
    document: dict[str, Any] | None, code: str | None
) -> None:
    assert read_code(document) == code


JSON = st.recursive(
    st.none() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["meta", "code", "title"]), inner),
    max_leaves=6,
)


@given(st.integers(201, 599), JSON, JSON)
def test_no_error_document_breaks_the_reading(status: int, problems: object, meta: object) -> None:
    assert refusal(status, {"errors": problems, "meta": meta}).status == status


@given(st.binary())
def test_no_bytes_break_the_reading(content: bytes) -> None:
    document = read_json(content)

    assert document is None or isinstance(document, dict)


class TestTheTokenEndpoint:
    """Every refusal is reported as wrong credentials."""

    def test_a_token_is_returned(self) -> None:
        assert read_token_answer(200, {}, b'{"access_token": "t"}') == {"access_token": "t"}

    @pytest.mark.parametrize("status", [400, 401, 403, 422])
    def test_a_refusal_says_to_mend_the_secret(self, status: int) -> None:
        with pytest.raises(
            CredentialsRefused, match="the client id or client secret in the API secret is wrong"
        ) as no:
            read_token_answer(status, {}, b'{"error": "invalid_client"}')

        assert no.value.status == status

    def test_refusal_of_the_credentials_has_the_request_id_of_the_answer(self) -> None:
        with pytest.raises(CredentialsRefused) as no:
            read_token_answer(401, {"x-request-id": "5f0c-made-up"}, b"{}")

        assert no.value.request_id == "5f0c-made-up"

    @pytest.mark.parametrize(
        ("status", "error"), [(429, RateLimited), (500, Unavailable), (404, Unavailable), (200, Unavailable)]
    )
    def test_an_outage_is_not_laid_to_them(self, status: int, error: type[CommerceLayerError]) -> None:
        with pytest.raises(error):
            read_token_answer(status, {}, b"")
