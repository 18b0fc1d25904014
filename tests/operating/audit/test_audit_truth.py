"""An audit agrees with the sandbox to the cent; and where it does not, the comparison says so."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from devstack.organization import Organization
from tests.operating.audit.shop import QUICK, Shop, open_shop
from tests.operating.audit_truth import differences
from tests.operating.audited import audited

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.operating.audit.shop import Auditor

type AuditOf = Callable[[Shop], Auditor]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_audit_of_a_played_shop_agrees_with_its_ledger_to_the_cent(seed: int, audit_of: AuditOf) -> None:
    with open_shop() as shop:
        shop.play(**QUICK, seed=seed)

        ran = audit_of(shop)("--json")

        assert differences(ran.json, shop.ledger()) == []
    assert ran.status == 1
    assert all(problem["count"] for problem in ran.json["problems"].values()), "each kind is played"


def test_audit_sends_nothing_but_lists_of_orders_and_asks_for_a_token(played: Shop, audit_of: AuditOf) -> None:
    before = played.routes()

    ran = audit_of(played)("--json")

    sent = {route: count - before.get(route, 0) for route, count in played.routes().items()}
    assert {route for route, count in sent.items() if count} == {"POST /oauth/token", "GET /api/orders"}
    assert sent["GET /api/orders"] == ran.json["calls"]


@pytest.fixture(scope="module")
def whole(played: Shop) -> tuple[Any, Any]:
    """An audit that is right, and the ledger."""
    sandbox = played.sandbox
    organization = Organization(
        base_url=sandbox.url,
        auth_url=f"{sandbox.url}/oauth/token",
        slug=sandbox.organization,
        mode=sandbox.mode,
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
    )
    return audited(organization), played.ledger()


def _one_amount(audit: dict[str, Any], _orders: list[dict[str, Any]]) -> None:
    audit["findings"][3]["amount_cents"] += 1


def _one_sum(audit: dict[str, Any], _orders: list[dict[str, Any]]) -> None:
    audit["problems"]["second_charge"]["sums_cents"]["EUR"] -= 1


def _one_count(audit: dict[str, Any], _orders: list[dict[str, Any]]) -> None:
    audit["problems"]["paid_not_placed"]["count"] += 1


def _one_order_is_left_out(audit: dict[str, Any], _orders: list[dict[str, Any]]) -> None:
    del audit["findings"][0]


def _one_order_stands_twice(audit: dict[str, Any], _orders: list[dict[str, Any]]) -> None:
    audit["findings"].insert(0, audit["findings"][0])


def _one_order_costs_a_cent_more(_audit: dict[str, Any], orders: list[dict[str, Any]]) -> None:
    unpaid = next(order for order in orders if order["story"] == "never_paid")
    unpaid["amount_cents"] += 1


def _one_payment_holds_a_cent_less(_audit: dict[str, Any], orders: list[dict[str, Any]]) -> None:
    paid = next(order for order in orders if order["status"] == "placed" and order["held_cents"])
    paid["held_cents"][next(iter(paid["held_cents"]))] -= 1


def _the_oldest_is_not_first(audit: dict[str, Any], _orders: list[dict[str, Any]]) -> None:
    audit["findings"].append(audit["findings"].pop(0))


@pytest.mark.parametrize(
    "alter",
    [
        _one_amount,
        _one_sum,
        _one_count,
        _one_order_is_left_out,
        _one_order_stands_twice,
        _one_order_costs_a_cent_more,
        _one_payment_holds_a_cent_less,
        _the_oldest_is_not_first,
    ],
    ids=lambda alter: alter.__name__.strip("_"),
)
def test_comparison_fails_where_one_thing_was_altered(
    alter: Callable[[dict[str, Any], list[dict[str, Any]]], None], whole: tuple[Any, Any]
) -> None:
    assert differences(*whole) == []
    changed = copy.deepcopy(whole)

    alter(*changed)

    assert differences(*changed) != []
