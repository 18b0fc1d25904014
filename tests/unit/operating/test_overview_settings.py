"""The settings of a stack, read from its parameters as the functions read them from their environment."""

from __future__ import annotations

from typing import Any

from devstack.environment import ROOT
from payment_refresh.domain.deployment import ApiMode, RunMode
from payment_refresh.domain.policy import Policy
from payment_refresh.times import to_iso
from payrefresh.overview.settings import environment_name, read_settings
from tests.support.clock import START
from tests.support.samples import order, watch
from tests.template.model import load

TEMPLATE = load(ROOT / "template.yaml").body
DEFAULTS = {name: str(each.get("Default", "")) for name, each in TEMPLATE["Parameters"].items()} | {
    "CommerceLayerBaseUrl": "https://your-org.commercelayer.io"
}


def test_each_parameter_is_called_in_the_environment_as_the_template_has_it() -> None:
    variables: dict[str, Any] = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    for function in ("Refresh", "Sweep"):
        variables |= TEMPLATE["Resources"][function]["Properties"]["Environment"]["Variables"]
    parameters = {
        value["Ref"]: name for name, value in variables.items() if isinstance(value, dict) and "Ref" in value
    }

    named = {name: value for name, value in parameters.items() if name in TEMPLATE["Parameters"]}
    assert len(named) > 20
    assert {environment_name(parameter): name for parameter, name in named.items()} == {
        name: name for name in named.values()
    }


def test_the_defaults_of_the_template_are_read_whole() -> None:
    settings = read_settings(DEFAULTS, first_deployed_at=START)

    assert settings.unreadable == ()
    assert settings.clamped == ()
    assert settings.policy == Policy()
    assert (settings.run_mode, settings.api_mode) == (RunMode.REFRESH, ApiMode.LIVE)
    assert (settings.organization, settings.calls_per_minute) == ("your-org", 100)
    assert settings.act_after == START - 86_400


def test_what_cannot_be_read_is_named_and_its_default_holds() -> None:
    settings = read_settings(DEFAULTS | {"GiveUpAfter": "soon", "Mode": "sleep"}, first_deployed_at=None)

    assert settings.policy.give_up == Policy().give_up
    assert settings.run_mode is RunMode.REFRESH
    assert [text.partition(" ")[0] for text in settings.unreadable] == ["GIVE_UP_AFTER", "MODE"]


def test_a_parameter_that_a_stack_of_another_release_lacks_is_no_failure() -> None:
    older = {name: value for name, value in DEFAULTS.items() if name not in {"GiveUpGrace", "Mode"}}
    settings = read_settings(older, first_deployed_at=None)

    assert settings.unreadable == ()
    assert settings.policy == Policy()


def test_settings_that_contradict_each_other_are_named() -> None:
    settings = read_settings(DEFAULTS | {"CheckCapIdle": "48h"}, first_deployed_at=None)

    assert settings.policy.cap_busy == 48 * 3600
    assert len(settings.clamped) == 1


def test_orders_from_before_the_given_moment_are_only_observed() -> None:
    given = read_settings(DEFAULTS | {"ActOnOrdersAfter": to_iso(START)}, first_deployed_at=START + 90_000_000)
    observing = read_settings(DEFAULTS | {"Mode": "observe"}, first_deployed_at=None)
    old, new = (watch(order("a", at=at), Policy()) for at in (START - 1, START + 1))

    assert (given.observes(old), given.observes(new)) == (True, False)
    assert (observing.observes(old), observing.observes(new)) == (True, True)
