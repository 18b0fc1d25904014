"""`payrefresh acknowledge`: closes a dead-lettered or reported payment that somebody has dealt with."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from payrefresh.options import DEFAULT_STACK, DryRunOption, JsonOption, ProfileOption, RegionOption, StackOption
from payrefresh.terminal import console, print_json


def acknowledge(
    name: Annotated[str, typer.Argument(metavar="ID", help="A payment's id, an order's id or number.")],
    note: Annotated[str, typer.Option(help="Why nothing more is to be done; kept on the row.")],
    stack: StackOption = DEFAULT_STACK,
    region: RegionOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Close a dead-lettered payment that you have dealt with, so that no digest names it again.

    Example: payrefresh acknowledge 2454728 --note "refunded in Stripe, shopper informed"
    """
    from payrefresh.adapters.aws import connect
    from payrefresh.adapters.queues import SqsRequests
    from payrefresh.adapters.rows import DynamoRows
    from payrefresh.adapters.stack import find_stack
    from payrefresh.manual.acknowledge import Acknowledge
    from payrefresh.manual.waiting import Waiting

    connect(profile=profile, region=region)
    found = find_stack(stack)
    rows = DynamoRows(found.table)
    acknowledge = Acknowledge(
        rows=rows,
        requests=SqsRequests(found.pending_queue),
        waiting=Waiting(rows=rows, clock=time.time, sleep=time.sleep, longest=120),
    )
    watch = acknowledge.find(name)
    closed = watch if dry_run else acknowledge.close(watch, note)
    if as_json:
        print_json(
            {
                "payment": str(watch.key),
                "order_number": watch.order_number,
                "status": closed.status,
                "note": closed.note,
            }
        )
    elif dry_run:
        console().print(
            f"{watch.key} of order {watch.order_number} is {watch.status}; it would be closed with this note"
        )
    else:
        console().print(f"{watch.key} of order {watch.order_number} is {closed.status}: {closed.note}")
