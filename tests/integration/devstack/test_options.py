"""The command line: defaults, refusals, and the credentials that only the environment may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from devstack.errors import LauncherError
from devstack.options import EmptyOptions, LocalOptions, parse

CREDENTIALS = {"PAYREFRESH_CLIENT_ID": "an-id", "PAYREFRESH_CLIENT_SECRET": "a-secret"}
SERVER = ["local", "--commerce-layer-url", "https://acme.commercelayer.io"]


def local(arguments: list[str], environment: dict[str, str]) -> LocalOptions:
    options = parse(arguments, environment)
    assert isinstance(options, LocalOptions)
    return options


def test_without_options_the_default_scenario_is_played() -> None:
    assert parse(["local"], {}) == LocalOptions(
        orders=290, seed=1, loss=0.2, loss_order_events=0.05, gateway_webhooks_off_after_s=None, each=5
    )


def test_options_are_taken() -> None:
    options = parse(
        ["local", "--orders", "5", "--seed", "7", "--loss", "0.5", "--loss-order-events", "1",
         "--gateway-webhooks-off-after", "20", "--kind", "tie", "--kind", "paid", "--only-on-purpose",
         "--observe", "--keep", "--report", "r.json",
         "--deadline", "9", "--parameter", "GiveUpAfter=30s", "--parameter", "LogLevel=DEBUG"],
        {},
    )  # fmt: skip

    assert options == LocalOptions(
        orders=5, seed=7, loss=0.5, loss_order_events=1.0, gateway_webhooks_off_after_s=20.0, observe=True,
        kinds=("tie", "paid"), only_on_purpose=True,
        keep=True, report=Path("r.json"), deadline_s=9, parameters=(("GiveUpAfter", "30s"), ("LogLevel", "DEBUG")),
    )  # fmt: skip


def test_short_means_fewer_orders_unless_their_number_is_given() -> None:
    short = local(["local", "--short"], {})
    assert (short.orders, short.each) == (60, 1)
    assert local(["local", "--short", "--orders", "3"], {}).orders == 3


def test_an_empty_local_aws_writes_its_variables_where_it_is_asked_to() -> None:
    assert parse(["empty"], {}) == EmptyOptions(env_file=Path("build/local.env"))
    assert parse(["empty", "--env-file", "e"], {}) == EmptyOptions(env_file=Path("e"))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["local", "--loss", "1.1"],
        ["local", "--loss", "much"],
        ["local", "--loss-order-events", "2"],
        ["local", "--gateway-webhooks-off-after", "-1"],
        ["local", "--gateway-webhooks-off-after", "inf"],
        ["local", "--orders", "0"],
        ["local", "--parameter", "GiveUpAfter"],
        ["local", "--auth-url", "https://auth.example.com/oauth/token"],
        ["local", "--commerce-layer-url", "acme"],
        ["local", "--commerce-layer-url", "http://127.0.0.1:9999"],
        [*SERVER, "--mode", "sandbox"],
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refusal:
        parse(arguments, CREDENTIALS)

    assert refusal.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_another_server_is_connected_to_with_credentials_of_the_environment() -> None:
    organization = local(SERVER, CREDENTIALS).organization

    assert organization is not None
    assert organization.base_url == "https://acme.commercelayer.io"
    assert organization.auth_url == "https://auth.commercelayer.io/oauth/token"
    assert (organization.slug, organization.mode) == ("acme", "live")
    assert (organization.client_id, organization.client_secret) == ("an-id", "a-secret")
    assert "a-secret" not in repr(organization)


def test_a_server_without_a_name_needs_the_organization() -> None:
    arguments = [
        "local",
        "--commerce-layer-url",
        "http://127.0.0.1:99/",
        "--organization",
        "acme",
        "--mode",
        "test",
    ]

    organization = local(arguments, CREDENTIALS).organization

    assert organization is not None
    assert (organization.base_url, organization.slug, organization.mode) == ("http://127.0.0.1:99", "acme", "test")


@pytest.mark.parametrize("missing", list(CREDENTIALS))
def test_missing_credentials_are_named(missing: str) -> None:
    environment = {name: value for name, value in CREDENTIALS.items() if name != missing}

    with pytest.raises(LauncherError, match=f"^{missing} not set in the environment"):
        parse(SERVER, environment)


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse(["local", "--help"], {})

    assert end.value.code == 0
    shown = capsys.readouterr().out
    for option in (
        "--orders",
        "--seed",
        "--loss",
        "--loss-order-events",
        "--kind",
        "--only-on-purpose",
        "--observe",
        "--keep",
        "--report",
        "--commerce-layer-url",
    ):
        assert option in shown
