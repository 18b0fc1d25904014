"""A sandbox made like an organization that was probed, and the events that such a probe reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.__main__ import main
from sandbox.config import Switches
from sandbox.likeness import SCHEMA, config_like, read_like
from tests.integration.sandbox.driver import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.sandbox.driver import Driver, Receiver


def document(**changes: Any) -> dict[str, Any]:
    like = {"mode": "test", "may_update": False, "switches": {"integer_numbers": True}}
    return {"schema": SCHEMA, "sandbox": like | changes}


def test_sandbox_like_a_file_has_its_mode_right_and_switches(tmp_path: Path) -> None:
    file = tmp_path / "probe.json"
    file.write_text(json.dumps(document()))

    config = read_like(file)

    assert (config.mode, config.client.may_write) == ("test", False)
    assert config.switches == {"integer_numbers": True}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "no file of a probe"),
        ({"schema": "payrefresh-probe/2"}, "its schema must be"),
        ({"schema": SCHEMA}, "has no sandbox"),
        (document(mode="both"), "mode must be live or test"),
        (document(may_update="yes"), "may_update true, false or null"),
        (document(switches={"colour": "red"}), "unknown switch colour"),
        (document(switches={"errors_as": {"RECORD_NOT_FOUND": "200"}}), "200 is for"),
        (document(switches={"errors_as": {"INVALID_INCLUDE": "500"}}), "a status of a refusal"),
        (document(switches={"refused_filters_as": "none"}), "a status of a refusal"),
    ],
)
def test_file_that_cannot_be_read_says_what_is_wrong_in_it(given: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        config_like(given)


def test_command_with_a_file_that_cannot_be_read_ends_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "probe.json"
    file.write_text("{}")

    with pytest.raises(SystemExit) as ended:
        main(["--like", str(file)])

    assert ended.value.code == 2
    assert "no file of a probe" in capsys.readouterr().err


def test_events_of_an_order_show_their_names_and_the_calls_that_came_of_them(
    driver: Driver, receiver: Receiver
) -> None:
    driver.webhook("orders.authorize", receiver.url)
    order = driver.order(intent="authorized")
    driver.refresh(order)
    receiver.wait_for(1)
    path = f"/api/orders/{order['order_id']}/events"
    wait_until(lambda: bool(driver.get(path, include="last_event_callbacks").json()["included"]))

    page = driver.get(path, include="last_event_callbacks,last_event_callbacks.webhook", sort="-created_at").json()

    names = {each["attributes"]["name"] for each in page["data"]}
    assert names == {"orders.create", "orders.pending", "orders.place", "orders.authorize"}
    calls = [each["attributes"] for each in page["included"] if each["type"] == "event_callbacks"]
    assert [each["response_code"] for each in calls] == ["200"]
    assert [each["callback_url"] for each in calls] == [receiver.url]


def test_silent_refresh_moves_the_order_and_makes_no_event(driver: Driver) -> None:
    driver.switch(refresh_is_silent=True)
    order = driver.order(intent="authorized")
    path = f"/api/orders/{order['order_id']}/events"
    before = driver.get(path).json()["meta"]

    driver.refresh(order)

    assert driver.attributes(order)["payment_status"] == "authorized"
    assert driver.get(path).json()["meta"] == before


def test_switches_of_a_new_sandbox_are_those_of_its_configuration_and_no_others() -> None:
    switches = Switches()
    switches.update(dict(config_like(document()).switches))

    assert switches == Switches(integer_numbers=True)
