"""The sixth step: somebody gets the alarms, and has confirmed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payrefresh.setup.steps import Look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payrefresh.ports import Receiver
    from payrefresh.setup.known import Known
    from payrefresh.setup.ports import Receivers


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmsStep:
    """Looks who gets the alarms; only they can confirm it."""

    known: Known
    receivers: Receivers
    title: str = "Somebody who gets the alarms"

    def look(self) -> Look:
        """Look at the subscriptions of the topic that the alarms go to."""
        wanted = self.known.wanted
        email, topic = wanted.get("AlarmEmail"), wanted.get("AlarmTopicArn")
        if not email and not topic:
            return Look(
                found=["nobody: alarms are only visible in CloudWatch"],
                left=["name somebody: AlarmEmail or AlarmTopicArn in the configuration, then run setup again"],
            )
        if self.known.stack is None:
            return Look(found=[f"{email or topic} is to get them; there is no stack yet"])
        there = self.receivers.of(self.known.stack)
        waiting = [receiver for receiver in there if not receiver.is_confirmed]
        confirmed = [receiver for receiver in there if receiver.is_confirmed]
        found = [f"{_named(receiver)} gets them" for receiver in confirmed]
        found += [f"{_named(receiver)} has not confirmed it yet" for receiver in waiting]
        return Look(
            found=found or ["nobody is subscribed to the topic"], left=_left(waiting, confirmed, email, topic)
        )


def _left(
    waiting: Sequence[Receiver], confirmed: Sequence[Receiver], email: str | None, topic: str | None
) -> Sequence[str]:
    if waiting:
        return [f"{_named(receiver)}: {_HOW.get(receiver.protocol, _AS_ASKED)}" for receiver in waiting]
    if confirmed:
        return []
    if topic:
        return [f"subscribe somebody to {topic}"]
    return [f"the subscription of {email} is gone (somebody clicked unsubscribe): subscribe it again, see doctor"]


_HOW = {"email": "click the link in the mail from AWS, then run setup again"}
_AS_ASKED = "confirm the subscription, as AWS asked its endpoint to; then run setup again"


def _named(receiver: Receiver) -> str:
    return f"{receiver.endpoint} ({receiver.protocol})"
