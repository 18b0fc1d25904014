"""Work of AWS for a payment: requests counted in runs, everything else by AWS's rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payment_refresh.adapters.dynamodb.rows import from_item
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.domain.policy import DAY, MINUTE, Policy
from payment_refresh.domain.vocabulary import CheckSource
from payment_refresh.domain.watch import CHECKS_KEPT, Check
from payrefresh.prices import PRICES
from tests.benchmarks import bill
from tests.benchmarks.deployment import BATCH, TICK, Deployment, Invocations, deployed
from tests.benchmarks.fixed_cost import FIXED, POLL_S, POLLERS, fixed
from tests.benchmarks.meter import Counts
from tests.benchmarks.plots import OURS, PEERS, figure
from tests.benchmarks.units import item_size
from tests.support import samples
from tests.support.clock import START
from tests.support.log import FakeLog

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from payrefresh.report.bill import Work
    from tests.benchmarks.registry import Progress

type Row = dict[str, Any]
type Order = Mapping[str, str]

HEALTHY, CHECKS = 20, 2
LATE = 10 * MINUTE
HEALTHY_GOAL = 5.0

ASSUMED = {
    "how": "the functions' handlers as deployed, in one process over the local AWS and the sandbox, in virtual "
    "time; requests counted by botocore's hooks, log lines as they were written; rows and documents of the "
    "sandbox's orders",
    "healthy": "an order event when it is placed, and one when it is authorized, 5 s later, by the gateway's "
    "webhook",
    "four order events": "the same, and before that one as a cart with a payment, and one while it is being "
    "placed",
    "slow": f"the gateway's webhook is lost, and the shopper pays {LATE // MINUTE} min after placement; "
    f"{BATCH} at once, at idle pace, until a refresh settles them",
    "stuck": "never paid: all checks of 24 days at idle pace, to the dead letter. A check of watches whose "
    f"history is full ({CHECKS_KEPT} checks; earlier ones cost less) times the number of checks that the policy "
    "makes with a sweep each minute; and the end as played",
    "sweep": "runs each minute whatever there is, a fixed cost; a payment's is only what it does more",
    "queue": "Lambda's trigger takes up to 10 messages a request, and deletes them likewise; when there is "
    f"nothing, it asks {POLLERS} times in {POLL_S} s",
    **bill.ASSUMED,
}


def run(progress: Progress) -> list[Row]:
    """Play all kinds of payments."""
    return measure(HEALTHY, BATCH, progress)


def measure(healthy: int, batch: int, progress: Progress) -> list[Row]:
    """Play so many healthy payments; slow and stuck ones in batches of so many, and stuck ones alone."""
    with deployed() as stack:
        progress("the schedules, with nothing due")
        for _ in range(2):  # the first time warms up
            stack.begin()
            stack.tick()
            stack.invoke("discover", {})
        idle = stack.invoked
        progress(f"healthy payments, {healthy} of each kind")
        rows = [_healthy(stack, "healthy", healthy), _healthy(stack, "four order events", healthy, cart=True)]
        progress(f"{batch} slow payments")
        rows.append(_slow(stack, batch, idle))
        for size in (batch, 1):
            progress(f"stuck payments, {size} at a time")
            rows.append(_stuck(stack, size, idle))
        return [*rows, fixed(idle, stack.metrics)]


def _healthy(stack: Deployment, name: str, count: int, *, cart: bool = False) -> Row:
    _warm_up(stack)
    stack.begin()
    for _ in range(count):
        order = stack.driver.order(announce=False, status="pending" if cart else "placed")
        if cart:
            stack.send_event(order, "pending")
            for status in ("placing", "place"):
                stack.clock.advance(1)
                stack.driver.act(order, status, announce=False)
                if status == "placing":
                    stack.send_event(order, status)
        stack.send_event(order, "place")
        stack.clock.advance(5)
        _pay(stack, order, webhook=True)
        stack.send_event(order, "authorize")
    row = stack.row(order)
    assert row["status"]["S"] == "settled"
    invoked = stack.invoked["order_events"]
    work = bill.times(bill.work_of(invoked), 1 / count)
    return _row(name, bill.added(work, bill.storage(item_size(row))), order_events=invoked.count // count)


def _slow(stack: Deployment, count: int, idle: Mapping[str, Invocations]) -> Row:
    _warm_up(stack)
    stack.begin()
    orders = _placed(stack, count)
    paid_at, checks = stack.clock.now + LATE, 0
    while _watching(stack, orders):
        if stack.clock.now + TICK > paid_at:
            for order in orders:
                _pay(stack, order, webhook=False)
            paid_at = float("inf")
        stack.tick()
        checks += 1
    row = stack.row(orders[0])
    assert row["settled_by"]["S"] == "refresh"
    work = bill.added(bill.times(_all(stack, idle), 1 / count), bill.storage(item_size(row)))
    return _row("slow", work, checks=checks, batch=count)


def _stuck(stack: Deployment, count: int, idle: Mapping[str, Invocations]) -> Row:
    """The event, one check times their number, and the end."""
    _warm_up(stack)
    stack.begin()
    orders = _placed(stack, count)
    begun = _all(stack, idle)
    _grow_old(stack, orders, 10 * DAY)
    stack.begin()
    for _ in range(CHECKS):
        _check(stack, orders)
    assert stack.invoked["refresh"].metrics["RefreshCalls"] == CHECKS * count
    check = bill.times(_all(stack, idle), 1 / CHECKS)
    _grow_old(stack, orders, Policy().give_up - 9 * DAY)
    stack.begin()
    while _watching(stack, orders):
        _check(stack, orders)
    end = _all(stack, idle)
    assert {stack.row(order)["status"]["S"] for order in orders} == {"dead_lettered"}
    checks = checks_of_a_stuck_payment()
    whole = bill.times(bill.added(begun, bill.times(check, checks), end), 1 / count)
    work = bill.added(whole, bill.storage(item_size(stack.row(orders[0]))))
    return _row(f"stuck, {count} at a time", work, checks=checks, batch=count)


def checks_of_a_stuck_payment(policy: Policy | None = None) -> int:
    """How often the policy asks until it gives up, at idle rate, with a sweep each minute; without the end."""
    policy, checks = policy or Policy(), 0
    watch = samples.watch(samples.order(), policy)
    due = policy.first_due(watch, START)
    while due < policy.ends_at(watch):
        now = -(-due // TICK) * TICK
        checks += 1
        due = policy.next_due(watch, now, jitter=0)
    return checks


def _warm_up(stack: Deployment) -> None:
    """Have each function make its clients, read its secrets and get its token."""
    stack.begin()
    (order,) = _placed(stack, 1)
    stack.clock.advance(2 * MINUTE)
    _pay(stack, order, webhook=False)
    while _watching(stack, [order]):
        stack.tick()


def _placed(stack: Deployment, count: int) -> list[dict[str, str]]:
    orders = [stack.driver.order(announce=False) for _ in range(count)]
    for order in orders:
        stack.send_event(order, "place")
    return orders


def _pay(stack: Deployment, order: Order, *, webhook: bool) -> None:
    for action in ("authorize", "deliver")[: 1 + webhook]:
        stack.driver.act(dict(order), action, announce=False)


def _watching(stack: Deployment, orders: Sequence[Order]) -> bool:
    return any(stack.row(order)["status"]["S"] == "watching" for order in orders)


def _grow_old(stack: Deployment, orders: Sequence[Order], seconds: int) -> None:
    """Let time pass in which each watch was checked often, and is due again."""
    stack.clock.advance(seconds)
    stack.meter.counts = Counts()
    table, now = DynamoStateTable(name=stack.table, log=FakeLog()), int(stack.clock.now)
    check = Check(at=now, by=CheckSource.REFRESH, verdict="pending", payment_status="unpaid")
    for order in orders:
        table.write(replace(from_item(stack.row(order)), due_at=now, checks=(check,) * CHECKS_KEPT))


def _check(stack: Deployment, orders: Sequence[Order]) -> None:
    """Let time pass until the last of these is due, and sweep then."""
    rows = [stack.row(order) for order in orders]
    due = max(int(row["due_at"]["N"]) for row in rows if row["status"]["S"] == "watching")
    stack.clock.now = max(stack.clock.now, due - 1)
    stack.tick()


def _all(stack: Deployment, idle: Mapping[str, Invocations]) -> Work:
    """The work of all that was invoked, less what sweeps do anyway; with that of the queue's trigger."""
    sweeps = stack.invoked["sweep"]
    anyway = bill.times(bill.work_of(idle["sweep"]), sweeps.count)
    return bill.added(
        bill.work_of(stack.invoked["order_events"]),
        bill.work_of(stack.invoked["refresh"]),
        bill.beyond(bill.work_of(sweeps), anyway),
        {"SQS requests": stack.received},
    )


def _row(name: str, work: Work, **about: int) -> Row:
    """Say what a million payments of a kind cost."""
    costs = bill.dollars(work, 1e6)
    million = {"dollars_per_million": costs.pop("dollars")}
    return {"name": name} | million | costs | {"work_per_payment": bill.quantities(work)} | about


def plot(result: list[Row], folder: Path) -> None:
    """Draw what each kind costs, by service."""
    shown = [row for row in result if row["name"] in ("healthy", "four order events")]
    shown += [row for row in result if row["name"] == "slow" or row["name"].startswith("stuck")]
    services = list(dict.fromkeys(name for row in shown for name in row["by_service"]))
    colors = (OURS, "#52a387", "#f2a65a", PEERS, "#b08ea2", "#444444")
    with figure(folder / "aws_work.svg", width=11, height=3.5, columns=2) as axes:
        for axis, rows, title in zip(
            axes, (shown[:2], shown[2:]), ("Settled by order events", "Settled late or never"), strict=True
        ):
            starts = [0.0] * len(rows)
            for service, color in zip(services, colors, strict=False):
                costs = [row["by_service"].get(service, 0.0) for row in rows]
                axis.barh([row["name"] for row in rows], costs, 0.6, left=starts, label=service, color=color)
                starts = [start + cost for start, cost in zip(starts, costs, strict=True)]
            for place, row in enumerate(rows):
                text = f" ${row['dollars_per_million']:,.2f}"
                axis.annotate(text, (starts[place], place), va="center", fontsize=8)
            axis.set(xlabel="dollars for a million payments", xlim=(0, 1.2 * max(starts)))
            axis.set_title(title, loc="left")
        axes[0].axvline(HEALTHY_GOAL, color="black", linewidth=0.8, linestyle=":")
        axes[1].legend(fontsize=8, frameon=False, loc="lower right")


def markdown(result: list[Row]) -> str:
    """Write all kinds, and the month's fixed cost."""
    lines = [
        "**AWS's bill for a million payments** (list prices, tracing off; by service):",
        "",
        "| payments | dollars | of which |",
        "| --- | --- | --- |",
    ]
    for row in result:
        if row["name"] != FIXED:
            parts = ", ".join(f"{name} {cost:,.2f}" for name, cost in row["by_service"].items())
            lines.append(f"| {row['name']} | {row['dollars_per_million']:,.2f} | {parts} |")
    (fixed,) = (row for row in result if row["name"] == FIXED)
    parts = ", ".join(f"{name} {cost:,.2f}" for name, cost in list(fixed["by_service"].items())[:3])
    lines += [
        "",
        f"Besides, a stack costs ${fixed['dollars_per_month']:.2f} a month with no payment at all ({parts}), "
        f"and up to ${fixed['dollars_per_month_at_most']:.2f} in a month in which every metric occurs. That is "
        "with one currency; a refresh that settles a payment in another one adds a metric "
        f"(${PRICES['CloudWatch metrics'].dollars:.2f}). The dashboard is not counted: it is free among an "
        "account's first three of up to 50 metrics each, and costs "
        f"${PRICES['CloudWatch dashboards'].dollars:.2f} beyond.",
    ]
    return "\n".join(lines)
