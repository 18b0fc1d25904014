"""`payrefresh probe` of sandboxes with each switch either way, and of sandboxes made like them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from sandbox.config import Client, Config, Switches
from sandbox.likeness import config_like
from tests.operating.command import Command
from tests.operating.probing import Probing, large_shop, refreshed, shop, throttled_once, with_webhook

if TYPE_CHECKING:
    from tests.operating.probing import Prepare

open_payment, authorized = refreshed("open"), refreshed("authorized")
cart = refreshed("authorized", status="pending", auto_place=True)
captured = refreshed("authorized", auto_capture=True)
declined, known_to_be_declined = refreshed("declined"), refreshed("declined", delivered=True)


class Case(NamedTuple):
    """Switches that are turned, in an organization that shows them."""

    switches: dict[str, Any]
    prepare: Prepare = shop


CASES = (
    Case({"refused_includes": ["authorizations", "payment_method.payment_gateway"]}),
    Case({"refused_includes": ["order.authorizations"]}),
    Case({"refused_includes": ["voids"], "refused_includes_as": "401 UNAUTHORIZED"}),
    Case({"refused_filters": ["updated_at_gteq", "payment_method_payment_source_type_in"]}),
    Case({"refused_filters": ["status_in"], "refused_filters_as": "403 FORBIDDEN"}),
    Case({"refused_filters": ["id_in"]}),
    Case({"refused_fields": ["klarna_payments"]}),
    Case({"ignored_includes": ["payment_source", "payment_method.payment_gateway"]}),
    Case({"ignored_filters": ["updated_at_lteq", "id_gt"]}),
    Case({"ignored_filters": ["id_in"]}),
    Case({"fields_ignored": True}),
    Case({"most_includes": 2}),
    Case({"most_filters": 3}),
    Case({"page_limit": 10}),
    Case({"page_limit": 10, "large_pages": "capped"}, large_shop),
    Case({"large_pages": "capped"}),
    Case({"sort_ignored": True}),
    *(
        Case({"errors_as": {code: answer}})
        for code, answer in (
            ("INVALID_INCLUDE", "200"),
            ("INVALID_INCLUDE", "422 UNKNOWN_RELATION"),
            ("FILTER_NOT_ALLOWED", "200"),
            ("INVALID_FIELD", "200"),
            ("INVALID_RESOURCE", "400 INVALID_FIELD"),
            ("INVALID_TOKEN", "401 TOKEN_REVOKED"),
            ("RECORD_NOT_FOUND", "404 NOT_FOUND"),
        )
    ),
    Case({"not_found_page": True}),
    Case({"unknown_type_page": True}),
    Case({"default_version": "2026-05"}),
    Case({"versions": ["2017-08"]}),
    Case({"versions": []}),
    Case({"integer_numbers": True}),
    Case({"amounts_as_text": True}),
    Case({"failed_message_only": True}),
    Case({"refused_rights": ["read stripe_gateways", "read webhooks"]}),
    Case({"webhook_secrets_shown_once": True}, with_webhook),
    Case({"unregistered_gateways": ["stripe_gateways"]}),
    Case({"force_payments": False}),
    Case({"rate_limit_factor": 0.5}),
    Case({"rate_limit_factor": 2.0}),
    Case({"rate_limit_headers": False}),
    Case({"rate_limit_shared": True}),
    Case({"token_life_s": 500.0}),
    Case({"rate_limited_body": "text"}, throttled_once),
    Case({"rate_limited_retry_after": True}, throttled_once),
    Case({"unconfirmed_refresh_status": 400}, open_payment),
    Case({"unconfirmed_refresh_status": 409}, open_payment),
    Case({"unconfirmed_refresh_status": 422}, open_payment),
    Case({"refresh_touches_updated_at": True}, open_payment),
    Case({"updates_include": False}, open_payment),
    Case({"refresh_order_lags": True}, authorized),
    Case({"refresh_is_idle": True}, authorized),
    Case({"refresh_is_silent": True}, authorized),
    Case({"refresh_places": False}, cart),
    Case({"refresh_captures": False}, captured),
    Case({"declined_leaves_authorization": False}, declined),
    Case({"refresh_repeats_failed_authorization": True}, known_to_be_declined),
)

NOT_PROBED = {
    "gateway_webhooks_off": "webhooks that are lost are an incident, not a way of the API",
    "webhook_timeout_s": "a matter of the sandbox's own time",
    "webhook_retry_pause_s": "a matter of the sandbox's own time",
}
"""Switches that say nothing of what an API does."""


@pytest.fixture
def probing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Probing:
    return Probing(monkeypatch, Command(capsys))


@pytest.fixture(scope="module")
def usual() -> dict[Prepare, Any]:
    """What was found where no switch is turned, by what the organization holds."""
    return {}


def test_probe_and_sandbox_know_every_switch_of_the_api() -> None:
    probed = {name for case in CASES for name in case.switches}

    assert probed | NOT_PROBED.keys() == {each.name for each in dataclasses.fields(Switches)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: ",".join(f"{k}={v}" for k, v in case.switches.items()))
def test_sandbox_made_like_what_was_found_is_found_to_be_the_same(
    case: Case, probing: Probing, usual: dict[Prepare, Any]
) -> None:
    if case.prepare not in usual:
        usual[case.prepare] = probing.document(Config(), case.prepare)

    found = probing.document(Config(switches=case.switches), case.prepare)
    again = probing.document(config_like(found), case.prepare)

    assert {name: found["sandbox"]["switches"].get(name) for name in case.switches} == case.switches
    assert again == found
    assert [each for each in found["findings"] if each not in usual[case.prepare]["findings"]]
    assert "differs" in {each["verdict"] for each in found["findings"]}


@pytest.mark.parametrize("prepare", dict.fromkeys(case.prepare for case in CASES))
def test_sandbox_made_like_the_usual_one_is_found_to_be_the_same(
    prepare: Prepare, probing: Probing, usual: dict[Prepare, Any]
) -> None:
    found = usual.get(prepare) or probing.document(Config(), prepare)

    assert probing.document(config_like(found), prepare) == found
    assert {each["verdict"] for each in found["findings"]} <= {"as assumed", "not seen"}
    defaults = dataclasses.asdict(Switches())
    assert found["sandbox"]["switches"].items() <= defaults.items()


@pytest.mark.parametrize(
    "config", [Config(mode="test"), Config(client=Client("reader", "secret", may_write=False))]
)
def test_sandbox_made_like_one_of_another_mode_or_right_is_found_to_be_the_same(
    config: Config, probing: Probing
) -> None:
    found = probing.document(config, shop)

    assert found["sandbox"]["mode"] == config.mode
    assert found["sandbox"]["may_update"] == config.client.may_write
    assert probing.document(config_like(found), shop) == found
