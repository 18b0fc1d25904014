"""`payrefresh setup` where it cannot begin: one line that says what to do, and no secret in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from devstack.environment import ROOT
from payrefresh.adapters.local_deployment import find_clone
from payrefresh.errors import WrongInput

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.sandbox.driver import Driver
    from tests.operating.command import Command
    from tests.operating.hollow import HollowStack


@pytest.fixture
def credentials(organization: Driver, tmp_path: Path) -> Path:
    """A file with the integration's credentials."""
    file = tmp_path / "credentials.json"
    sandbox = organization.sandbox
    file.write_text(json.dumps({"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}))
    return file


@pytest.fixture
def urls(organization: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The options that lead to the sandbox, and to a configuration file of one's own."""
    monkeypatch.delenv("PAYREFRESH_STACK")
    url = organization.sandbox.url
    return ["--base-url", url, "--auth-url", f"{url}/oauth/token", "--config", str(tmp_path / "samconfig.toml")]


def test_setup_without_credentials_and_without_a_terminal_says_where_to_give_them(
    command: Command, urls: list[str]
) -> None:
    ran = command("setup", "--yes", *urls)

    assert ran.status == 2
    assert ran.err == (
        "payrefresh: no credentials of Commerce Layer: give --credentials FILE, or set PAYREFRESH_CLIENT_ID and "
        "PAYREFRESH_CLIENT_SECRET\n"
    )


def test_setup_without_a_terminal_and_without_consent_changes_nothing(
    command: Command, urls: list[str], credentials: Path, tmp_path: Path
) -> None:
    ran = command("setup", "--credentials", str(credentials), "--stack", "nobody", *urls)

    assert ran.status == 2
    assert "give --yes to agree to all steps, or --plan to see them" in ran.err
    assert not (tmp_path / "samconfig.toml").exists()


def test_plan_of_a_new_stack_says_every_step_and_does_nothing(
    command: Command, urls: list[str], credentials: Path, tmp_path: Path, organization: Driver
) -> None:
    ran = command("setup", "--plan", "--credentials", str(credentials), "--stack", "new-shop", *urls)

    assert (ran.status, ran.err) == (0, "")
    for said in (
        "store them in Secrets Manager as new-shop/api", "Mode: observe", "deploy new-shop",
        "create one webhook for each of orders.pending", "send the newest paid order", "Nothing was done.",
    ):  # fmt: skip
        assert said in ran.out
    assert not (tmp_path / "samconfig.toml").exists()
    assert organization.get("/api/webhooks").json()["data"] == []
    assert organization.sandbox.client_secret not in ran.out


def test_setup_of_a_stack_by_the_configuration_of_another_is_refused(
    command: Command, urls: list[str], tmp_path: Path, stack: HollowStack
) -> None:
    (tmp_path / "samconfig.toml").write_text('[default.deploy.parameters]\nstack_name = "other"\n')

    ran = command("setup", "--plan", "--stack", stack.name, *urls)

    assert ran.status == 2
    assert "is for the stack other" in ran.err
    assert "--config" in ran.err


def test_setup_with_wrong_credentials_shows_nothing_of_them(
    command: Command, urls: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps({"client_id": "somebody-else", "client_secret": "wrong-secret-value"}))

    ran = command("setup", "--yes", "--credentials", str(file), "--stack", "nobody", *urls)

    assert ran.status == 2
    assert ran.err.count("\n") == 1
    assert "client id or client secret" in ran.err
    assert "wrong-secret" not in ran.out + ran.err
    assert "somebody-else" not in ran.out + ran.err


def test_refresh_with_credentials_that_may_only_read_is_refused_before_anything_is_deployed(
    command: Command, urls: list[str], tmp_path: Path, organization: Driver
) -> None:
    reader = organization.sandbox.config.read_only_client
    file, answers = tmp_path / "reader.json", tmp_path / "answers.toml"
    file.write_text(json.dumps({"client_id": reader.client_id, "client_secret": reader.client_secret}))
    answers.write_text(f'run_mode = "refresh"\nstack = "readers"\ncredentials = "{file}"\n')

    ran = command("setup", "--yes", "--answers", str(answers), *urls)

    assert ran.status == 2
    assert "update stripe_payments, checkout_com_payments, satispay_payments" in ran.err
    assert "choose run_mode observe" in ran.err


def test_setup_outside_of_a_clone_is_refused_unless_the_package_is_run_from_one(tmp_path: Path) -> None:
    assert find_clone(ROOT / "docs") == ROOT
    assert find_clone(tmp_path) == ROOT

    with pytest.raises(WrongInput, match="deploys from a clone of the repository"):
        find_clone(tmp_path, package=tmp_path / "site-packages/payrefresh/adapters/local_deployment.py")
