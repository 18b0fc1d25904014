"""`payrefresh status`: one screen and a verdict, in plain words."""

from __future__ import annotations

import time

import typer

from payrefresh.errors import WRONG
from payrefresh.options import DEFAULT_STACK, JsonOption, ProfileOption, RegionOption, StackOption
from payrefresh.terminal import Progress, print_json, print_view


def status(
    stack: StackOption = DEFAULT_STACK,
    region: RegionOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether the stack is healthy, or what is wrong and what to do. Exit status 1 where something is wrong.

    Example: payrefresh status
    """
    from payrefresh.adapters.alarms import CloudWatchAlarms
    from payrefresh.adapters.aws import connect
    from payrefresh.adapters.due_index import DynamoDueIndex
    from payrefresh.adapters.marks import DynamoMarks
    from payrefresh.adapters.metrics import CloudWatchMetrics
    from payrefresh.adapters.queues import SqsQueues
    from payrefresh.adapters.stack import find_stack
    from payrefresh.overview.health import judge_health
    from payrefresh.overview.snapshot import Reader, StackFacts
    from payrefresh.overview.status_view import status_as_json, view_status

    connect(profile=profile, region=region)
    found = find_stack(stack)
    reader = Reader(
        marks=DynamoMarks(found.table),
        due_index=DynamoDueIndex(found.table),
        queues=SqsQueues(),
        metrics=CloudWatchMetrics(found.namespace),
        alarms=CloudWatchAlarms(found.name),
        clock=time.time,
    )
    facts = StackFacts(
        name=found.name,
        region=found.region,
        status=found.status,
        created_at=found.created_at,
        updated_at=found.updated_at,
        parameters=found.parameters,
        pending_queue=found.pending_queue,
        dead_letter_queue=found.dead_letter_queue,
        failures_queue=found.outputs["AsyncFailuresQueueUrl"],
    )
    with Progress().during(f"Reading {found.name}") as so_far:
        seen = reader.read(facts, so_far)
    health = judge_health(seen)
    if as_json:
        print_json(status_as_json(seen, health))
    else:
        print_view(view_status(seen, health))
    if not health.is_healthy:
        raise typer.Exit(WRONG)
