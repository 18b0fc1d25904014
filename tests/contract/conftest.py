"""Fixtures of the contract tests: a local AWS, and a Commerce Layer organization."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from devstack.environment import ACCESS_KEY, REGION, ROOT
from devstack.local_aws import local_aws
from payment_refresh.adapters.aws import forget_clients
from payment_refresh.adapters.dynamodb.rate_item import DynamoRateItem
from payment_refresh.domain.payment import PaymentKey
from sandbox.config import Config
from sandbox.server import running
from tests.contract.api import wire_to
from tests.contract.rate_limiters import Environment, Recorder
from tests.contract.tables import Bench, DynamoBench, FakeBench
from tests.integration.sandbox.driver import Driver
from tests.support.indexed_table import IndexedStateTable
from tests.support.log import FakeLog
from tests.support.rate_limiter import FakeRateItem
from tests.template.model import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devstack.local_aws import LocalAws
    from payment_refresh.adapters.dynamodb.rate_item import RateItem
    from sandbox.server import Sandbox
    from tests.contract.api import Wire


@pytest.fixture(scope="session")
def emulator() -> Iterator[LocalAws]:
    """One local AWS for all tests; each makes tables and queues of its own in it."""
    with local_aws() as running_aws:
        yield running_aws


@pytest.fixture(scope="module")
def aws(emulator: LocalAws) -> Iterator[LocalAws]:
    """The adapters' clients talk to the local AWS, as functions do there."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "AWS_ENDPOINT_URL": emulator.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            environment.setenv(name, value)
        environment.delenv("AWS_PROFILE", raising=False)
        forget_clients()
        yield emulator
        forget_clients()


@pytest.fixture
def table_name(aws: LocalAws) -> str:
    """A new table of the template's shape."""
    shape: Any = load(ROOT / "template.yaml").properties("StateTable")
    name = f"table-{uuid.uuid4().hex}"
    aws.clients.dynamodb.create_table(
        TableName=name,
        **{
            part: shape[part]
            for part in ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
        },
    )
    return name


@pytest.fixture
def queue_url(aws: LocalAws) -> str:
    """A new queue."""
    url: str = aws.clients.sqs.create_queue(QueueName=f"queue-{uuid.uuid4().hex}")["QueueUrl"]
    return url


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A new organization."""
    with running(Config()) as organization:
        yield organization


@pytest.fixture
def driver(sandbox: Sandbox) -> Iterator[Driver]:
    """The driver that turns the organization's switches and counts its calls."""
    with httpx.Client(base_url=sandbox.url, trust_env=False) as control:
        yield Driver(sandbox, control)


@pytest.fixture(params=["fake", "indexed", "DynamoDB"])
def state(request: pytest.FixtureRequest) -> Bench:
    """The fake state tables, then the real one."""
    if request.param == "fake":
        return FakeBench()
    if request.param == "indexed":
        return FakeBench(IndexedStateTable)
    return DynamoBench(request.getfixturevalue("aws"), request.getfixturevalue("table_name"))


@pytest.fixture(params=["fake", "DynamoDB"])
def rate_item(request: pytest.FixtureRequest) -> RateItem:
    """The fake item of the rate limiter, then the real one."""
    if request.param == "fake":
        return FakeRateItem()
    request.getfixturevalue("aws")
    return DynamoRateItem(table=request.getfixturevalue("table_name"))


@pytest.fixture
def recorder(rate_item: RateItem) -> Recorder:
    """The item, watched."""
    return Recorder(rate_item)


@pytest.fixture
def here(recorder: Recorder) -> Environment:
    """An environment with a rate limiter."""
    return Environment(recorder)


@pytest.fixture
def there(recorder: Recorder) -> Environment:
    """Another one with the same rate limiter."""
    return Environment(recorder)


@pytest.fixture
def wire(sandbox: Sandbox) -> Iterator[Wire]:
    """The adapters over the wire to the sandbox."""
    with wire_to(sandbox) as connected:
        yield connected


@pytest.fixture
def paid(driver: Driver) -> PaymentKey:
    """A payment that a refresh settles."""
    return PaymentKey("stripe_payments", driver.order(intent="authorized")["payment_id"])
