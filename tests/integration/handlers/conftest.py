"""The functions' handlers as Lambda runs them, over the fakes: what goes in, and all that comes out."""

from __future__ import annotations

import io
import json
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.composition.sweep import Sweeper
from payment_refresh.use_cases.receive_order_event.receiver import OrderEventParts, ReceiveOrderEvent
from payment_refresh.use_cases.receive_order_event.signature import WebhookSecrets
from tests.compat.release import RELEASES
from tests.integration.handlers.sample_events import SANDBOX_SECRET, load, names
from tests.support.functions import COMPOSED, FOLDER, Fakes, imported
from tests.support.world import World
from tests.unit.outcome_schemas import check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import ModuleType


FUNCTIONS = ("order_events", "discover", "sweep", "refresh", "digest")
HEARTBEAT = {"Observing": 0, "FellBackToObserve": 0, "SettingsClamped": 0}
"""What each sweep says, of a stack that acts and whose settings agree."""

TOPICS = ("pending", "placing", "place", "authorize", "pay", "approve", "cancel", "void")


def pending(count: int) -> dict[str, int]:
    """What so many payments count in that were placed just now, and stay pending."""
    return {"Pending": count, "PendingUnderHour": count}


@dataclass(slots=True)
class Context:
    """The context that Lambda gives a function of its invocation."""

    milliseconds: int = 120_000
    function_name: str = "payment-refresh"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:payment-refresh"
    aws_request_id: str = "00000000-0000-4000-8000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds before the invocation is ended."""
        return self.milliseconds


@dataclass(frozen=True, slots=True)
class Output:
    """Answer of one invocation, and its log."""

    answer: Any
    printed: str
    logged: str

    @property
    def body(self) -> dict[str, Any]:
        """The body of an HTTP answer."""
        body: dict[str, Any] = json.loads(self.answer["body"])
        return body

    @property
    def failed(self) -> list[str]:
        """Ids of the messages the queue is to deliver again."""
        return [failure["itemIdentifier"] for failure in self.answer["batchItemFailures"]]

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics, by name, but for those by currency; read from their one line."""
        (line,) = [line for line in self.emitted if "currency" not in line]
        assert line["service"] == "payment-refresh"
        (declared,) = line["_aws"]["CloudWatchMetrics"]
        assert declared["Namespace"] == "PaymentRefresh"
        assert declared["Dimensions"] == [["service"]]
        return {metric["Name"]: line[metric["Name"]][0] for metric in declared["Metrics"]}

    @property
    def emitted(self) -> list[dict[str, Any]]:
        """The lines in the embedded metric format, one for each set of dimensions."""
        return [line for line in map(json.loads, self.printed.splitlines()) if "_aws" in line]

    @property
    def counted(self) -> dict[str, float]:
        """The metrics that are not 0."""
        return {name: value for name, value in self.metrics.items() if value}

    @property
    def log(self) -> list[dict[str, Any]]:
        """The log lines."""
        return [json.loads(line) for line in self.logged.splitlines()]

    @property
    def text(self) -> str:
        """Everything, to look for what must not be in it."""
        return f"{self.answer}{self.printed}{self.logged}"


@dataclass(slots=True, kw_only=True)
class Functions:
    """Runs the handlers over one `World`."""

    world: World
    apps: Mapping[str, ModuleType]
    context: Context
    capsys: pytest.CaptureFixture[str]
    stream: io.StringIO

    def run(self, function: str, event: dict[str, Any]) -> Output:
        """Invoke a function."""
        self.capsys.readouterr()
        start = self.stream.tell()
        answer = self.apps[function].handler(event, self.context)
        return Output(answer, self.capsys.readouterr().out, self.stream.getvalue()[start:])

    def run_failing(self, function: str, event: dict[str, Any], error: type[Exception]) -> Output:
        """Invoke a function that is to fail; what it wrote is read all the same."""
        self.capsys.readouterr()
        start = self.stream.tell()
        with pytest.raises(error):
            self.apps[function].handler(event, self.context)
        return Output(None, self.capsys.readouterr().out, self.stream.getvalue()[start:])

    def run_file(self, name: str) -> Output:
        """Invoke the function that a file in ``events/`` is for."""
        return self.run(function_of(name), load(name))


def function_of(name: str) -> str:
    """The function that a file's name begins with."""
    (function,) = [function for function in FUNCTIONS if name.startswith(f"{function}_")]
    return function


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let a module that has ``IN_EACH_RELEASE`` run the functions as they are, and as they were released."""
    if getattr(metafunc.module, "IN_EACH_RELEASE", False) and "apps" in metafunc.fixturenames:
        folders = {"now": FOLDER} | {release.version: release.folder for release in RELEASES}
        metafunc.parametrize("apps", folders.values(), ids=folders, indirect=True, scope="session")


@pytest.fixture(scope="session")
def apps(request: pytest.FixtureRequest) -> Iterator[dict[str, ModuleType]]:
    """The functions' modules, imported as in Lambda: with the environment that Powertools reads.

    The parameter is the folder that they are in; without one, it is that of the functions as they are.
    """
    folder: Path = getattr(request, "param", FOLDER)
    with pytest.MonkeyPatch.context() as environment, ExitStack() as last:
        environment.setenv("POWERTOOLS_SERVICE_NAME", "payment-refresh")
        environment.setenv("POWERTOOLS_METRICS_NAMESPACE", "PaymentRefresh")
        yield {name: last.enter_context(imported(name, folder)) for name in FUNCTIONS}


@pytest.fixture
def secrets() -> dict[str, object]:
    """What Secrets Manager holds for the webhooks; a test may change it."""
    return {f"orders.{topic}": [SANDBOX_SECRET] for topic in TOPICS}


@contextmanager
def over_a_new_world(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    apps: Mapping[str, ModuleType],
    secrets: Mapping[str, object],
) -> Iterator[Functions]:
    """Run the functions over a new world; the events that they sent must conform to their schemas."""
    world = World()

    def parts() -> OrderEventParts:
        webhook_secrets = WebhookSecrets(fetch=lambda: secrets, clock=world.clock, log=logs["order_events"])
        return OrderEventParts(webhook_secrets, world.table, world.policy)

    logs = {name: app.logger for name, app in apps.items()}
    composed = {
        "order_events": ReceiveOrderEvent(parts=parts, clock=lambda: time.time(), log=logs["order_events"]),
        "discover": Fakes(lambda: world.discoverer(logs["discover"])),
        "sweep": Fakes(lambda: Sweeper(world.sweeper(logs["sweep"]), world.heartbeat())),
        "refresh": Fakes(lambda: world.refresher(logs["refresh"])),
        "digest": Fakes(lambda: world.digester(logs["digest"])),
    }
    for name, made in composed.items():
        monkeypatch.setattr(apps[name], COMPOSED[name], made)
    stream = io.StringIO()
    for app in apps.values():
        monkeypatch.setattr(app.logger.registered_handler, "stream", stream)
    yield Functions(world=world, apps=apps, context=Context(), capsys=capsys, stream=stream)
    check(world.events.details)


@pytest.fixture
def functions(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    apps: dict[str, ModuleType],
    secrets: dict[str, object],
) -> Iterator[Functions]:
    """The functions over a new world."""
    with over_a_new_world(monkeypatch, capsys, apps, secrets) as functions:
        yield functions


@pytest.fixture(params=names())
def event_name(request: pytest.FixtureRequest) -> str:
    """Each file in ``events/`` in turn."""
    name: str = request.param
    return name
