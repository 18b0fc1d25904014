"""Check of the alarms' receivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payrefresh.doctor import remedies
from payrefresh.doctor.findings import fine, wrong

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payrefresh.doctor.findings import Outcome
    from payrefresh.doctor.ports import Aws, Deployed
    from payrefresh.ports import Receiver


def receivers(deployed: Deployed, aws: Aws) -> Outcome:
    """Whether alarms, and the daily digest, reach somebody."""
    topic = deployed.parameters.get("AlarmTopicArn", "")
    if not topic and deployed.parameters.get("AlarmEmail"):
        topic = aws.resources()["AlarmTopic"]
    if not topic:
        return wrong(
            "alarms and the daily digest are sent to nobody",
            f"{remedies.CHANGE_FILE} (AlarmEmail = an address, or AlarmTopicArn = a topic of yours)",
            remedies.DEPLOY,
        )
    found = aws.receivers(topic)
    confirmed = [receiver for receiver in found if receiver.is_confirmed]
    pending = [receiver for receiver in found if not receiver.is_confirmed]
    if confirmed:
        unconfirmed = f"; not confirmed: {_named(pending)}" if pending else ""
        return fine(f"{_named(confirmed)}{unconfirmed}")
    if pending:
        return wrong(
            f"not confirmed, so that nothing arrives: {_named(pending)}",
            "open the mail of AWS and click the link in it; this sends it again",
            *(_subscribe(topic, receiver.protocol, receiver.endpoint, deployed) for receiver in pending),
        )
    return wrong(
        f"nobody is subscribed to {topic}",
        "subscribe somebody, and confirm it by the link in the mail that AWS sends",
        _subscribe(topic, "email", deployed.parameters.get("AlarmEmail") or "you@example.com", deployed),
    )


def _named(receivers: Sequence[Receiver]) -> str:
    return remedies.some(f"{receiver.endpoint} ({receiver.protocol})" for receiver in receivers)


def _subscribe(topic: str, protocol: str, endpoint: str, deployed: Deployed) -> str:
    return (
        f"aws sns subscribe --topic-arn {topic} --protocol {protocol} --notification-endpoint {endpoint} "
        f"--region {deployed.region}"
    )
