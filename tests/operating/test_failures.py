"""Every command in every kind of failure: one line on standard error, the right exit status, and what to do."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

import payrefresh.adapters.letters
from devstack.processes import free_port
from payrefresh.errors import NOT_ASKED, WRONG
from sandbox.config import Config
from tests.operating.command import Command
from tests.operating.identity import administrator
from tests.operating.invocations import INVOCATIONS, registered
from tests.operating.scene import Scene, operator_policy, recording, without

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.sandbox.driver import Driver
    from tests.operating.command import Ran
    from tests.operating.hollow import HollowStack

NO_STACK, LESS_RIGHTS, DEAD_ENDPOINT, WRONG_ID, EXPIRED_LOGIN = COLUMNS = (
    "no stack",
    "a right removed",
    "dead endpoint",
    "wrong id",
    "expired login",
)

CANNOT_OCCUR: dict[tuple[str, str], str] = {
    ("audit", NO_STACK): "it needs none: it is run before there is a stack",
    ("audit", WRONG_ID): "it takes no id",
    ("probe", NO_STACK): "it needs none: it asks an organization alone",
    ("setup", NO_STACK): "it makes the stack",
    ("setup", WRONG_ID): "it takes no id",
    ("teardown", WRONG_ID): "it takes no id",
    ("doctor", WRONG_ID): "it takes no id",
    ("status", WRONG_ID): "it takes no id",
    ("list", WRONG_ID): "it takes no id: it lists what its filters let through, which may be nothing",
    ("report", WRONG_ID): "it takes no id",
}
"""Pairs of a command and a failure that cannot meet, each with the reason."""

MOST_TRIES = 2
"""Connections that may be tried to an endpoint that is dead: each may take two seconds to fail."""

EXPIRED_SESSION = """
[profile expired]
sso_session = company
sso_account_id = 123456789012
sso_role_name = Operator
region = us-east-1
[sso-session company]
sso_start_url = https://company.example/start
sso_region = us-east-1
"""
"""A profile whose login is over: nothing is left of it on this machine."""


def commands_in(column: str) -> list[str]:
    return [name for name in registered() if (name, column) not in CANNOT_OCCUR]


@pytest.fixture(scope="module")
def scene(stack: HollowStack, organization: Driver, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A stack and an organization, and an operator's role."""
    return Scene(stack, organization, tmp_path_factory.mktemp("failures"))


@pytest.fixture
def command(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """The command; it acts as the administrator until a test says otherwise."""
    with administrator(scene.stack.aws):
        monkeypatch.setenv("PAYREFRESH_STACK", scene.stack.name)
        monkeypatch.setattr(payrefresh.adapters.letters, "LONG_POLL", 0)  # this queue has one server
        yield Command(capsys)
        scene.organization.faults()


def failed(ran: Ran) -> str:
    """What a run that failed says, which must be one line on standard error."""
    assert ran.status == NOT_ASKED, ran
    assert ran.err.startswith("payrefresh: "), ran
    assert ran.err.count("\n") == 1, ran
    assert_clean(ran)
    return ran.err


def assert_clean(ran: Ran) -> None:
    assert "Traceback" not in ran.out + ran.err
    assert "defect" not in ran.err, ran.err
    assert Config().client.client_secret not in ran.out + ran.err


@pytest.mark.parametrize("name", commands_in(NO_STACK))
def test_no_stack_of_this_name_is_said_with_how_to_name_another(
    scene: Scene, command: Command, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYREFRESH_STACK", "nowhere")

    said = failed(command(name, *scene.arguments(INVOCATIONS[name].runs[0])))

    assert "there is no stack 'nowhere' in us-east-1" in said
    assert "--stack" in said


@pytest.mark.parametrize("name", [name for name in commands_in(LESS_RIGHTS) if INVOCATIONS[name].asks_aws])
def test_each_right_that_is_missing_is_named_with_its_resource(
    scene: Scene, command: Command, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = operator_policy(scene.stack)
    scene.allow(policy)
    for variable, value in scene.credentials().items():
        monkeypatch.setenv(variable, value)
    with recording(monkeypatch) as rights:
        assert list(scene.runs(command, name))
    assert rights

    for action in sorted({action for action, _ in rights}):
        scene.allow(without(policy, action))
        names = [f"not allowed: {action} on {resource}" for used, resource in rights if used == action]
        refused = next((ran for ran in scene.runs(command, name) if is_any_in(names, ran)), None)

        assert refused is not None, names
        assert_clean(refused)
        assert refused.status in (WRONG, NOT_ASKED)
        if not INVOCATIONS[name].degrades:
            failed(refused)


def is_any_in(lines: list[str], ran: Ran) -> bool:
    return any(line in ran.out + ran.err for line in lines)


@pytest.mark.parametrize("name", [name for name in commands_in(LESS_RIGHTS) if not INVOCATIONS[name].asks_aws])
def test_right_that_the_integration_lacks_is_said_without_a_traceback(
    scene: Scene, command: Command, name: str
) -> None:
    scene.organization.faults({"route": "/api/*", "kind": "status", "status": 401})

    for ran in scene.runs(command, name):
        assert ran.status in (WRONG, NOT_ASKED)
        assert_clean(ran)
        assert "orders" in ran.out + ran.err


@pytest.mark.parametrize("name", commands_in(DEAD_ENDPOINT))
def test_endpoint_that_is_dead_is_tried_few_times_and_said(
    scene: Scene, command: Command, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    dead = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", dead)
    given = INVOCATIONS[name].runs[0]
    arguments = scene.arguments(given) if INVOCATIONS[name].asks_aws else scene.arguments(given, elsewhere=dead)
    tried: list[int] = []
    connect = socket.socket.connect

    def counted(made: socket.socket, address: tuple[str, int]) -> None:
        tried.append(address[1])
        connect(made, address)

    monkeypatch.setattr(socket.socket, "connect", counted)

    said = failed(command(name, *arguments))

    assert 0 < tried.count(port) <= MOST_TRIES
    assert "network" in said


@pytest.mark.parametrize("name", commands_in(WRONG_ID))
def test_id_that_cannot_be_right_is_refused_with_what_to_give(scene: Scene, command: Command, name: str) -> None:
    wrong = INVOCATIONS[name].wrong_id
    assert wrong is not None, f"{name} takes an id: say which would be wrong, or why it takes none"

    said = failed(command(name, *scene.arguments(wrong)))

    assert any(each in said for each in wrong)


@pytest.mark.parametrize("name", [name for name in commands_in(EXPIRED_LOGIN) if INVOCATIONS[name].asks_aws])
class TestExpiredLogin:
    """Who is not logged in any more is told to log in, whatever shows it."""

    def test_session_that_is_over_is_said_before_anything_is_asked(
        self, scene: Scene, command: Command, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "config").write_text(EXPIRED_SESSION)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setenv("AWS_PROFILE", "expired")
        for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(variable)

        assert "log in again" in failed(command(name, *scene.arguments(INVOCATIONS[name].runs[0])))

    def test_keys_that_aws_does_not_know_any_more_are_said(
        self, scene: Scene, command: Command, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEXPIREDEXPIRED12")
        monkeypatch.setenv("AWS_SESSION_TOKEN", "expired")

        said = failed(command(name, *scene.arguments(INVOCATIONS[name].runs[0])))

        assert "AWS refused the credentials" in said
        assert "log in again" in said


@pytest.mark.parametrize("name", [name for name in commands_in(EXPIRED_LOGIN) if not INVOCATIONS[name].asks_aws])
def test_credentials_that_commerce_layer_refuses_are_said(scene: Scene, command: Command, name: str) -> None:
    scene.organization.faults({"route": "/oauth/token", "kind": "token"})

    said = failed(command(name, *scene.arguments(INVOCATIONS[name].runs[0])))

    assert "client id" in said or "credentials" in said


def test_pairs_that_cannot_occur_are_of_known_commands_and_failures() -> None:
    assert {name for name, _ in CANNOT_OCCUR} <= INVOCATIONS.keys()
    assert {column for _, column in CANNOT_OCCUR} <= set(COLUMNS)
    assert all(reason for reason in CANNOT_OCCUR.values())
