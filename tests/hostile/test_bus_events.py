"""Order events of a bus: taken, or failed for Lambda to keep; nothing of their contents shows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from payment_refresh.errors import UnreadableOrder
from tests.hostile.endpoint import function
from tests.hostile.values import CANARY, MANY, STRANGE_TEXTS, junk, mutated
from tests.unit import payloads

DOCUMENT = payloads.document(payloads.payment(client_secret=CANARY), customer_email=CANARY)


def take(event: dict[str, Any]) -> None:
    """Take an event of the bus; it may fail for one reason only."""
    with function("order_events") as order_events:
        raised: Exception | None = None
        try:
            assert order_events.run(event).keys() == {"result"}
        except UnreadableOrder as error:
            raised = error
        if raised is not None:
            (line,) = [line for line in order_events.log if line["message"] == "order_event_failed"]
            assert line["exception_name"] == "UnreadableOrder"
            assert order_events.table.writes == []
        assert CANARY not in order_events.text + str(raised)
        assert order_events.secret_reads == []


@MANY
@given(mutated(DOCUMENT))
def test_no_document_fails_but_for_being_no_order(detail: Any) -> None:
    take({"id": "event", "source": "com.example.orders", "detail-type": "orders.place", "detail": detail})


@MANY
@given(junk)
def test_no_envelope_hides_why_an_event_failed(envelope: Any) -> None:
    take({"id": envelope, "source": envelope, "detail-type": envelope, "detail": {"data": None}})


@pytest.mark.parametrize("text", STRANGE_TEXTS, ids=lambda text: ascii(text[:12]))
def test_strange_texts_for_an_id(text: str) -> None:
    take({"id": text, "detail": {"data": None}})


def test_an_event_of_the_bus_cannot_pass_for_a_webhook_nor_a_webhook_for_one() -> None:
    """Only AWS makes ``requestContext``, and what the caller of the URL sends stands inside ``body``."""
    with function("order_events") as order_events:
        event = {"detail": DOCUMENT, "requestContext": {"http": {"method": "POST"}}, "rawPath": "/", "headers": {}}

        assert order_events.run(event)["statusCode"] == 401
        assert order_events.table.reads == []
