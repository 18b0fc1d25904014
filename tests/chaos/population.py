"""Contents of the load: unannounced orders in the sandbox, and watches written into the table."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from copy import replace
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from devstack.records import row_from_item
from devstack.truth import truth_from_sandbox
from payment_refresh.adapters.dynamodb.rows import to_item
from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.vocabulary import SettledBy, Status, WatchClass
from payment_refresh.domain.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from devstack.records import Row
    from devstack.truth import Truth
    from tests.chaos.ground import Ground

_LATER_S = 86_400
_KEPT_S = 35 * 86_400
_WRITERS = 4
_BATCH_GET, _BATCH_WRITE = 100, 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything; `deadline_s` is for all of it."""

    events: int = 10_000
    watches: int = 50_000
    due: int = 5_000
    share_to_refresh: float = 0.02
    deadline_s: float = 900.0


def make_orders(where: Ground, size: Size, seed: int) -> list[Truth]:
    """Let orders be placed and paid that no event reports."""
    none = dict.fromkeys(("declined", "declined_retried", "never_paid", "carts", "late", "place_async"), 0.0)
    where.start_scenario(
        {"orders": size.due, "seed": seed, "duration_s": 10.0, "time_scale": 0.2, "loss_order_events": 1.0}
        | {"loss": size.share_to_refresh, **none}
    )
    while where.sandbox.scenario()["state"] != "finished":
        time.sleep(0.5)
    return [truth_from_sandbox(entry) for entry in where.sandbox.truth(observe=False)]


def watches(truths: Sequence[Truth], size: Size) -> Iterator[Watch]:
    """Give the watches, most of them ended as those of the last weeks are.

    Those that are due come last, or a scheduled sweep would begin with them meanwhile.
    """
    now = int(time.time())
    for number in later(size):
        waiting = _watch(later_key(number), f"later{number:05d}", due_at=now + _LATER_S)
        yield waiting if number < size.due else _settled(waiting, now)
    for truth in truths:
        yield _watch(str(truth.key), truth.order.partition("(")[2].rstrip(")"), due_at=now)


def _settled(watch: Watch, now: int) -> Watch:
    return replace(
        watch,
        status=Status.SETTLED,
        settled_by=SettledBy.WEBHOOK,
        due_at=None,
        ended_at=now,
        expires_at=now + _KEPT_S,
    )


def _watch(key: str, order_id: str, due_at: int) -> Watch:
    since = int(time.time())
    return Watch(
        key=PaymentKey.parse(key),
        watch_class=WatchClass.PLACED,
        revision=1,
        since=since,
        started_at=since,
        due_at=due_at,
        order_id=order_id,
    )


def later(size: Size) -> range:
    """Give the numbers of the watches that are not due."""
    return range(size.watches - size.due)


def later_key(number: int) -> str:
    """Name a watch that is not due."""
    return f"stripe_payments#later{number:05d}"


def write(where: Ground, made: Iterable[Watch]) -> None:
    """Write watches into the table."""
    table, write = where.stack.outputs["StateTableName"], where.stack.aws.clients.dynamodb.batch_write_item

    def put(batch: Sequence[Watch]) -> None:
        asked: Any = {table: [{"PutRequest": {"Item": to_item(watch)}} for watch in batch]}
        if write(RequestItems=asked)["UnprocessedItems"]:
            raise RuntimeError("the local AWS left items unwritten")

    with ThreadPoolExecutor(_WRITERS) as writers:
        deque(writers.map(put, batched(made, _BATCH_WRITE, strict=False)), maxlen=0)


def read_rows(where: Ground, keys: Sequence[str]) -> list[Row]:
    """Return those of the named watches that there are."""
    table, read = where.stack.outputs["StateTableName"], where.stack.aws.clients.dynamodb.batch_get_item
    rows = []
    for batch in batched(keys, _BATCH_GET, strict=False):
        asked: Any = {table: {"Keys": [{"pk": {"S": key}} for key in batch], "ConsistentRead": True}}
        rows += [row_from_item(item) for item in read(RequestItems=asked)["Responses"][table]]
    return [row for row in rows if row is not None]
