"""Refusals of Commerce Layer: each is one line, or an audit that says what it could not see."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from payrefresh.adapters.audit_orders import CommerceLayerOrders
from tests.operating.audit_truth import differences

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.operating.audit.shop import Auditor, Shop
    from tests.operating.command import Ran

type AuditOf = Callable[[Shop], Auditor]


@pytest.fixture
def audit(played: Shop, audit_of: AuditOf) -> Auditor:
    return audit_of(played)


@pytest.fixture(autouse=True)
def _as_before(played: Shop) -> object:
    """Leave the shop as it was."""
    yield
    played.switch(refused_includes=[], refused_filters=[])
    played.faults()


def assert_one_line(ran: Ran, *parts: str) -> None:
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("payrefresh: ")
    assert "secret-of-nobody" not in ran.err
    for part in parts:
        assert part in ran.err


def test_credential_without_the_right_to_read_orders_is_one_line(played: Shop, audit: Auditor) -> None:
    played.faults({"route": "GET /api/orders", "status": 401})

    ran = audit()

    assert_one_line(ran, "may not read orders", "give it that permission")
    assert not audit.state.exists()


def test_wrong_credentials_are_one_line_that_echoes_none(audit: Auditor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYREFRESH_CLIENT_SECRET", "secret-of-nobody")

    assert_one_line(audit(), "refused these credentials", "check the client id and secret")


def test_credentials_of_another_organization_are_one_line(
    played: Shop, audit: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = played.sandbox.config.other_organization_client
    monkeypatch.setenv("PAYREFRESH_CLIENT_ID", client.client_id)
    monkeypatch.setenv("PAYREFRESH_CLIENT_SECRET", client.client_secret)

    assert_one_line(audit(), "INVALID_TOKEN")


@pytest.mark.parametrize("name", ["PAYREFRESH_BASE_URL", "PAYREFRESH_AUTH_URL"])
def test_dead_endpoint_is_one_line_and_at_once(name: str, audit: Auditor, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv(name, f"http://127.0.0.1:{taken.getsockname()[1]}/oauth/token")

        assert_one_line(audit(), "was not answered", "check the address and the network")


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--since", "tomorrow"], "--since is 'tomorrow'"),
        (["--since", "9d", "--min-age", "soon"], "--min-age is 'soon'"),
        (["--since", "9d", "--base-url", "http://elsewhere.example"], "--base-url"),
        (["--since", "9d", "--api-version", "1999-01"], "--api-version"),
        (["--since", "9d", "--share", "2"], "--share"),
        (["--since", "9d", "--credentials", "nowhere.json"], "nowhere.json"),
    ],
)
def test_option_that_cannot_be_is_one_line_that_names_it(options: list[str], part: str, audit: Auditor) -> None:
    assert_one_line(audit.command("audit", *options), part)


@pytest.mark.parametrize(
    "refused",
    [
        ["status_not_in"],
        ["status_in"],
        ["payment_status_in"],
        ["updated_at_gteq"],
        ["status_not_in", "payment_status_in"],
        ["status_not_in", "status_in", "updated_at_gteq"],
    ],
    ids="+".join,
)
def test_audit_without_filters_that_the_api_refuses_finds_the_same(
    refused: list[str], played: Shop, audit: Auditor
) -> None:
    played.switch(refused_filters=refused)

    ran = audit("--json")

    assert ran.err == ""
    assert differences(ran.json, played.ledger()) == []


def test_audit_without_any_filter_is_one_line(played: Shop, audit: Auditor) -> None:
    played.switch(refused_filters=["status_not_in", "status_in", "payment_status_in", "updated_at_gteq"])

    assert_one_line(audit(), "400 FILTER_NOT_ALLOWED")


@pytest.mark.parametrize("refused", [["payment_method.payment_gateway"], ["voids.payment_source"]], ids="+".join)
def test_audit_without_an_include_that_matters_little_finds_the_same(
    refused: list[str], played: Shop, audit: Auditor
) -> None:
    played.switch(refused_includes=refused)

    ran = audit("--json")

    assert differences(ran.json, played.ledger()) == []


def test_audit_that_may_not_see_authorizations_says_what_it_cannot_see(played: Shop, audit: Auditor) -> None:
    whole = audit("--json").json
    played.switch(refused_includes=["authorizations"])

    document, text = audit("--json").json, audit().out

    for name in ("paid_not_placed", "money_on_cancelled"):
        assert document["problems"][name]["count"] == whole["problems"][name]["count"]
    assert document["problems"]["second_charge"]["count"] == 0
    assert document["not_counted"]["authorizations_not_shown"] > 0
    assert "Not seen: the authorizations of" in text


def test_audit_that_finds_nothing_and_cannot_see_all_does_not_end_with_zero(shop: Shop, audit_of: AuditOf) -> None:
    shop.act(shop.order(intent="authorized"), "deliver")
    shop.switch(refused_includes=["authorizations"])

    ran = audit_of(shop)()

    assert ran.status == 2
    assert "the authorizations of 1 orders were not shown" in ran.err


def test_audit_that_may_not_see_voids_says_that_less_may_be_held(shop: Shop, audit_of: AuditOf) -> None:
    made = shop.order(intent="authorized", auto_capture=True)
    shop.act(made, "deliver")
    shop.act(made, "cancel")
    shop.switch(refused_includes=["voids"])

    audit = audit_of(shop)

    assert [each["certain"] for each in audit("--json").json["findings"]] == [False]
    assert "42.00 EUR at most" in audit().out


def test_audit_goes_on_where_the_api_fails_now_and_then(
    played: Shop, audit: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payrefresh.audit.run.PAUSES", (0.0,) * 9)
    # Of each page, the first two tries fail; the transport's own repeat is one of them.
    real = CommerceLayerOrders.page

    def page(orders: CommerceLayerOrders, scan: Any, changed_from: str, after: str | None) -> Any:
        if (scan.name, after) not in tried and orders.calls:
            tried.add((scan.name, after))
            played.faults({"route": "GET /api/orders", "status": 503, "count": 2})
        return real(orders, scan, changed_from, after)

    tried: set[Any] = set()
    monkeypatch.setattr(CommerceLayerOrders, "page", page)

    ran = audit("--json")

    assert len(tried) > 3
    assert differences(ran.json, played.ledger()) == []
    assert ran.json["calls"] > 2 * len(tried), "what failed is counted too"
