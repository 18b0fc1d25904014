"""The functions' handlers as they are, in this process, over a local AWS and a sandbox, in virtual time."""

from __future__ import annotations

import io
import json
import random
import threading
import time
import uuid
from collections import Counter
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import httpx
from aws_lambda_powertools.utilities.circuit_breaker import CircuitBreakerConfig

from devstack.local_aws import local_aws
from payment_refresh.adapters.aws import client
from payment_refresh.adapters.commerce_layer import http
from payment_refresh.adapters.dynamodb.circuits import PowertoolsCircuits
from payment_refresh.composition import calls, commerce_layer, discover, order_events, refresh, sweep
from payment_refresh.errors import Unavailable
from sandbox.config import Config
from sandbox.server import running
from tests.benchmarks.local import environment, make_table, reader
from tests.benchmarks.meter import Counts, Meter
from tests.integration.handlers.conftest import TOPICS, Context
from tests.integration.handlers.sample_events import SANDBOX_SECRET, load, with_body
from tests.integration.handlers.test_settings import SETTINGS
from tests.integration.sandbox.driver import Driver
from tests.support.clock import FakeClock
from tests.support.functions import imported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

    from devstack.clients import Clients
    from tests.benchmarks.units import Item

SERVICES = ("dynamodb", "sqs", "secretsmanager", "events")
INCLUDED = "payment_source,payment_method,authorizations"
BATCH, RECEIVED = 25, 10
"""Messages of an invocation at most, and of one request for them."""

TICK = 60


@dataclass(slots=True)
class Invocations:
    """Resources that the invocations of one function took.

    Attributes
    ----------
    cpu_s
        CPU time of each.
    waited_s
        Seconds that they waited for the rate limiter.
    lines
        What it wrote to the log, metrics included.
    """

    count: int = 0
    counts: Counts = field(default_factory=Counts)
    cpu_s: list[float] = field(default_factory=list)
    waited_s: float = 0.0
    lines: list[str] = field(default_factory=list)

    @property
    def usual_cpu_s(self) -> float:
        """CPU time of a usual one: whatever else the machine does lengthens some."""
        return median(self.cpu_s) if self.cpu_s else 0.0

    @property
    def metrics(self) -> Counter[str]:
        """The sum of each metric."""
        sums: Counter[str] = Counter()
        for line in filter(lambda line: "_aws" in line, map(json.loads, self.lines)):
            for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
                sums[metric["Name"]] += int(sum(line[metric["Name"]]))
        return sums


@dataclass(slots=True, kw_only=True)
class Deployment:
    """A stack without its schedules and its queue's trigger: these are turned by hand.

    Attributes
    ----------
    invoked
        By function, what was invoked since `begin`.
    received
        Requests that the queue's trigger made for messages and to delete them.
    metrics
        The names of all metrics so far.
    """

    clock: FakeClock
    clients: Clients
    table: str
    queue_url: str
    driver: Driver
    apps: Mapping[str, ModuleType]
    meter: Meter
    log: io.StringIO
    invoked: dict[str, Invocations] = field(default_factory=dict)
    received: int = 0
    metrics: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """Count anew."""
        self.invoked = {name: Invocations() for name in self.apps}
        self.received = 0

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """Run a handler once, and count what it takes."""
        run, out, start = self.invoked[function], io.StringIO(), self.log.tell()
        self.meter.counts = run.counts
        began, virtual = self._cpu(), self.clock.now
        with redirect_stdout(out):
            answer = self.apps[function].handler(event, Context())
        run.count += 1
        run.cpu_s.append(self._cpu() - began)
        run.waited_s += self.clock.now - virtual
        run.lines += [*self.log.getvalue()[start:].splitlines(), *out.getvalue().splitlines()]
        self.metrics |= run.metrics.keys()
        return answer

    def send_event(self, order: Mapping[str, str], topic: str) -> None:
        """Send the event of an order as it stands."""
        path = f"/api/orders/{order['order_id']}"
        shown = self.driver.get(path, include=INCLUDED)
        if shown.status_code == httpx.codes.UNAUTHORIZED:  # days may have passed
            self.driver = Driver(self.driver.sandbox, self.driver.client)
            shown = self.driver.get(path, include=INCLUDED)
        event = with_body(load("order_events_place"), shown.text) | {"rawPath": f"/orders.{topic}"}
        answer = self.invoke("order_events", event)
        assert answer["statusCode"] == 200, answer

    def tick(self) -> None:
        """Let a minute pass, sweep, and handle what that sent."""
        self.clock.now = (self.clock.now // TICK + 1) * TICK
        self.invoke("sweep", load("sweep_schedule"))
        while batch := self._receive():
            answer = self.invoke("refresh", {"Records": batch})
            assert answer == {"batchItemFailures": []}, answer

    def row(self, order: Mapping[str, str]) -> Item:
        """The row of an order's payment."""
        row = self.meter.peek(f"{order['payment_type']}#{order['payment_id']}")
        assert row is not None
        return row

    def _receive(self) -> list[dict[str, str]]:
        """Take messages and delete them, as the trigger does around an invocation."""
        batch: list[dict[str, str]] = []
        while len(batch) < BATCH:
            asked = self.clients.sqs.receive_message(
                QueueUrl=self.queue_url, MaxNumberOfMessages=min(RECEIVED, BATCH - len(batch))
            )
            messages = asked.get("Messages", [])
            if not messages:
                break
            self.received += 2  # one that brings some, and one that deletes them
            batch += [{"messageId": one["MessageId"], "body": one["Body"]} for one in messages]
            self.clients.sqs.delete_message_batch(
                QueueUrl=self.queue_url,
                Entries=[{"Id": one["MessageId"], "ReceiptHandle": one["ReceiptHandle"]} for one in messages],
            )
        return batch

    def _cpu(self) -> float:
        """CPU time of this process but for the sandbox's thread and the counting."""
        others = (thread for thread in threading.enumerate() if thread.name == "sandbox" and thread.ident)
        theirs = sum(time.clock_gettime(time.pthread_getcpuclockid(thread.ident or 0)) for thread in others)
        return time.process_time() - theirs - self.meter.cpu_s


@contextmanager
def deployed() -> Iterator[Deployment]:
    """Put all up, with the template's defaults."""
    random.seed(4)
    clock = FakeClock()
    with (
        local_aws() as aws,
        running(Config(clock=clock)) as sandbox,
        httpx.Client(base_url=sandbox.url, trust_env=False) as control,
        ExitStack() as last,
    ):
        clients, table = aws.clients, make_table(aws.clients)
        queue, letters = (
            clients.sqs.create_queue(QueueName=f"{name}-{uuid.uuid4().hex}")["QueueUrl"]
            for name in ("pending", "letters")
        )
        secrets = {
            "WEBHOOK_SECRET_ARN": {f"orders.{topic}": [SANDBOX_SECRET] for topic in TOPICS},
            "API_SECRET_ARN": {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret},
        }
        own = {
            "POWERTOOLS_SERVICE_NAME": "payment-refresh",
            "POWERTOOLS_METRICS_NAMESPACE": "PaymentRefresh/payment-refresh",
            "STATE_TABLE_NAME": table,
            "PENDING_QUEUE_URL": queue,
            "DEAD_LETTER_QUEUE_URL": letters,
            "OUTCOME_BUS_NAME": "default",
            "COMMERCE_LAYER_BASE_URL": sandbox.url,
            "COMMERCE_LAYER_AUTH_URL": f"{sandbox.url}/oauth/token",
            "COMMERCE_LAYER_ORGANIZATION": sandbox.organization,
        }
        for name, value in secrets.items():
            made = clients.secrets.create_secret(Name=uuid.uuid4().hex, SecretString=json.dumps(value))
            own[name] = made["ARN"]
        settings = {name: value for function in SETTINGS.values() for name, value in function.items()}
        last.enter_context(environment(aws.endpoint, SERVICES, settings | own))
        _in_virtual_time(last, clock)
        apps = {name: last.enter_context(imported(name)) for name in SETTINGS}
        meter, log = Meter(reader(clients, table)), io.StringIO()
        for app in apps.values():
            last.enter_context(patch.object(app.logger.registered_handler, "stream", log))
        for service in SERVICES:
            meter.listen(client(service))
        yield Deployment(
            clock=clock,
            clients=clients,
            table=table,
            queue_url=queue,
            driver=Driver(sandbox, control),
            apps=apps,
            meter=meter,
            log=log,
        )


def _in_virtual_time(last: ExitStack, clock: FakeClock) -> None:
    """Let what is composed from now on go by this clock."""
    module = SimpleNamespace(time=clock, sleep=clock.advance)
    forgetful = CircuitBreakerConfig(handled_exceptions=(Unavailable,), local_cache_max_age=0)
    make_client = http.make_client
    replacements: list[tuple[ModuleType, str, object]] = [
        (root, "time", module) for root in (calls, commerce_layer, order_events, discover, sweep, refresh)
    ]
    # The circuits go by real time: without a memory, they ask the table once an invocation, as they do where
    # invocations are a minute apart.
    replacements += [
        (root, "PowertoolsCircuits", partial(PowertoolsCircuits, config=forgetful))
        for root in (discover, sweep, refresh)
    ]
    replacements.append((commerce_layer, "make_client", lambda: last.enter_context(make_client())))  # to be closed
    for where, name, value in replacements:
        last.enter_context(patch.object(where, name, value))
