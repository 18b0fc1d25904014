"""An audit's outputs: what each says, what none says, and the exit status."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.operating.audit.shop import Auditor, Shop

type AuditOf = Callable[[Shop], Auditor]


def test_audit_of_a_shop_with_nothing_stuck_says_so_and_ends_with_zero(shop: Shop, audit_of: AuditOf) -> None:
    shop.act(shop.order(intent="authorized"), "deliver")

    ran = audit_of(shop)()

    assert (ran.status, ran.err) == (0, "")
    assert "Nothing is stuck." in ran.out
    assert "1 order read" in ran.out


def test_text_names_each_problem_with_its_sum_and_its_remedy(played: Shop, audit_of: AuditOf) -> None:
    audit = audit_of(played)
    document = audit("--json").json

    ran = audit("--top", "3")

    assert (ran.status, ran.err) == (1, "")
    for problem in document["problems"].values():
        cents = problem["sums_cents"]["EUR"]
        line = next(line for line in ran.out.splitlines() if line.strip().startswith(problem["title"]))
        assert f"{cents / 100:,.2f} EUR" in line
        assert f" {problem['count']} " in line
    said = " ".join(ran.out.split())
    assert all(remedy["words"] in said for remedy in document["would"].values())
    assert f"{len(document['findings']) - 3} more" in ran.out
    assert str(document["findings"][0]["order_number"]) in ran.out


def test_csv_has_a_row_for_each_finding_of_the_json_oldest_first(played: Shop, audit_of: AuditOf) -> None:
    audit = audit_of(played)
    findings = audit("--json").json["findings"]

    ran = audit("--csv")

    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert ran.status == 1
    assert [row["order_id"] for row in rows] == [each["order_id"] for each in findings]
    assert [round(float(row["amount"]) * 100) for row in rows] == [each["amount_cents"] for each in findings]
    assert [row["since"] for row in rows] == sorted(row["since"] for row in rows)


def test_no_output_and_no_state_has_a_secret_or_shoppers_data(
    played: Shop, audit_of: AuditOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = audit_of(played)
    kept: list[str] = []
    monkeypatch.setattr("payrefresh.adapters.audit_file.AuditFile.remove", lambda file: kept.append(_text(file)))

    written = [
        f"{ran.out}{ran.err}" for ran in (audit(), audit("--csv", "--restart"), audit("--json", "--restart"))
    ]

    assert len(kept) == 3
    assert all(played.ledger()[0]["order_number"][:5] in text for text in written), "order numbers are there"
    for text in (*written, *kept):
        for word in _private(played):
            assert word not in text


def _text(file: Any) -> str:
    text: str = file.path.read_text()
    return text


def _private(shop: Shop) -> list[str]:
    secrets: dict[str, list[str]] = shop.client.get("/_sandbox/secrets").json()
    found = [each for name, texts in secrets.items() if name != "client id" for each in texts]
    assert len(found) > 100
    return [*found, "shopper-", "example.com", "4242", "token-made-up"]


def test_order_of_the_new_payments_model_is_counted_apart_from_what_is_stuck(
    shop: Shop, audit_of: AuditOf
) -> None:
    shop.order(new_model=True)
    stuck = shop.order()

    document = audit_of(shop)("--json").json

    assert [each["order_id"] for each in document["findings"]] == [stuck["order_id"]]
    assert document["not_counted"]["new_payments_model"] == 1
    assert "1 order of the new payments model" in audit_of(shop)().out


def test_paid_order_of_the_new_model_that_is_not_placed_is_stuck_all_the_same(
    shop: Shop, audit_of: AuditOf
) -> None:
    made = shop.order(new_model=True, status="pending", intent="authorized", amount_cents=1234)

    [finding] = audit_of(shop)("--json").json["findings"]

    assert (finding["problem"], finding["order_id"]) == ("paid_not_placed", made["order_id"])
    assert (finding["amount_cents"], finding["payment"]) == (1234, None)


def test_problem_younger_than_min_age_is_left_out_and_counted_as_such(shop: Shop, audit_of: AuditOf) -> None:
    shop.order()
    old = shop.order(ago_s=1000)

    ran = audit_of(shop).command("audit", "--since", "90d", "--json")

    assert [each["order_id"] for each in ran.json["findings"]] == [old["order_id"]]
    assert ran.json["not_counted"]["too_young"] == 1


def test_order_that_did_not_change_since_is_not_read_at_all(shop: Shop, audit_of: AuditOf) -> None:
    shop.order(ago_s=3 * 86400)
    shop.order(ago_s=1000)

    document = audit_of(shop).command("audit", "--since", "2d", "--json").json

    assert (document["orders_read"], document["orders_stuck"]) == (1, 1)


@pytest.mark.parametrize(
    ("days", "remedy"), [(0, "refresh"), (2, "report"), (30, "check_if_asked")], ids=["fresh", "older", "old"]
)
def test_remedy_for_an_unpaid_order_depends_on_its_age(
    days: int, remedy: str, shop: Shop, audit_of: AuditOf
) -> None:
    shop.order(ago_s=days * 86400 + 60)

    [finding] = audit_of(shop)("--json").json["findings"]

    assert finding["would"] == remedy


def test_audit_by_a_version_of_the_api_asks_that_version_only(shop: Shop, audit_of: AuditOf) -> None:
    shop.order()

    ran = audit_of(shop)("--api-version", "2017-08", "--json")

    assert ran.json["orders_stuck"] == 1
    assert set(shop.calls()["by_version"]) == {"2017-08"}


def test_json_and_csv_together_are_refused_before_anything_is_asked(shop: Shop, audit_of: AuditOf) -> None:
    ran = audit_of(shop)("--json", "--csv")

    assert (ran.status, ran.out) == (2, "")
    assert shop.routes() == {}
