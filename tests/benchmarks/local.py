"""The local AWS for benchmarks: the adapters' clients talk to it, and what they ask is counted."""

from __future__ import annotations

import os
import uuid
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from devstack.environment import ACCESS_KEY, REGION, ROOT
from payment_refresh.adapters.aws import client, forget_clients
from tests.template.model import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from devstack.clients import Clients
    from tests.benchmarks.units import Item


@contextmanager
def environment(endpoint: str, services: Sequence[str], more: Mapping[str, str] | None = None) -> Iterator[None]:
    """Let the adapters' clients of these services, made anew, talk to an endpoint, as functions do there."""
    variables = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with patch.dict(os.environ, variables | dict(more or {})), ExitStack() as last:
        os.environ.pop("AWS_PROFILE", None)
        forget_clients()
        last.callback(forget_clients)
        for service in services:
            last.callback(client(service).close)
        yield


def make_table(clients: Clients) -> str:
    """Make a table of the template's shape; returns its name."""
    shape: Any = load(ROOT / "template.yaml").properties("StateTable")
    parts = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    name = f"table-{uuid.uuid4().hex}"
    clients.dynamodb.create_table(TableName=name, **{part: shape[part] for part in parts})
    return name


def reader(clients: Clients, table: str) -> Callable[[str], Item | None]:
    """A function that reads a table's rows without being counted."""

    def peek(key: str) -> Item | None:
        return clients.dynamodb.get_item(TableName=table, Key={"pk": {"S": key}}, ConsistentRead=True).get("Item")

    return peek
