"""The tables that the state table's tests are held against: the fake, and DynamoDB in the local AWS."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any, Protocol

from payment_refresh.adapters.dynamodb.rows import to_item
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.domain.policy import Policy
from payment_refresh.errors import Conflict
from tests.support import samples
from tests.support.log import FakeLog
from tests.support.state_table import FakeStateTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from devstack.local_aws import LocalAws
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import StateTable

RACERS = 8
KEY = samples.key()
POLICY = Policy()


class Bench(Protocol):
    """A table to test, with what the tests need besides the port."""

    table: StateTable
    log: FakeLog

    def spoil(self, key: PaymentKey) -> None:
        """Make a row one that this version cannot read."""
        ...

    def store(self, row: Watch) -> None:
        """Let somebody else have written a row, just as it is."""
        ...


class FakeBench:
    """A fake: the plain one, or the one with a due index that is kept."""

    def __init__(self, fake: type[FakeStateTable] = FakeStateTable) -> None:
        self.log = FakeLog()
        self.fake = fake(log=self.log)
        self.table: StateTable = self.fake

    def spoil(self, key: PaymentKey) -> None:
        self.fake.unreadable.add(key)

    def store(self, row: Watch) -> None:
        self.fake.put(row)


class DynamoBench:
    """DynamoDB in the local AWS."""

    def __init__(self, aws: LocalAws, name: str) -> None:
        self.aws, self.name = aws, name
        self.log = FakeLog()
        self.table: StateTable = DynamoStateTable(name=name, log=self.log)

    def spoil(self, key: PaymentKey) -> None:
        self.aws.clients.dynamodb.update_item(
            TableName=self.name,
            Key={"pk": {"S": str(key)}},
            UpdateExpression="REMOVE since",
        )

    def store(self, row: Watch) -> None:
        due_class = {} if row.later_due_class is None else {"due_class": {"S": row.later_due_class}}
        self.aws.clients.dynamodb.put_item(TableName=self.name, Item=to_item(row) | due_class)


def new(name: str = "a", **changes: Any) -> Watch:
    """A watch that was never written."""
    return samples.watch(samples.order(name), POLICY, **{"revision": 0} | changes)


def race[T](action: Callable[[int], T]) -> list[T | Conflict]:
    """Do something in several threads at once; gives what came of each."""
    start = Barrier(RACERS)

    def run(number: int) -> T | Conflict:
        start.wait()
        try:
            return action(number)
        except Conflict as conflict:
            return conflict

    with ThreadPoolExecutor(RACERS) as threads:
        return list(threads.map(run, range(RACERS)))
