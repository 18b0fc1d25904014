"""Reads and writes of a sweep, however many watches are stored: five hundred of them are due."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING, Any

from devstack.local_aws import local_aws
from payment_refresh.adapters.aws import client
from payment_refresh.adapters.dynamodb.rows import to_item
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.domain.policy import DAY, Policy
from payment_refresh.domain.vocabulary import DueClass
from payment_refresh.use_cases.dispatch_due import DispatchDue
from tests.benchmarks.due_double import DueDouble
from tests.benchmarks.local import environment, make_table, reader
from tests.benchmarks.meter import Meter
from tests.benchmarks.plots import OURS, figure
from tests.support import samples
from tests.support.clock import START
from tests.support.log import FakeLog
from tests.support.queues import FakePendingQueue
from tests.support.task_pool import OneByOne

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.benchmarks.registry import Progress
    from tests.benchmarks.units import Item

type Row = dict[str, Any]

DUE = 500
STORED = (1_000, 100_000, 1_000_000)
DUE_CLASSES = (DueClass.CART, DueClass.FIRST, DueClass.PLACED, DueClass.PLACED, DueClass.PLACED)
"""The classes of due watches, in turn."""

LEASE = 600
LOCAL_AWS, DOUBLE = "the local AWS", "a double in memory"

ASSUMED = {
    "rows": "as order events write them; of those that are not due, half have ended and half are due later; "
    "of five due watches one is a cart's, and one was never checked",
    "kept in": f"at {STORED[0]:,} rows in {LOCAL_AWS} and, to hold that to it, in {DOUBLE}, which keeps the due "
    f"index in order as DynamoDB does and answers at botocore's edge; above in {DOUBLE} alone, since {LOCAL_AWS} "
    "walks through all rows at each query",
    "how": "the sweep and the state table's adapter as they are, over a queue in memory, with room for all that "
    "is due; requests to the table counted by botocore's hooks. The pace and the circuit, one read each, are left "
    "out; where nothing is due they are not asked",
    "capacity": "computed from items' sizes by AWS's rules; an index's entry holds its keys alone, and a claim "
    "moves one, so it is one entry deleted and one put",
}


def run(progress: Progress) -> list[Row]:
    """Sweep tables of all sizes once."""
    return measure(STORED, DUE, progress)


def measure(sizes: tuple[int, ...], due: int, progress: Progress) -> list[Row]:
    """Sweep tables of these sizes once, the first one in the local AWS too."""
    with local_aws() as aws, environment(aws.endpoint, ["dynamodb"]):
        table = make_table(aws.clients)
        progress(f"{sizes[0]:,} rows in {LOCAL_AWS}")
        for chunk in batched(rows(sizes[0], due), 25, strict=False):
            puts: Any = [{"PutRequest": {"Item": row}} for row in chunk]
            aws.clients.dynamodb.batch_write_item(RequestItems={table: puts})
        results = [_swept(sizes[0], due, LOCAL_AWS, Meter(reader(aws.clients, table)), table)]
    for stored in sizes:
        progress(f"{stored:,} rows in {DOUBLE}")
        results.append(_swept_in_double(stored, due))
    return [*results, _swept_in_double(sizes[0], 0)]


def rows(stored: int, due: int) -> Iterator[Item]:
    """Make the rows of a table; the first ones are due."""
    policy = Policy()
    placed = to_item(samples.watch(samples.order("00000000"), policy))
    for number in range(stored):
        row: dict[str, Any] = {**placed, "pk": {"S": f"stripe_payments#pay-{number:08d}"}}
        if number < due:
            kind = DUE_CLASSES[number % len(DUE_CLASSES)]
            row |= {"due_at": {"N": str(START + number - due)}, "due_class": {"S": kind.value}}
            row |= {"class": {"S": "cart" if kind is DueClass.CART else "placed"}}
        elif number % 2:
            row |= {"due_at": {"N": str(START + DAY + number)}, "due_class": {"S": DueClass.PLACED.value}}
        else:
            row |= {"status": {"S": "settled"}, "expires_at": {"N": str(START + 35 * DAY)}}
            del row["due_at"], row["due_class"]
        yield row


def _swept_in_double(stored: int, due: int) -> Row:
    with environment("http://127.0.0.1:9", ["dynamodb"]):
        double = DueDouble(next(rows(stored, due)))
        double.store(rows(stored, due))
        double.listen(client("dynamodb"))
        return _swept(stored, due, DOUBLE, Meter(double.peek), "table")


def _swept(stored: int, due: int, kept_in: str, meter: Meter, table: str) -> Row:
    """Sweep once; says what it took."""
    meter.listen(client("dynamodb"))
    log, tokens = FakeLog(), iter(range(due))
    sweep = DispatchDue(
        table=DynamoStateTable(name=table, log=log),
        queue=FakePendingQueue(),
        clock=lambda: START,
        new_token=lambda: f"{next(tokens):032x}",
        capacity=lambda: 2 * due,
        pool=OneByOne(),
        lease=LEASE,
        log=log,
    )
    report, counts = sweep.run(), meter.counts
    return {
        "name": f"{stored:,} stored, {due:,} due, in {kept_in}",
        "stored": stored,
        "due": due,
        "kept_in": kept_in,
        "claimed": report.claimed,
        "requests": sum(counts.requests.values()),
        "requests_by_operation": dict(sorted(counts.requests.items())),
        "items_read": counts.items_read,
        "bytes_read": counts.bytes_read,
        "read_units": counts.read_units,
        "write_units": counts.write_units.total(),
    }


def plot(result: list[Row], folder: Path) -> None:
    """Draw requests, items and bytes against what is stored."""
    shown = [row for row in result if row["kept_in"] == DOUBLE and row["due"]]
    with figure(folder / "sweep_cost.svg", width=9, height=3, columns=3) as axes:
        for axis, (what, name) in zip(
            axes,
            {"requests": "requests", "items_read": "items read", "bytes_read": "bytes read"}.items(),
            strict=True,
        ):
            axis.plot([row["stored"] for row in shown], [row[what] for row in shown], "o-", color=OURS)
            axis.set(xscale="log", xlabel="watches stored", ylim=(0, 1.3 * shown[0][what]))
            axis.set_title(name, loc="left")


def markdown(result: list[Row]) -> str:
    """Write all sizes."""
    lines = [
        f"**A sweep with {result[0]['due']} watches due**, each claimed with a write of its own, and with none:",
        "",
        "| watches stored | due | in | requests | items read | bytes read | read units | write units |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row['stored']:,} | {row['due']:,} | {row['kept_in']} | {row['requests']:,} | {row['items_read']:,} "
        f"| {row['bytes_read']:,} | {row['read_units']:g} | {row['write_units']:,} |"
        for row in result
    ]
    return "\n".join([*lines, "", "![what a sweep reads](benchmarks/sweep_cost.svg)"])
