"""Requests that anybody can send to the webhook URL without a shared secret: refused before any work is done."""

from __future__ import annotations

import hmac
import json
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.use_cases.receive_order_event import signature, webhook
from payment_refresh.use_cases.receive_order_event.webhook import MAX_BODY, MAX_SIGNATURE
from tests.hostile.endpoint import HEADER, SECRET, TOPIC, function, request
from tests.hostile.values import CANARY, MANY, contents, junk, texts
from tests.unit import payloads

if TYPE_CHECKING:
    from collections.abc import Callable

BODIES = contents(payloads.document(payloads.payment(client_secret=CANARY)))
RIGHT = signature.sign(b"{}", SECRET)
FORGED = (
    *("", " ", "=", "\ud800", "é", "\x00", "null", SECRET, "x" * MAX_SIGNATURE, "x" * 9_999, RIGHT * 2),
    *(signature.sign(b"{}", other) for other in ("", "another-secret", "canary-shared-secre")),
    *(RIGHT[:-1], RIGHT.lower(), RIGHT + "=", f" {RIGHT}", f"{RIGHT},{RIGHT}", RIGHT.rstrip("=")),
)


def never(*_args: object, **_kwargs: object) -> Any:
    """Stand in for work that must not be done."""
    raise AssertionError("work was done for a request that was not signed")


@MANY
@given(
    body=BODIES,
    signature=st.sampled_from(FORGED) | texts,
    path=st.sampled_from(["/orders.place", "/", "", "/../orders.place", "/a" * 2_000, "/orders.pay/", "//"])
    | texts,
    method=st.sampled_from(["POST"] * 5 + ["GET", "OPTIONS", "post", "", "PO\r\nST"]),
    headers=st.dictionaries(texts, texts, max_size=3),
    is_base64=st.booleans(),
)
def test_without_the_right_signature_no_work_is_done(
    body: bytes, signature: str, path: str, method: str, headers: dict[str, str], is_base64: bool
) -> None:
    event = request(
        body,
        rawPath=path,
        headers=headers | {HEADER: signature},
        isBase64Encoded=is_base64,
        requestContext={"http": {"method": method, "path": path}},
    )
    with function("order_events") as order_events, pytest.MonkeyPatch.context() as patch:
        patch.setattr(webhook, "json", SimpleNamespace(loads=never))
        patch.setattr(webhook, "read_order", never)

        answer = order_events.run(event)

        assert answer["statusCode"] in (400, 401, 405), order_events.text
        assert (order_events.table.reads, order_events.table.writes) == ([], [])
        assert len(order_events.secret_reads) <= 1
        assert CANARY not in answer["body"] + order_events.text
        assert SECRET not in answer["body"] + order_events.text
        (error,) = json.loads(answer["body"])["errors"]
        assert error["status"] == str(answer["statusCode"])


@pytest.mark.parametrize(
    "missing", [{"headers": {}}, {"body": None}, {"body": ""}, {"rawPath": ""}, {"isBase64Encoded": True}], ids=str
)
def test_a_request_that_lacks_something_is_refused(missing: dict[str, Any]) -> None:
    with function("order_events") as order_events:
        event = request(b"{}", signature="AAAA") | missing

        assert order_events.run(event)["statusCode"] in (400, 401)


@MANY
@given(st.dictionaries(st.sampled_from(["headers", "body", "rawPath", "isBase64Encoded", "detail"]), junk), junk)
def test_not_even_an_event_that_aws_would_never_make_raises(parts: dict[str, Any], context: Any) -> None:
    with function("order_events") as order_events:
        answer = order_events.run(request(b"{}", signature="AAAA") | parts | {"requestContext": context})

        assert answer["statusCode"] in (400, 401, 405, 500)
        assert (order_events.table.reads, order_events.table.writes) == ([], [])


@pytest.mark.parametrize("as_base64", [False, True])
def test_what_is_too_large_is_refused_before_its_signature_is_computed_and_before_it_is_parsed(
    as_base64: bool,
) -> None:
    body = b"\xff" * (MAX_BODY + 1) if as_base64 else b"[" * (MAX_BODY + 1)
    event = request(body)
    assert event["isBase64Encoded"] is as_base64
    with function("order_events") as order_events, pytest.MonkeyPatch.context() as patch:
        patch.setattr(signature, "sign", never)
        patch.setattr(webhook, "json", SimpleNamespace(loads=never))

        assert order_events.run(event)["statusCode"] == 413
        assert order_events.secret_reads == []


@MANY
@given(
    st.lists(st.tuples(st.sampled_from([0.0, 0.5, 20.0, 59.9, 60.0, 400.0]), st.sampled_from(FORGED)), max_size=40)
)
def test_forged_signatures_have_the_secret_read_once_a_minute_at_most(forged: list[tuple[float, str]]) -> None:
    with function("order_events") as order_events:
        for pause, signature in forged:
            order_events.world.clock.advance(pause)
            assert order_events.run(request(b"{}", signature=signature))["statusCode"] == 401

        reads = order_events.secret_reads
        assert all(later - earlier >= 60 for earlier, later in pairwise(reads))


class TestTheComparison:
    """Its time shows nothing of where a signature goes wrong."""

    def work(self, given: str, secrets: list[str]) -> tuple[int, int]:
        """Count the HMACs and the comparisons in constant time that a signature costs."""
        counts = {"sign": 0, "compare_digest": 0}

        def counting(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
            def counted(*args: object) -> Any:
                counts[name] += 1
                return work(*args)

            return counted

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(signature, "sign", counting("sign", signature.sign))
            constant = counting("compare_digest", hmac.compare_digest)
            patch.setattr(signature, "hmac", SimpleNamespace(new=hmac.new, compare_digest=constant))
            signature.matches(b"{}", given, secrets)
        return counts["sign"], counts["compare_digest"]

    @pytest.mark.parametrize("secrets", [[], [SECRET], ["previous", SECRET, "older"], [SECRET] * 9], ids=len)
    def test_it_costs_the_same_wherever_a_signature_differs(self, secrets: list[str]) -> None:
        changed = [RIGHT[:at] + "-" + RIGHT[at + 1 :] for at in range(len(RIGHT))]

        costs = {self.work(given, secrets) for given in (*changed, *FORGED, RIGHT)}

        assert costs == {(len(secrets), len(secrets))}

    @pytest.mark.parametrize("given", ["x" * (MAX_SIGNATURE + 1), RIGHT * 9, RIGHT + "=" * MAX_SIGNATURE])
    def test_one_that_is_too_long_costs_nothing_whatever_it_begins_with(self, given: str) -> None:
        with function("order_events") as order_events, pytest.MonkeyPatch.context() as patch:
            patch.setattr(signature, "sign", never)

            assert order_events.run(request(b"{}", signature=given))["statusCode"] == 401
            assert order_events.secret_reads == []

    @pytest.mark.parametrize("given", FORGED)
    def test_no_forged_one_is_right(self, given: str) -> None:
        assert not signature.matches(b"{}", given, [SECRET])


@pytest.mark.parametrize(
    "path",
    [
        "/orders.pay",
        "/orders.place/orders.pay",
        "/orders.place/x",
        "/orders.place//.",
        "/",
        "/ORDERS.PLACE",
        "/orders.place ",
    ],
)
def test_the_secret_of_one_webhook_opens_no_other_path(path: str) -> None:
    body = json.dumps(payloads.document(payloads.payment())).encode()
    with function("order_events") as order_events:
        assert order_events.run(request(body, rawPath=path))["statusCode"] == 401
        assert order_events.run(request(body, rawPath=f"/{TOPIC}"))["statusCode"] == 200
