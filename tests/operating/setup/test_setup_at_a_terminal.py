"""`payrefresh setup` from nothing to a protected shop, killed after each step, while the shop takes orders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.listed import TOPICS
from tests.operating.setup.story import NONE_MISSED, STACK, SetUp, set_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.operating.setup.ground import Ground

SHORT_S = 20.0
"""Seconds for which the shop takes orders once it is set up; `python -m tests.operating.setup`: for longer."""


@pytest.fixture(scope="module")
def done(ground: Ground) -> Iterator[SetUp]:
    """The shop as it was set up."""
    with set_up(ground, SHORT_S) as left:
        yield left


def test_setup_that_was_killed_after_each_step_ends_green(done: SetUp) -> None:
    assert done.green == 0, done.terminals[-2]
    assert "ops@example.com (email) gets them" in done.terminals[-2]


def test_setup_that_is_run_again_changes_nothing_and_says_so(done: SetUp) -> None:
    assert done.again == 0
    assert "Nothing was changed: all was set up." in done.terminals[-1]
    assert done.terminals[-1].count("to do") == 1  # the test event, which is sent each time
    assert done.terminals[-1].count("Do this?") == 0


def test_setup_leaves_each_webhook_enabled_with_its_secret_stored_and_closed_circuit(done: SetUp) -> None:
    webhooks = done.webhooks()
    arn = done.ground.client("secretsmanager").get_secret_value(SecretId=f"{STACK}/webhooks")

    assert sorted(each["topic"] for each in webhooks) == sorted(TOPICS)
    assert {each["disabled_at"] for each in webhooks} == {None}
    assert {each["circuit_state"] for each in webhooks} == {"closed"}
    assert json.loads(arn["SecretString"]) == {each["topic"]: [each["shared_secret"]] for each in webhooks}


def test_no_delivery_fails_while_a_shop_that_takes_orders_is_set_up(done: SetUp) -> None:
    assert done.missed() == NONE_MISSED
    assert done.shop.deliveries()["delivered"] > SHORT_S


def test_each_order_taken_meanwhile_is_watched_after_it(done: SetUp) -> None:
    done.shop.deliveries()
    since = {payment for payment, at in done.shop.taken.items() if at > done.enabled_at}
    assert since
    assert since <= done.watched()

    done.discover()

    assert set(done.shop.taken) <= done.watched()


def test_no_secret_is_in_any_output_log_or_file_of_setup(done: SetUp) -> None:
    assert done.ground.config.exists()
    assert done.secrets_found() == ()

    done.terminals.append(done.ground.sandbox.client_secret)  # the search finds what is there
    assert f"secret in terminal {len(done.terminals) - 1}: client secret" in done.secrets_found()
    done.terminals.pop()
