"""Values that the template accepts, the functions accept: no deployment ends in a failing cold start."""

from __future__ import annotations

import pytest

from payment_refresh.composition import digest, discover, order_events, refresh, sweep
from tests.template.model import Template, target
from tests.template.test_parameters import EXAMPLES, PARAMETERS

READ = {
    "OrderEvents": order_events.read_settings,
    "Discover": discover.read_settings,
    "Sweep": sweep.read_settings,
    "Refresh": refresh.read_settings,
    "Digest": digest.read_settings,
}
NO_DEFAULT = {name: EXAMPLES[name][0][0] for name in ("CommerceLayerBaseUrl", "ApiSecretArn", "WebhookSecretArn")}
DEFAULTS = NO_DEFAULT | {name: str(it["Default"]) for name, it in PARAMETERS.items() if "Default" in it}

VALUES = [(name, value) for name, (right, _) in EXAMPLES.items() for value in right] + [
    (name, str(it[bound])) for name, it in PARAMETERS.items() for bound in ("MinValue", "MaxValue") if bound in it
]
ONLY_TOGETHER = {
    "GiveUpAfter": {"FirstCheckAfter": "1s", "DiscoverAfter": "1s", "CartCheckAges": "45m"},
    "FirstCheckAfter": {"GiveUpAfter": "99d"},
    "CheckCapIdle": {"CheckCapBusy": "99d"},
    "CheckCapBusy": {"CheckCapIdle": "1s"},
    "GrowthIdle": {"GrowthBusy": "99"},
    "GrowthBusy": {"GrowthIdle": "0.01"},
    "DiscoverAfter": {"DiscoverWindow": "35d", "DiscoverCartWindow": "35d"},
    "DiscoverWindow": {"DiscoverAfter": "1s"},
    "DiscoverCartWindow": {"DiscoverAfter": "1s"},
}
"""Values of the others with which every value of this one makes sense."""


def environment(deployed: Template, function: str, parameters: dict[str, str]) -> dict[str, str]:
    """The environment that Lambda would give the function; what is no parameter stands for itself."""
    variables = deployed.properties(function)["Environment"]["Variables"]
    return {name: parameters.get(target(value), target(value)) for name, value in variables.items()}


@pytest.mark.parametrize("function", READ)
def test_a_function_starts_with_the_defaults(deployed: Template, function: str) -> None:
    assert READ[function](environment(deployed, function, DEFAULTS))


@pytest.mark.parametrize("function", READ)
@pytest.mark.parametrize(("name", "value"), VALUES)
def test_a_function_starts_with_every_value_on_offer(
    deployed: Template, function: str, name: str, value: str
) -> None:
    parameters = DEFAULTS | ONLY_TOGETHER.get(name, {}) | {name: value}
    assert READ[function](environment(deployed, function, parameters))
