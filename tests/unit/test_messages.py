"""Messages of the queues: what is written, and what can be read."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.domain import leases
from payment_refresh.domain.deployment import ApiMode, RunMode
from payment_refresh.domain.messages import LETTER_CHECKS, Request, read_message, write_letter, write_request
from payment_refresh.domain.payment import ORDERS, PaymentKey, is_id
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import CheckSource
from payment_refresh.domain.watch import Check, Watch
from payment_refresh.errors import UnreadableMessage
from tests.support import samples
from tests.support.clock import START
from tests.support.deployment import deployment
from tests.unit.strategies import ids, watches

KEY = PaymentKey("stripe_payments", "eqRZMSaNqM")


@pytest.mark.parametrize(
    ("message", "request_"),
    [
        ({"type": "stripe_payments", "id": "eqRZMSaNqM"}, Request(key=KEY)),
        ({"type": "stripe_payments", "id": "eqRZMSaNqM", "claim": "t"}, Request(key=KEY, claim="t")),
        ({"type": "stripe_payments", "id": "eqRZMSaNqM", "round": 3}, Request(key=KEY, letter_round=3)),
        ({"type": "stripe_payments", "id": "eqRZMSaNqM", "order_id": "x", "more": []}, Request(key=KEY)),
        ({"type": "stripe_payments", "id": "eqRZMSaNqM", "acknowledge": " paid by wire "},
         Request(key=KEY, acknowledge="paid by wire")),
        ({"type": "stripe_payments", "id": "eqRZMSaNqM", "acknowledge": "é" * 200},
         Request(key=KEY, acknowledge="é" * 200)),
        ({"type": "stripe_payments", "id": "eqRZMSaNqM", "acknowledge": None}, Request(key=KEY)),
        ({"order_id": "pLaCeAbCdE", "acknowledge": "x"},
         Request(key=PaymentKey(ORDERS, "pLaCeAbCdE"), acknowledge="x")),
        ({"order_id": "pLaCeAbCdE"}, Request(key=PaymentKey(ORDERS, "pLaCeAbCdE"))),
        ({"type": "orders", "id": "pLaCeAbCdE"}, Request(key=PaymentKey(ORDERS, "pLaCeAbCdE"))),
        ({"type": "satispay_payments", "id": "a", "claim": None, "round": None},
         Request(key=PaymentKey("satispay_payments", "a"))),
    ],
)  # fmt: skip
def test_a_message_names_a_payment_or_an_order(message: dict[str, Any], request_: Request) -> None:
    assert read_message(json.dumps(message)) == request_


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 200_000, "not JSON"),
        ("1" * 5000, "not JSON"),
        ("[]", "not a JSON object"),
        ('"stripe_payments"', "not a JSON object"),
        ("null", "not a JSON object"),
        ("{}", "has no type"),
        ('{"id": "a"}', "has no type"),
        ('{"type": "stripe_payments"}', "has no id"),
        ('{"type": "stripe_payments", "id": 7}', "has no id"),
        ('{"type": null, "order_id": "a"}', "has no type"),
        ('{"order_id": 7}', "has no order_id"),
        ('{"order_id": "a/b"}', "is not an id"),
        ('{"type": "paypal_payments", "id": "a"}', "cannot be refreshed"),
        ('{"type": "stripe_payments", "id": "../orders"}', "is not an id"),
        ('{"type": "stripe_payments", "id": "a", "claim": 7}', "claim must be"),
        ('{"type": "stripe_payments", "id": "a", "round": "3"}', "round must be"),
        ('{"type": "stripe_payments", "id": "a", "round": true}', "round must be"),
        ('{"type": "stripe_payments", "id": "a", "round": 1.0}', "round must be"),
        ('{"type": "stripe_payments", "id": "a", "round": 0}', "round must be"),
        ('{"type": "stripe_payments", "id": "a", "round": -1}', "round must be"),
        ('{"type": "stripe_payments", "id": "a", "acknowledge": ""}', "acknowledge must be a note"),
        ('{"type": "stripe_payments", "id": "a", "acknowledge": "  "}', "acknowledge must be a note"),
        ('{"type": "stripe_payments", "id": "a", "acknowledge": true}', "acknowledge must be a note"),
        ('{"type": "stripe_payments", "id": "a", "acknowledge": ["x"]}', "acknowledge must be a note"),
        ('{"type": "stripe_payments", "id": "a", "acknowledge": "two\\nlines"}', "acknowledge must be a note"),
        (
            json.dumps({"type": "stripe_payments", "id": "a", "acknowledge": "x" * 201}),
            "acknowledge must be a note",
        ),
    ],
    ids=lambda value: value[:40],
)
def test_any_other_message_is_refused_with_what_is_wrong(body: str, says: str) -> None:
    with pytest.raises(UnreadableMessage, match=says):
        read_message(body)


@given(
    st.text()
    | st.recursive(st.none() | st.text(), lambda inner: st.dictionaries(st.text(), inner)).map(json.dumps)
)
def test_no_message_breaks_the_reading(body: str) -> None:
    with suppress(UnreadableMessage):
        assert is_id(read_message(body).key.id)


@given(watches(), st.text(min_size=1))
def test_the_sweeps_message_is_read_as_its_claim(watch: Watch, token: str) -> None:
    claimed = leases.claim(watch, token, START)

    assert read_message(write_request(claimed)) == Request(key=watch.key, claim=token)


@given(watches())
def test_a_letter_moved_back_is_read_as_its_round(watch: Watch) -> None:
    letter = write_letter(watch, deployment())

    assert read_message(letter) == Request(key=watch.key, letter_round=watch.round)


@given(ids)
def test_an_order_named_manually_is_the_row_of_that_order(id_: str) -> None:
    assert read_message(json.dumps({"order_id": id_})).key == PaymentKey(ORDERS, id_)


def test_a_letter_has_what_a_person_needs() -> None:
    policy = Policy()
    checks = tuple(
        Check(
            at=START + number,
            by=CheckSource.LOOK,
            verdict="pending",
            payment_status="unpaid",
            code="attempt_failed",
        )
        for number in range(LETTER_CHECKS + 2)
    )
    watch = samples.dead_lettered(
        samples.order(),
        policy,
        at=START + 86400,
        checks=checks,
        refreshes=4,
        last_error="503",
        claim="secret-token",
    )

    letter = json.loads(write_letter(watch, deployment(run_mode=RunMode.OBSERVE, api_mode=ApiMode.TEST)))

    assert [check["at"] for check in letter["checks"]] == [
        f"2026-01-01T00:00:0{second}.000Z" for second in range(2, 7)
    ]
    assert letter.pop("checks")[0] == {
        "at": "2026-01-01T00:00:02.000Z",
        "by": "look",
        "verdict": "pending",
        "code": "attempt_failed",
    }
    assert letter == {
        "type": "stripe_payments",
        "id": "pay-a",
        "round": 1,
        "reason": "stayed_pending",
        "order_id": "order-a",
        "order_number": "10a",
        "amount_cents": 9900,
        "currency": "EUR",
        "gateway_id": "pi_a",
        "since": "2026-01-01T00:00:00.000Z",
        "ended_at": "2026-01-02T00:00:00.000Z",
        "stack": "payment-refresh",
        "organization": "your-org",
        "run_mode": "observe",
        "api_mode": "test",
        "refreshes": 4,
        "last_error": "503",
    }


def test_a_letter_of_a_watch_without_an_end_is_readable_all_the_same() -> None:
    watch = replace(samples.watch(samples.order(), Policy()), round=2)

    assert json.loads(write_letter(watch, deployment()))["ended_at"] is None
