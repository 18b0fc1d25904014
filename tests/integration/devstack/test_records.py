"""Table items and queue messages, as the launcher reads them."""

from __future__ import annotations

import json

import pytest

from devstack.records import Event, Letter, Row, event_from_body, letter_from_body, row_from_item


def test_a_full_item_is_read() -> None:
    row = row_from_item(
        {
            "pk": {"S": "stripe_payments#p1"},
            "status": {"S": "settled"},
            "settled_by": {"S": "refresh"},
            "due_at": {"N": "12"},
            "ended_at": {"N": "34"},
            "order_id": {"S": "o1"},
            "round": {"N": "2"},
            "refreshes": {"N": "3"},
            "outbox": {"SS": ["dead_letter"]},
            "checks": {"L": []},
            "found_by": {"S": "discover"},
            "notice": {"S": "not_placed"},
            "reason": {"S": "replaced"},
        }
    )

    assert row == Row(
        "stripe_payments#p1", "settled", "refresh", 12.0, 34.0, "o1", 2, 3,
        outbox=True, found_by="discover", notice="not_placed", reason="replaced",
    )  # fmt: skip
    assert row.open


def test_what_an_item_lacks_has_its_default() -> None:
    row = row_from_item({"pk": {"S": "stripe_payments#p1"}, "status": {"S": "closed"}})

    assert row == Row("stripe_payments#p1", "closed")
    assert not row.open


def test_a_mark_is_no_watch() -> None:
    assert row_from_item({"pk": {"S": "mark#rate"}}) is None


def test_a_letter_is_read() -> None:
    body = json.dumps({"type": "stripe_payments", "id": "p1", "round": 2, "reason": "stayed_pending", "x": 1})

    assert letter_from_body(body) == Letter("stripe_payments#p1", 2, "stayed_pending", body)


@pytest.mark.parametrize("body", ["no JSON", "[]", '"text"', '{"type": "stripe_payments", "id": "p1"}'])
def test_any_other_message_is_no_letter_of_ours(body: str) -> None:
    assert letter_from_body(body) == Letter(None, None, None, body)


@pytest.mark.parametrize(
    ("detail", "key"),
    [
        ({"payment": {"type": "stripe_payments", "id": "p1"}, "order": {"id": "o1"}}, "stripe_payments#p1"),
        ({"payment": None, "order": {"id": "o1"}}, "orders#o1"),
        ({"payment": None, "order": {"id": None}}, None),
        ({}, None),
    ],
)
def test_an_event_names_its_watch(detail: dict[str, object], key: str | None) -> None:
    body = {"source": "payment-refresh", "detail-type": "PaymentSettled", "detail": detail | {"id": "an-id"}}

    event = event_from_body(json.dumps(body))

    assert event == Event("PaymentSettled", detail | {"id": "an-id"}, key)
    assert event.id == "an-id"
    assert not event.needs_a_person
    assert Event("PaymentMissing", {"needs_a_person": True}, None).needs_a_person
