"""The state table's adapter on its own: properties that the fake does not have."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError

from payment_refresh.adapters.aws import client, read_secret
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import DueClass, Reason, SettledBy, Status
from payment_refresh.domain.watch import Due
from payment_refresh.errors import SecretUnavailable, StateUnavailable
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devstack.local_aws import LocalAws
    from tests.support.log import FakeLog

KEY = samples.key()
WATCH = replace(samples.watch(samples.order(), Policy()), revision=0)


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def table(table_name: str, log: FakeLog, pauses: list[float]) -> DynamoStateTable:
    return DynamoStateTable(name=table_name, log=log, sleep=pauses.append)


@contextmanager
def answering(operation: str, change: Callable[..., None]) -> Iterator[None]:
    """Change the answers to an operation before the adapter sees them."""
    events, name = client("dynamodb").meta.events, f"after-call.dynamodb.{operation}"
    events.register(name, change)
    try:
        yield
    finally:
        events.unregister(name, change)


def test_the_row_has_what_others_read(aws: LocalAws, table: DynamoStateTable) -> None:
    """Attribute names that dashboards, the launcher and people rely on."""
    table.write(
        replace(
            WATCH, status=Status.SETTLED, settled_by=SettledBy.REFRESH, reason=Reason.STAYED_PENDING, refreshes=2
        )
    )

    item: Any = aws.clients.dynamodb.get_item(TableName=table.name, Key={"pk": {"S": str(KEY)}})["Item"]

    assert item["pk"] == {"S": "stripe_payments#pay-a"}
    assert (item["status"], item["settled_by"]) == ({"S": "settled"}, {"S": "refresh"})
    assert (item["due_class"], item["due_at"]) == ({"S": "placed"}, {"N": str(START + 60)})
    assert (item["order_id"], item["order_number"]) == ({"S": "order-a"}, {"S": "10a"})
    assert (item["round"], item["claims"], item["refreshes"]) == ({"N": "1"}, {"N": "0"}, {"N": "2"})
    assert item["reason"] == {"S": "stayed_pending"}


def test_an_ended_row_leaves_the_index_and_expires(aws: LocalAws, table: DynamoStateTable) -> None:
    table.write(replace(WATCH, status=Status.SETTLED, due_at=None, expires_at=START + 9))

    item = aws.clients.dynamodb.get_item(TableName=table.name, Key={"pk": {"S": str(KEY)}})["Item"]

    assert item["expires_at"] == {"N": str(START + 9)}
    assert not {"due_at", "due_class"} & item.keys()


def test_a_foreign_row_in_the_index_holds_up_no_other(
    aws: LocalAws, table: DynamoStateTable, log: FakeLog
) -> None:
    aws.clients.dynamodb.put_item(
        TableName=table.name,
        Item={"pk": {"S": "what#is this"}, "due_class": {"S": "first"}, "due_at": {"N": str(START - 9)}},
    )
    table.write(replace(WATCH, due_at=START))

    assert table.due(DueClass.FIRST, START, 1) == [Due(KEY, START)]

    assert len(log.of("row_unreadable")) == 1


def test_keys_left_unprocessed_are_asked_for_again(table: DynamoStateTable, pauses: list[float]) -> None:
    rows = [table.write(replace(WATCH, key=samples.key(name))) for name in "abc"]
    requested: list[int] = []

    def leave_one(parsed: dict[str, Any], **_: object) -> None:
        items = parsed["Responses"][table.name]
        requested.append(len(items))
        if len(items) > 1:
            left = items.pop()
            parsed["UnprocessedKeys"] = {table.name: {"Keys": [{"pk": left["pk"]}], "ConsistentRead": True}}

    with answering("BatchGetItem", leave_one):
        found = table.read_many([row.key for row in rows])

    assert found == {row.key: row for row in rows}
    assert requested == [3, 1]
    assert pauses == [0.05]


def test_keys_that_stay_unprocessed_are_an_outage(table: DynamoStateTable, pauses: list[float]) -> None:
    def leave_all(parsed: dict[str, Any], **_: object) -> None:
        parsed["Responses"] = {}
        parsed["UnprocessedKeys"] = {table.name: {"Keys": [{"pk": {"S": str(KEY)}}]}}

    with answering("BatchGetItem", leave_all), pytest.raises(StateUnavailable, match="throttled"):
        table.read_many([KEY])

    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.8]


def test_a_list_in_several_pages_is_read_to_the_limit(table: DynamoStateTable) -> None:
    for number in range(5):
        table.write(replace(WATCH, key=samples.key(f"{number}"), due_at=START + number))
    limits: list[int] = []

    def one_a_page(params: dict[str, Any], **_: object) -> None:
        limits.append(params["Limit"])
        params["Limit"] = 1

    events = client("dynamodb").meta.events
    events.register("provide-client-params.dynamodb.Query", one_a_page)
    try:
        listed = table.due(DueClass.FIRST, START + 9, 3)
    finally:
        events.unregister("provide-client-params.dynamodb.Query", one_a_page)

    assert [due.due_at for due in listed] == [START, START + 1, START + 2]
    assert limits == [3, 2, 1]


@pytest.mark.parametrize(
    "call",
    [
        lambda table: table.read(KEY),
        lambda table: table.read_many([KEY]),
        lambda table: table.write(WATCH),
        lambda table: table.due(DueClass.CART, START, 1),
        lambda table: table.claim(Due(KEY, START), "token", START + 600),
        lambda table: table.first_seen(START),
    ],
    ids=["read", "read_many", "write", "due", "claim", "first_seen"],
)
@pytest.mark.usefixtures("aws")
def test_a_table_that_fails_is_an_outage_that_names_the_call(
    log: FakeLog, call: Callable[[DynamoStateTable], object]
) -> None:
    with pytest.raises(StateUnavailable, match=r"^\w+ on the state table failed: ResourceNotFoundException$"):
        call(DynamoStateTable(name="no-such-table", log=log))


@pytest.mark.usefixtures("aws")
def test_a_table_that_cannot_be_reached_is_an_outage_too(log: FakeLog) -> None:
    def unreachable(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1")

    events = client("dynamodb").meta.events
    events.register("provide-client-params.dynamodb.GetItem", unreachable)
    try:
        with pytest.raises(StateUnavailable, match="GetItem on the state table failed: EndpointConnectionError"):
            DynamoStateTable(name="any", log=log).read(KEY)
    finally:
        events.unregister("provide-client-params.dynamodb.GetItem", unreachable)


class TestSecrets:
    """Secrets Manager, through the same clients."""

    def make(self, aws: LocalAws, text: str) -> str:
        arn: str = aws.clients.secrets.create_secret(Name=f"secret-{text[:9].encode().hex()}", SecretString=text)[
            "ARN"
        ]
        return arn

    def test_a_json_object_is_read(self, aws: LocalAws) -> None:
        assert read_secret(self.make(aws, '{"orders.place": ["a"]}'), "WebhookSecretArn") == {
            "orders.place": ["a"]
        }

    @pytest.mark.parametrize("text", ["made-up-secret", '["made-up-secret"]', '"made-up-secret"'])
    def test_anything_else_is_refused_without_telling_it(self, aws: LocalAws, text: str) -> None:
        with pytest.raises(SecretUnavailable) as refused:
            read_secret(self.make(aws, text), "ApiSecretArn")

        assert "made-up-secret" not in str(refused.value)
        assert "ApiSecretArn" in str(refused.value)

    @pytest.mark.usefixtures("aws")
    def test_one_that_does_not_exist_is_named_with_the_parameter_that_names_it(self) -> None:
        expected = "no-such-secret of ApiSecretArn could not be read: ResourceNotFound.*own account and region"
        with pytest.raises(SecretUnavailable, match=expected):
            read_secret("no-such-secret", "ApiSecretArn")
