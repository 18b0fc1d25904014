"""The webhook URL's answers to requests that are not as they should be, and to our own faults."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.errors import SecretUnavailable, StateUnavailable
from payment_refresh.use_cases.receive_order_event.signature import sign
from payment_refresh.use_cases.receive_order_event.webhook import MAX_BODY
from tests.integration.handlers.sample_events import SANDBOX_SECRET, SIGNATURE, load, with_body
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from tests.integration.handlers.conftest import Functions, Output


@pytest.fixture
def event() -> dict[str, Any]:
    """An order event that is as it should be."""
    return load("order_events_place")


def refused(output: Output, status: int, code: str) -> None:
    """Check that a request got a JSON:API error object."""
    assert output.answer["statusCode"] == status
    assert output.answer["headers"] == {"Content-Type": "application/vnd.api+json"}
    (error,) = output.body["errors"]
    assert set(error) == {"status", "code", "title", "detail"}
    assert (error["status"], error["code"]) == (str(status), code)
    assert all(isinstance(text, str) and text for text in error.values())


def with_headers(event: dict[str, Any], **headers: str) -> dict[str, Any]:
    return event | {"headers": event["headers"] | headers}


class TestSignature:
    """401: nothing is read of a body that was not signed with the topic's secret."""

    @pytest.mark.parametrize("signature", ["", "AAAA", "é", "x" * 9999])
    def test_a_bad_signature(self, functions: Functions, event: dict[str, Any], signature: str) -> None:
        output = functions.run("order_events", with_headers(event, **{SIGNATURE: signature}))

        refused(output, 401, "SIGNATURE_MISMATCH")
        assert output.metrics == {"Refused401": 1}
        assert not functions.world.table.rows

    @pytest.mark.parametrize(("path", "counted"), [("/orders.place", 1), ("/orders.shipped", 0), ("/", 0)])
    def test_signature_of_another_secret_counts_as_a_webhooks_at_the_path_of_a_topic_alone(
        self, functions: Functions, event: dict[str, Any], path: str, counted: int
    ) -> None:
        event = with_headers(event, **{SIGNATURE: sign(event["body"].encode(), "another secret")})

        output = functions.run("order_events", event | {"rawPath": path})

        refused(output, 401, "SIGNATURE_MISMATCH")
        assert output.metrics == {"Refused401": 1} | dict.fromkeys(["RefusedSignatures"] * counted, 1)

    def test_no_signature(self, functions: Functions, event: dict[str, Any]) -> None:
        del event["headers"][SIGNATURE]

        refused(functions.run("order_events", event), 401, "SIGNATURE_MISMATCH")

    def test_a_body_changed_by_one_letter(self, functions: Functions, event: dict[str, Any]) -> None:
        event["body"] = event["body"].replace('"unpaid"', '"Unpaid"')

        refused(functions.run("order_events", event), 401, "SIGNATURE_MISMATCH")

    @pytest.mark.parametrize("path", ["/", "/orders.destroy", "/orders.pending", "", "/orders.place/extra"])
    def test_a_path_that_names_another_webhook_or_none(
        self, functions: Functions, event: dict[str, Any], secrets: dict[str, object], path: str
    ) -> None:
        secrets["orders.pending"] = ["another secret"]

        refused(functions.run("order_events", event | {"rawPath": path}), 401, "SIGNATURE_MISMATCH")

    def test_the_topic_header_decides_nothing(self, functions: Functions, event: dict[str, Any]) -> None:
        output = functions.run("order_events", with_headers(event, **{"x-commercelayer-topic": "orders.void"}))

        assert output.body == {"meta": {"result": "watching"}}

    @pytest.mark.parametrize("path", ["/orders.place/", "/some/stage/orders.place"])
    def test_only_the_last_path_segment_counts(
        self, functions: Functions, event: dict[str, Any], path: str
    ) -> None:
        assert functions.run("order_events", event | {"rawPath": path}).answer["statusCode"] == 200

    def test_header_names_in_any_case(self, functions: Functions, event: dict[str, Any]) -> None:
        event["headers"]["X-CommerceLayer-Signature"] = event["headers"].pop(SIGNATURE)

        assert functions.run("order_events", event).answer["statusCode"] == 200

    def test_the_previous_secret_still_counts(
        self, functions: Functions, event: dict[str, Any], secrets: dict[str, object]
    ) -> None:
        secrets["orders.place"] = ["the new one", SANDBOX_SECRET]

        assert functions.run("order_events", event).answer["statusCode"] == 200

    @pytest.mark.parametrize("held", [[], [""], "sandbox secret", None, [7]], ids=repr)
    def test_a_secret_in_the_wrong_form_lets_nobody_in(
        self, functions: Functions, event: dict[str, Any], secrets: dict[str, object], held: object
    ) -> None:
        secrets["orders.place"] = held
        empty = with_body(event, event["body"], secret="")

        assert functions.run("order_events", event).answer["statusCode"] in (401, 500)
        assert functions.run("order_events", empty).answer["statusCode"] in (401, 500)
        assert not functions.world.table.rows


class TestBody:
    """400 and 413: signed, but not an order."""

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ("", "UNREADABLE_BODY"),
            ("{", "UNREADABLE_BODY"),
            ("\ud83d", "UNREADABLE_BODY"),
            ("[" * 100_000, "UNREADABLE_BODY"),
            ("null", "UNREADABLE_ORDER"),
            ("[]", "UNREADABLE_ORDER"),
            ('{"data": []}', "UNREADABLE_ORDER"),
            ('{"data": {"type": "customers", "id": "x"}}', "UNREADABLE_ORDER"),
            ('{"data": {"type": "orders", "id": "x"}}', "UNREADABLE_ORDER"),
            ('{"data": {"type": "orders", "id": "../x", "attributes": {"status": "placed"}}}', "UNREADABLE_ORDER"),
        ],
    )
    def test_a_body_that_is_no_order(
        self, functions: Functions, event: dict[str, Any], body: str, code: str
    ) -> None:
        raw = body.encode(errors="surrogatepass")
        headers = event["headers"] | {SIGNATURE: sign(raw, SANDBOX_SECRET)}

        output = functions.run("order_events", event | {"body": body, "headers": headers})

        refused(output, 400, code)
        assert output.metrics == {"Refused400": 1}

    def test_a_request_without_a_body(self, functions: Functions, event: dict[str, Any]) -> None:
        event = with_body(event, "")
        del event["body"]

        refused(functions.run("order_events", event), 400, "UNREADABLE_BODY")

    def test_base64_that_is_none(self, functions: Functions, event: dict[str, Any]) -> None:
        refused(
            functions.run("order_events", event | {"body": "%%%", "isBase64Encoded": True}), 400, "UNREADABLE_BODY"
        )

    def test_what_is_too_large_is_not_even_verified(self, functions: Functions, event: dict[str, Any]) -> None:
        output = functions.run("order_events", with_body(event, " " * (MAX_BODY + 1)))

        refused(output, 413, "CONTENT_TOO_LARGE")
        assert output.metrics == {"Refused413": 1}

    def test_what_is_too_large_in_base64(self, functions: Functions, event: dict[str, Any]) -> None:
        body = base64.b64encode(b" " * (MAX_BODY + 3)).decode()

        refused(
            functions.run("order_events", event | {"body": body, "isBase64Encoded": True}),
            413,
            "CONTENT_TOO_LARGE",
        )

    def test_a_large_order_is_taken(self, functions: Functions, event: dict[str, Any]) -> None:
        document = json.loads(event["body"])
        document["data"]["attributes"]["metadata"] = {"note": "x" * (MAX_BODY // 2)}

        assert functions.run("order_events", with_body(event, json.dumps(document))).answer["statusCode"] == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_a_wrong_method(functions: Functions, event: dict[str, Any], method: str) -> None:
    event["requestContext"]["http"]["method"] = method

    refused(functions.run("order_events", event), 405, "METHOD_NOT_ALLOWED")


def test_who_settled_it_is_counted(functions: Functions) -> None:
    event = load("order_events_pay")
    document = json.loads(event["body"])
    source = document["data"]["relationships"]["payment_source"]["data"]
    functions.world.event(
        samples.order(id=document["data"]["id"], kind=source["type"], source_id=source["id"], at=START)
    )

    output = functions.run("order_events", event)

    assert output.metrics == {"EventEnded": 1, "SettledByWebhook": 1}


class TestOurFaults:
    """500, so that Commerce Layer sends the event again."""

    @pytest.mark.parametrize("error", [StateUnavailable("down"), RuntimeError("cannot happen")], ids=repr)
    def test_a_table_that_fails(self, functions: Functions, event: dict[str, Any], error: Exception) -> None:
        functions.world.table.faults.add("write", error)

        output = functions.run("order_events", event)

        refused(output, 500, "INTERNAL_SERVER_ERROR")
        assert output.metrics == {"Faults": 1}
        assert str(error) not in output.answer["body"]
        assert [line["message"] for line in output.log if line["level"] == "ERROR"] == ["order_event_failed"]
        assert functions.run("order_events", event).body == {"meta": {"result": "watching"}}

    def test_a_secret_that_was_never_read(
        self, functions: Functions, event: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unavailable() -> object:
            raise SecretUnavailable("secret arn:made-up could not be read: AccessDenied")

        monkeypatch.setattr(
            "payment_refresh.use_cases.receive_order_event.signature.read_secrets", lambda _secret: unavailable()
        )

        refused(functions.run("order_events", event), 500, "INTERNAL_SERVER_ERROR")

    def test_an_event_that_is_no_request(self, functions: Functions) -> None:
        refused(functions.run("order_events", {}), 500, "INTERNAL_SERVER_ERROR")
