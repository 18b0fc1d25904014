"""`payrefresh probe` on sandboxes: what it sends, writes and says, and what it does where it cannot ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from payrefresh.commands.credentials import CLIENT_ID, CLIENT_SECRET
from sandbox.config import Config
from tests.operating.command import Command
from tests.operating.probing import Probing, shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.sandbox.driver import Driver


@pytest.fixture
def probing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Probing:
    return Probing(monkeypatch, Command(capsys))


@pytest.fixture
def driver(probing: Probing) -> Iterator[Driver]:
    with probing.organization(Config()) as driver:
        yield driver


def sent(driver: Driver, method: str) -> int:
    routes: dict[str, int] = driver.calls()["by_route"]
    return sum(count for route, count in routes.items() if route.startswith(method))


def verdicts(document: Any) -> dict[str, str]:
    return {each["id"]: each["verdict"] for each in document["findings"]}


def test_probe_of_an_ordinary_organization_reads_only_and_finds_all_as_assumed(
    probing: Probing, driver: Driver, tmp_path: Path
) -> None:
    shop(driver)
    file = tmp_path / "probe.json"

    ran = probing.run(driver, "--json", str(file))

    assert ran.status == 0
    assert "a path without a version leads to payments" in ran.out
    assert "as assumed" in ran.out
    assert "differs" not in ran.out
    assert f"python -m sandbox --like {file}" in ran.out
    assert json.loads(file.read_text())["schema"] == "payrefresh-probe/1"
    by_route = driver.calls()["by_route"]
    assert {
        route.partition(" ")[0] for route in by_route if route.startswith(("PATCH /api", "DELETE", "PUT"))
    } == set()


def test_organization_whose_default_version_moved_is_asked_in_the_version_that_has_payments(
    probing: Probing, driver: Driver
) -> None:
    driver.switch(default_version="2026-05")
    order = driver.order(intent="authorized")
    shop(driver)

    ran = probing.run(driver, "--json", "-", "--live", "--refresh", f"{order['payment_id']}=authorized")

    found = ran.json
    assert (ran.status, found["api_version"]) == (1, "2017-08")
    assert {name for name, verdict in verdicts(found).items() if verdict == "differs"} == {"versions.default"}
    assert verdicts(found)["refresh.finds"] == "as assumed"
    assert "could not be asked" not in verdicts(found).values()


def test_probe_that_may_try_to_update_sends_one_refresh_to_an_id_that_cannot_exist(
    probing: Probing, driver: Driver
) -> None:
    shop(driver)

    assert probing.run(driver, "--try-update").status == 0

    assert sent(driver, "PATCH") == 1
    assert driver.calls()["refreshes"][0]["path"] == "/api/stripe_payments/cannot-exist"


def test_page_of_the_edge_says_nothing_of_the_right_to_update(probing: Probing, driver: Driver) -> None:
    driver.switch(not_found_page=True)
    shop(driver)

    found = probing.run(driver, "--try-update", "--json", "-").json

    assert verdicts(found)["rights.update"] == "not seen"
    assert found["sandbox"]["may_update"] is None


def test_refresh_is_sent_exactly_once_for_each_payment(probing: Probing, driver: Driver) -> None:
    orders = [driver.order(intent="authorized"), driver.order(intent="open", payment_type="satispay_payments")]
    named = [argument for order in orders for argument in ("--refresh", str(order["payment_id"]))]

    ran = probing.run(driver, "--live", *named)

    assert ran.status == 0
    assert [each["path"] for each in driver.calls()["refreshes"]] == [
        f"/api/{order['payment_type']}/{order['payment_id']}" for order in orders
    ]
    assert f"Refresh of stripe_payments#{orders[0]['payment_id']}" in ran.out
    assert "unpaid became authorized" in ran.out


@pytest.mark.parametrize("after", [False, True])
def test_refresh_that_a_gateway_in_front_fails_is_not_sent_again(
    probing: Probing, driver: Driver, after: bool
) -> None:
    order = driver.order(intent="authorized")
    driver.faults({"route": "PATCH", "status": 503, "after": after})

    ran = probing.run(driver, "--live", "--json", "-", "--refresh", str(order["payment_id"]))

    assert ran.status == 2
    assert sent(driver, "PATCH") == 1
    assert verdicts(ran.json)["refresh.answer"] == "could not be asked"


def test_refresh_on_live_data_needs_the_word_live_and_asks_nothing_without_it(
    probing: Probing, driver: Driver
) -> None:
    order = driver.order(intent="authorized")

    ran = probing.run(driver, "--refresh", str(order["payment_id"]))

    assert (ran.status, ran.out) == (2, "")
    assert "--refresh needs test ones, or --live" in ran.err
    assert sent(driver, "GET /api") + sent(driver, "PATCH") == 0


def test_refresh_of_a_payment_that_is_not_there_refreshes_none_of_the_others(
    probing: Probing, driver: Driver
) -> None:
    order = driver.order(intent="authorized")

    ran = probing.run(driver, "--live", "--refresh", str(order["payment_id"]), "--refresh", "unknownId1")

    assert ran.status == 2
    assert ran.err.splitlines()[-1] == (
        "payrefresh: no payment unknownId1 that can be refreshed is visible to these credentials"
    )
    assert sent(driver, "PATCH") == 0


def test_dry_run_of_a_probe_names_what_it_would_do_and_calls_nothing(probing: Probing, driver: Driver) -> None:
    ran = probing.run(driver, "--dry-run", "--try-update", "--refresh", "abcdefghij")

    assert ran.status == 0
    assert "It would refresh abcdefghij once" in ran.out
    assert sent(driver, "") - sent(driver, "GET /_sandbox") == 0


def test_probe_of_an_empty_organization_says_what_could_not_be_asked(probing: Probing, driver: Driver) -> None:
    ran = probing.run(driver, "--json", "-")

    assert ran.status == 2
    unasked = {name for name, verdict in verdicts(ran.json).items() if verdict == "could not be asked"}
    assert unasked == {"includes.shown", "fields.sparse", "shapes.number", "shapes.amounts", "filters.applied"}


def test_question_that_the_api_fails_leaves_all_others_asked(probing: Probing, driver: Driver) -> None:
    shop(driver)
    driver.faults({"route": "GET /api/stripe_gateways", "status": 500})

    ran = probing.run(driver, "--json", "-")

    assert ran.status == 2
    unasked = {name for name, verdict in verdicts(ran.json).items() if verdict == "could not be asked"}
    assert unasked == {"gateways.webhooks", "gateways.force_payments", "rights.read"}


def test_probe_writes_neither_secrets_nor_what_shoppers_gave_even_where_sparse_fields_are_ignored(
    probing: Probing, driver: Driver
) -> None:
    driver.switch(fields_ignored=True)
    shop(driver)
    driver.webhook("orders.tagged", "http://127.0.0.1:9/")
    order = driver.order(intent="declined")
    ran = probing.run(driver, "--json", "-", "--live", "--refresh", f"{order['payment_id']}=declined")
    text = probing.run(driver)
    secrets = driver.client.get("/_sandbox/secrets").json()
    email = driver.attributes(order)["customer_email"]

    assert (ran.status, text.status) == (1, 1)
    written = ran.out + ran.err + text.out + text.err
    assert email
    for secret in (*(each for kind in secrets.values() for each in kind), email, "card", "10000001"):
        assert secret not in written


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"route": "GET /api/orders*", "status": 401}, "may not read orders"),
        ({"route": "GET /api/orders*", "status": 404}, "check --base-url and --api-version"),
        ({"route": "GET /api/orders*", "kind": "token"}, "for another organization than the address"),
        ({"route": "GET /api/orders*", "kind": "reset"}, "check the address and the network"),
        ({"route": "GET /api/orders*", "status": 500}, "the API failed"),
        ({"route": "/oauth/token", "kind": "token"}, "client id or client secret"),
    ],
)
def test_organization_that_cannot_be_asked_is_one_line_and_exit_status_two(
    probing: Probing, driver: Driver, fault: dict[str, Any], words: str
) -> None:
    driver.faults(fault)

    ran = probing.run(driver)

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert words in ran.err


@pytest.mark.parametrize(
    ("argument", "value", "words"),
    [
        ("--base-url", "http://shop.example", "--base-url"),
        ("--auth-url", "ftp://shop.example", "--auth-url"),
        ("--api-version", "2030-01", "--api-version must be 2017-08"),
        ("--refresh", "abc=paid", "must be one of open, authorized, declined"),
    ],
)
def test_argument_that_cannot_be_right_is_one_line_and_nothing_is_asked(
    probing: Probing, driver: Driver, argument: str, value: str, words: str
) -> None:
    ran = probing.run(driver, argument, value)

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert words in ran.err
    assert sent(driver, "POST /oauth") == 0


def test_probe_without_credentials_or_folder_says_what_to_give(
    probing: Probing, driver: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folderless = probing.run(driver, "--json", str(tmp_path / "none" / "probe.json"))
    for name in (CLIENT_ID, CLIENT_SECRET):
        monkeypatch.delenv(name)
    without = probing.run(driver)

    assert (folderless.status, without.status) == (2, 2)
    assert "there is no folder" in folderless.err
    assert "give --credentials FILE" in without.err
