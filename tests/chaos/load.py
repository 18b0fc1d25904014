"""The row of the load: many watches, many of them due at once, and order events as fast as they can be taken.

All at the same time: while the refreshes drain what is due, the events come in by the Function URL. The sandbox's
gateway has told of most payments, as it would after an outage of ours; the others need a refresh each.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

import httpx

from cli.announced import sent_again
from cli.records import row_from_item
from cli.truth import compare, truth_from_sandbox
from payment_refresh.adapters.rows import to_item
from payment_refresh.payment import PaymentKey
from payment_refresh.watch import Watch, WatchClass
from tests.chaos.drivers import UNREACHABLE
from tests.chaos.ground import ground
from tests.chaos.result import Outcome
from tests.chaos.workers import workers
from tests.unit.payloads import document, payment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cli.progress import Progress
    from cli.records import Row
    from cli.truth import Truth
    from tests.chaos.ground import Ground

MEANING = "10,000 order events, while 5,000 of 50,000 watches are due at once"
PARAMETERS = {"FirstCheckAfter": "6h", "GiveUpAfter": "20d", "ClaimLease": "10m"}
_TOPIC = "orders.place"
_LATER_S = 86_400
_SENDERS = 6
_WRITERS = 4
_ATTEMPTS = 6
_SWEEP_EVERY_S = 4.0
_LOOK_EVERY_S = 2.0
_TELL_EVERY_S = 10.0
_BATCH_GET, _BATCH_WRITE = 100, 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything; `deadline_s` is for all of it."""

    events: int = 10_000
    watches: int = 50_000
    due: int = 5_000
    share_to_refresh: float = 0.02
    deadline_s: float = 900.0


@dataclass(slots=True)
class _Peak:
    """The most memory that a process of the refresh function had, in MB."""

    memory_mb: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)


def load(progress: Progress, seed: int, size: Size | None = None) -> Outcome:
    """Play it on a stack of its own."""
    size = size or Size()
    progress.note(f"load: {MEANING}")
    with ground(progress, seed=seed, parameters=PARAMETERS) as where:
        begun, name = time.monotonic(), where.stack.resources["Refresh"]
        with progress.step(f"load: making {size.due} orders in the sandbox"):
            truths = _orders(where, size, seed)
        with progress.step(f"load: writing {size.watches} watches"):
            _write(where, _watches(truths, size))
        with _measuring(where, name) as peak, _posting(where, size) as posting:
            drained_s, still_open = _drain(where, truths, size, progress)
            events_s, again, given_up = posting.result()
        with progress.step("load: comparing"):
            verdict_rows = _read(where, [str(truth.key) for truth in truths])
            letters, events = where.stack.letters(), where.stack.events()
            verdict = compare(truths, verdict_rows, letters, events)
            expected = {_event_key(number) for number in range(size.events)} | {
                _later_key(n) for n in _later(size)
            }
            lost = expected - {row.key for row in _read(where, sorted(expected))}
        limit = float(
            where.stack.aws.clients.functions.get_function_configuration(FunctionName=name)["MemorySize"]
        )
        unfinished = [f"{still_open} of the due watches were open when time was up"] if still_open else []
        unfinished += [f"{given_up} order events were never taken"] if given_up else []
        if peak.memory_mb > limit:
            unfinished.append(f"a refresh took {peak.memory_mb:.0f} MB of {limit:.0f}")
        return Outcome(
            fault="load",
            meaning=MEANING,
            payments=size.watches + size.events,
            struck=size.events + size.due,
            lost=(*verdict.lost, *(f"no watch {key}" for key in sorted(lost))),
            mismatched=verdict.mismatched,
            unfinished=tuple(unfinished),
            repeated=sent_again(events),
            refreshes=where.sandbox.calls()["patch_calls"],
            recovered_s=None if still_open else drained_s,
            wall_s=time.monotonic() - begun,
            figures={
                "events": size.events,
                "events_s": round(events_s, 1),
                "events_a_second": round(size.events / events_s, 1),
                "events_sent_again": again,
                "due": size.due,
                "drained_s": round(drained_s, 1),
                "list_calls": where.sandbox.calls()["list_calls"],
                "refresh_peak_mb": round(peak.memory_mb, 1),
                "refresh_limit_mb": limit,
            },
        )


def _orders(where: Ground, size: Size, seed: int) -> list[Truth]:
    """Let orders be placed and paid of which no event tells."""
    none = dict.fromkeys(("declined", "declined_retried", "never_paid", "carts", "late", "place_async"), 0.0)
    where.start_scenario(
        {"orders": size.due, "seed": seed, "duration_s": 10.0, "time_scale": 0.2, "loss_order_events": 1.0}
        | {"loss": size.share_to_refresh, **none}
    )
    while where.sandbox.scenario()["state"] != "finished":
        time.sleep(0.5)
    return [truth_from_sandbox(entry) for entry in where.sandbox.truth(observe=False)]


def _watches(truths: Sequence[Truth], size: Size) -> Iterator[Watch]:
    """Give the watches: those that are due come last, or a scheduled sweep would begin with them meanwhile."""
    now = int(time.time())
    for number in _later(size):
        yield _watch(_later_key(number), f"later{number:05d}", due_at=now + _LATER_S)
    for truth in truths:
        yield _watch(str(truth.key), truth.order.partition("(")[2].rstrip(")"), due_at=now)


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


def _later(size: Size) -> range:
    return range(size.watches - size.due)


def _later_key(number: int) -> str:
    return f"stripe_payments#later{number:05d}"


def _event_key(number: int) -> str:
    return f"stripe_payments#event{number:05d}"


def _write(where: Ground, watches: Iterable[Watch]) -> None:
    table, write = where.stack.outputs["StateTableName"], where.stack.aws.clients.dynamodb.batch_write_item

    def put(batch: Sequence[Watch]) -> None:
        asked: Any = {table: [{"PutRequest": {"Item": to_item(watch)}} for watch in batch]}
        if write(RequestItems=asked)["UnprocessedItems"]:
            raise RuntimeError("the local AWS left items unwritten")

    with ThreadPoolExecutor(_WRITERS) as writers:
        deque(writers.map(put, batched(watches, _BATCH_WRITE, strict=False)), maxlen=0)


def _read(where: Ground, keys: Sequence[str]) -> list[Row]:
    table, read = where.stack.outputs["StateTableName"], where.stack.aws.clients.dynamodb.batch_get_item
    rows = []
    for batch in batched(keys, _BATCH_GET, strict=False):
        asked: Any = {table: {"Keys": [{"pk": {"S": key}} for key in batch], "ConsistentRead": True}}
        rows += [row_from_item(item) for item in read(RequestItems=asked)["Responses"][table]]
    return [row for row in rows if row is not None]


def _drain(where: Ground, truths: Sequence[Truth], size: Size, progress: Progress) -> tuple[float, int]:
    """Sweep until nothing that was due is open; gives the seconds it took, and how many stayed open."""
    begun = time.monotonic()
    keys = [str(truth.key) for truth in truths]
    swept = told = float("-inf")
    while keys and time.monotonic() - begun < size.deadline_s:
        now = time.monotonic()
        if now >= swept + _SWEEP_EVERY_S:
            swept = now
            where.stack.sweep()
        announced = where.stack.announced_messages()
        if announced >= len(truths):  # each is announced when it settled; to read the rows costs more
            keys = [row.key for row in _read(where, keys) if row.open]
        if now >= told + _TELL_EVERY_S:
            told = now
            progress.note(f"load: {announced} of {size.due} due payments are settled")
        time.sleep(_LOOK_EVERY_S if keys else 0)
    return time.monotonic() - begun, len(keys)


@contextmanager
def _posting(where: Ground, size: Size) -> Iterator[Future[tuple[float, int, int]]]:
    """Send the order events beside the body; where it is interrupted, no more are sent."""
    stopped = threading.Event()
    with ThreadPoolExecutor(1) as beside:
        try:
            yield beside.submit(_post_events, where, size, stopped)
        except BaseException:
            stopped.set()
            raise


def _post_events(where: Ground, size: Size, stopped: threading.Event) -> tuple[float, int, int]:
    """Send order events; gives the seconds it took, how many were sent again, and how many never taken."""
    stack = where.stack
    secret = stack.aws.clients.secrets.get_secret_value(SecretId=f"{stack.name}/webhooks")["SecretString"]
    key = json.loads(secret)[_TOPIC][0].encode()
    url = f"{stack.webhook_url}/{_TOPIC}"

    def post(http: httpx.Client, number: int) -> int:
        body = _event(number)
        signature = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()
        headers = {"Content-Type": "application/vnd.api+json", "X-CommerceLayer-Signature": signature}
        for attempt in range(0 if stopped.is_set() else _ATTEMPTS):
            try:
                if http.post(url, content=body, headers=headers).is_success:
                    return attempt
            except UNREACHABLE:
                time.sleep(0.2)
        return _ATTEMPTS

    begun = time.monotonic()
    with httpx.Client(timeout=60, trust_env=False) as http, ThreadPoolExecutor(_SENDERS) as senders:
        attempts = list(senders.map(lambda number: post(http, number), range(size.events)))
    again = sum(min(attempt, _ATTEMPTS - 1) for attempt in attempts)
    return time.monotonic() - begun, again, attempts.count(_ATTEMPTS)


def _event(number: int) -> bytes:
    """Make the body of an order that was just placed and is not paid yet."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    order = document(
        payment(id_=f"event{number:05d}"),
        [],
        False,
        placed_at=now,
        created_at=now,
        updated_at=now,
        number=str(number),
    )
    order["data"]["id"] = f"order{number:05d}"
    return json.dumps(order).encode()


@contextmanager
def _measuring(where: Ground, name: str) -> Iterator[_Peak]:
    """Watch the memory of the refresh function's processes."""
    peak = _Peak()

    def run() -> None:
        while not peak.over.wait(1.0):
            taken = [worker.memory_mb for worker in workers(where.stack) if worker.function == name]
            peak.memory_mb = max([peak.memory_mb, *taken])

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        peak.over.set()
        thread.join()
