"""Checks of what waits to be sent, received or dealt with: queues, dead letters, failed runs, the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.metrics import Metric
from payrefresh.doctor import remedies
from payrefresh.doctor.findings import fine, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payrefresh.doctor.findings import Outcome
    from payrefresh.doctor.ports import DeadLetters, Deployed
    from payrefresh.ports import Point

QUEUE_AGE = 900
"""Seconds for which a message may wait; the alarm rings then."""

OUTBOX_AGE = 900
"""Seconds for which what could not be sent is looked at: it is tried again every few minutes."""


def pending_queue(deployed: Deployed, waiting: int, oldest: float | None) -> Outcome:
    """Whether messages are received within the time."""
    age = "" if oldest is None else f", the oldest for {remedies.ago(oldest)}"
    if waiting and oldest is not None and oldest > QUEUE_AGE:
        return wrong(
            f"{_messages(waiting)}{age}: they are not received",
            "see the refresh function's log, and that its queue trigger is enabled",
            remedies.logs("refresh", deployed),
            f"aws lambda list-event-source-mappings --function-name {deployed.name}-refresh "
            f"--region {deployed.region} --query 'EventSourceMappings[].State'",
        )
    return fine(f"{_messages(waiting)}{age if waiting else ''}")


def dead_letters(deployed: Deployed, found: DeadLetters) -> Outcome:
    """Whether payments wait for a person."""
    more = "" if found.are_all else " or more"
    if not found.messages and not found.rows:
        return fine("none")
    return wrong(
        f"{found.rows}{more} payments are dead-lettered; {_messages(found.messages)} in the dead-letter queue",
        "resolve each with its gateway, then redrive it, or acknowledge it with a note",
        remedies.payrefresh("list --status dead_lettered", deployed),
        remedies.payrefresh("redrive", deployed),
    )


def failed_runs(deployed: Deployed, waiting: int) -> Outcome:
    """Whether scheduled runs, or order events from a bus, failed at each attempt."""
    if not waiting:
        return fine("none")
    url = deployed.outputs["AsyncFailuresQueueUrl"]
    return wrong(
        f"{_messages(waiting)}: runs that failed at each attempt, or could not be started",
        "read them and the function's log, fix the cause, then purge the queue",
        f"aws sqs receive-message --queue-url {url} --region {deployed.region}",
        f"aws sqs purge-queue --queue-url {url} --region {deployed.region}",
    )


def outbox(deployed: Deployed, measured: Mapping[Metric, Sequence[Point]], now: float) -> Outcome:
    """Whether outcome events and dead letters can be sent."""
    recent = [sample for sample in measured[Metric.OUTBOX_PENDING] if now - sample.at <= OUTBOX_AGE]
    unsent = max(recent, key=lambda sample: sample.at).value if recent else 0
    if not unsent:
        return fine("all is sent")
    bus = deployed.parameters["OutcomeBusName"]
    return wrong(
        f"what {unsent:.0f} payments have to announce could not be sent; it is kept and sent again",
        f"see that the event bus {bus} is there, and that its policy lets the refresh function send",
        f"aws events describe-event-bus --name {bus} --region {deployed.region}",
        remedies.logs("refresh", deployed),
    )


def _messages(count: int) -> str:
    return "no message waits" if not count else f"{count} message{'s' if count > 1 else ''}"
