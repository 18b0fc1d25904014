"""The first step on a sandbox and a local AWS: each right is tried, and named where it is missing."""

from __future__ import annotations

import json
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from payment_refresh.errors import CredentialsRefused
from payrefresh.adapters.aws import connect
from payrefresh.adapters.commerce_layer import Credentials, open_organization
from payrefresh.adapters.first_calls import in_a_hurry
from payrefresh.adapters.organization_api import SetupApi
from payrefresh.adapters.secrets import SecretsManager
from payrefresh.adapters.tried_rights import NO_ID
from payrefresh.errors import OperatorError
from payrefresh.setup.credentials import CredentialsStep
from payrefresh.setup.known import Known
from payrefresh.setup.rights import ALL, READ, TO_REFRESH, TO_WATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from payrefresh.setup.ports import ClientCredentials
    from payrefresh.setup.rights import Right
    from tests.integration.sandbox.driver import Driver
    from tests.operating.command import Command


@contextmanager
def _during(_what: str) -> Iterator[Callable[[str], None]]:
    yield lambda _: None


@dataclass
class Ground:
    """The step for one stack, with given credentials."""

    driver: Driver
    name: str
    given: Credentials | None = None
    configured: dict[str, str] = field(default_factory=dict)
    closing: ExitStack = field(default_factory=ExitStack)

    def step(self) -> CredentialsStep:
        def opened(credentials: ClientCredentials) -> SetupApi:
            url = self.driver.sandbox.url
            pair = Credentials(client_id=credentials.client_id, client_secret=credentials.client_secret)
            made = open_organization(pair, auth_url=f"{url}/oauth/token", base_url=url)
            self.closing.callback(made.transport.http.close)
            return SetupApi(in_a_hurry(made))

        def ask() -> Credentials:
            raise AssertionError("nobody is to be asked")

        return CredentialsStep(
            known=Known(stack_name=self.name, configured=self.configured),
            secrets=SecretsManager(),
            given=lambda: self.given,
            ask=ask,
            stored_as=lambda client_id, secret: Credentials(client_id=client_id, client_secret=secret),
            open_organization=opened,
            during=_during,
        )


@pytest.fixture
def ground(command: Command, organization: Driver) -> Iterator[Ground]:
    """Credentials that may do everything, for a stack of a name of its own."""
    del command
    connect(profile=None, region=None)
    organization.switch(rate_limit_factor=1000.0, default_version="2017-08")
    sandbox = organization.sandbox
    pair = Credentials(client_id=sandbox.client_id, client_secret=sandbox.client_secret)
    made = Ground(organization, f"shop-{uuid.uuid4().hex[:8]}", pair)
    with made.closing:
        yield made
    organization.faults()


def _refuse(driver: Driver, *rights: Right) -> None:
    routes = [
        f"GET /api/{right.resource}" if right.verb == READ else f"PATCH /api/{right.resource}/{NO_ID}"
        for right in rights
    ]
    driver.faults(*({"route": route, "kind": "status", "status": 401} for route in routes))


def test_credentials_that_may_do_all_are_stored_and_found_again_without_being_given(ground: Ground) -> None:
    step = ground.step()
    assert list(step.look().act()) == [f"stored in {ground.name}/api", f"created {ground.name}/webhooks"]
    assert step.look().plan == []

    ground.given = None
    again = ground.step()

    assert again.look().plan == []
    assert again.known.api_secret is not None
    assert again.known.missing.rights == []
    assert again.known.checked_organization().slug == ground.driver.sandbox.organization


@pytest.mark.parametrize("right", TO_WATCH, ids=str)
def test_missing_right_to_read_is_named_and_nothing_is_stored(ground: Ground, right: Right) -> None:
    _refuse(ground.driver, right)

    with pytest.raises(OperatorError, match=f"may not {right}: give it these rights"):
        ground.step().look()

    assert SecretsManager().find(f"{ground.name}/api") is None


@pytest.mark.parametrize("right", [right for right in ALL if right not in TO_WATCH], ids=str)
def test_missing_right_that_is_not_needed_to_watch_is_named(ground: Ground, right: Right) -> None:
    _refuse(ground.driver, right)
    step = ground.step()

    found = "\n".join(step.look().found)

    assert f"may not {right}" in found
    assert step.known.missing.rights == [right]
    assert list(step.known.missing.to_refresh) == ([right] if right in TO_REFRESH else [])


def test_credentials_of_a_reader_may_update_nothing(ground: Ground) -> None:
    reader = ground.driver.sandbox.config.read_only_client
    ground.given = Credentials(client_id=reader.client_id, client_secret=reader.client_secret)
    step = ground.step()

    step.look()

    assert list(step.known.missing.to_refresh) == list(TO_REFRESH)
    assert not step.known.missing.manages_webhooks


def test_api_without_the_payments_is_said_and_an_earlier_version_of_the_answers_is_called(
    ground: Ground, command: Command, tmp_path: Path
) -> None:
    ground.driver.switch(default_version="2026-05")
    sandbox = ground.driver.sandbox
    pair = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    (tmp_path / "pair.json").write_text(json.dumps(pair))
    given = {
        "credentials": str(tmp_path / "pair.json"),
        "base_url": sandbox.url,
        "config": str(tmp_path / "new.toml"),
    }
    given |= {"auth_url": f"{sandbox.url}/oauth/token", "stack": ground.name}
    answers = tmp_path / "answers.json"

    answers.write_text(json.dumps(given))
    refused = command("setup", "--plan", "--answers", str(answers))
    assert (refused.status, refused.err.count("\n")) == (2, 1)
    assert "knows no stripe_payments" in refused.err
    assert "CommerceLayerApiVersion = 2017-08" in refused.err

    answers.write_text(json.dumps(given | {"parameters": {"CommerceLayerApiVersion": "2017-08"}}))
    assert "may read orders, stripe_payments" in command("setup", "--plan", "--answers", str(answers)).out


def test_credentials_for_another_organization_or_mode_than_configured_are_refused(ground: Ground) -> None:
    ground.configured = {"CommerceLayerOrganization": "elsewhere"}
    with pytest.raises(OperatorError, match=r"for organization sandbox-shop, the stack .* for elsewhere"):
        ground.step().look()

    ground.configured = {"CommerceLayerMode": "test"}
    with pytest.raises(OperatorError, match=r"for mode live, the stack .* for test"):
        ground.step().look()


def test_credentials_that_are_wrong_are_refused_without_being_shown(ground: Ground) -> None:
    ground.given = Credentials(client_id="somebody", client_secret="wrong-secret-value")

    with pytest.raises(CredentialsRefused) as refused:
        ground.step().look()

    assert "wrong-secret" not in str(refused.value)
    assert "wrong-secret" not in repr(ground.given)


def test_stored_credentials_that_are_refused_say_how_to_give_others(ground: Ground) -> None:
    SecretsManager().create(f"{ground.name}/api", {"client_id": "gone", "client_secret": "gone too"}, key=None)
    ground.given = None

    with pytest.raises(OperatorError, match=rf"the credentials in {ground.name}/api are refused .*--credentials"):
        ground.step().look()


def test_other_credentials_replace_those_that_are_stored(ground: Ground) -> None:
    list(ground.step().look().act())
    sandbox = ground.driver.sandbox
    ground.given = Credentials(
        client_id=sandbox.config.read_only_client.client_id,
        client_secret=sandbox.config.read_only_client.client_secret,
    )

    look = ground.step().look()
    assert list(look.plan) == [f"replace those in {ground.name}/api"]
    list(look.act())

    arn = SecretsManager().find(f"{ground.name}/api")
    assert arn is not None
    assert SecretsManager().read(arn)["client_id"] == sandbox.config.read_only_client.client_id


def test_secrets_that_the_configuration_names_and_that_are_gone_are_stored_anew_and_found(ground: Ground) -> None:
    gone = "arn:aws:secretsmanager:us-east-1:000000000000:secret:gone/api-AbCdEf"
    ground.configured = {"ApiSecretArn": gone, "WebhookSecretArn": gone}
    step = ground.step()

    assert list(step.look().act()) == [f"stored in {ground.name}/api", f"created {ground.name}/webhooks"]

    assert step.look().plan == []
    assert step.known.api_secret is not None
    assert f":secret:{ground.name}/api" in step.known.api_secret
