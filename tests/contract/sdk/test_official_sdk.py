"""The official JavaScript SDK works against the sandbox, so the sandbox is held to a client not made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox.server import running
from tests.support.node import run, with_packages

if TYPE_CHECKING:
    from collections.abc import Iterator

type Driven = tuple[dict[str, Any], dict[str, str], dict[str, Any]]

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def node() -> str:
    """Give the path of node, with the SDK installed beside this file."""
    return with_packages(HERE)


@pytest.fixture(scope="module")
def driven(node: str) -> Iterator[Driven]:
    """Run the script once; give what it printed, the paid order's ids, and the sandbox's counters."""
    with running() as sandbox, httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        credentials = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
        answer = client.post("/oauth/token", json={"grant_type": "client_credentials", **credentials})
        paid = client.post("/_sandbox/orders", json={"intent": "authorized"}).json()
        unpaid = client.post("/_sandbox/orders", json={}).json()
        arguments = [sandbox.url, answer.json()["access_token"], sandbox.organization]
        output = run([node, "drive.mjs", *arguments, paid["payment_id"], unpaid["payment_id"]], HERE, seconds=60)
        yield json.loads(output), paid, client.get("/_sandbox/calls").json()


def test_lists_payments_with_their_order(driven: Driven) -> None:
    listed = driven[0]["list"]
    assert (listed["count"], listed["pages"]) == (2, 1)
    assert [payment["order"]["payment_status"] for payment in listed["payments"]] == ["unpaid", "unpaid"]


def test_retrieves_a_payment_with_its_order(
    driven: Driven,
) -> None:
    got, paid, _ = driven
    assert got["retrieved"]["stripe_id"] == f"pi_{paid['payment_id']}"
    assert got["retrieved"]["order"]["number"] == paid["order_number"]
    assert got["relatedOrder"]["id"] == paid["order_id"]


def test_refreshes_a_payment(driven: Driven) -> None:
    got, paid, calls = driven
    assert got["refreshed"]["order"]["payment_status"] == "authorized"
    [seen] = calls["refreshes"]
    assert (seen["method"], seen["path"]) == ("PATCH", f"/api/stripe_payments/{paid['payment_id']}")
    assert seen["body"]["data"]["attributes"] == {"_refresh": True}
    assert seen["headers"]["content-type"] == seen["headers"]["accept"] == "application/vnd.api+json"


def test_lists_and_retrieves_orders(driven: Driven) -> None:
    got, paid, _ = driven
    assert got["orders"]["count"] == 1  # the other one is authorized by now
    assert got["orders"]["orders"][0]["payment_source"]["type"] == "stripe_payments"
    assert got["order"]["payment_method"]["payment_source_type"] == "stripe_payments"
    [authorization] = got["order"]["authorizations"]
    assert authorization["succeeded"] is True
    assert authorization["payment_source"]["id"] == paid["payment_id"]


def test_administers_webhooks(driven: Driven) -> None:
    got = driven[0]
    first, second = got["secrets"]
    assert first
    assert second
    assert first != second
    assert got["disabledAt"]
    assert got["webhooksLeft"] == 0


def test_reads_errors(driven: Driven) -> None:
    assert driven[0]["missing"] == {"status": 404, "code": "RECORD_NOT_FOUND", "isApiError": True}
