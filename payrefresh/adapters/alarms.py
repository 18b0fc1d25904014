"""The alarms of a stack, as CloudWatch has evaluated them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from payment_refresh.adapters.aws import client
from payment_refresh.composition.environment import LOOPBACK
from payrefresh.adapters.stack import physical_ids
from payrefresh.ports import RingingAlarm

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = 100
"""``DescribeAlarms`` takes at most a hundred names."""


@dataclass(frozen=True, slots=True)
class CloudWatchAlarms:
    """Implements the `Alarms` port."""

    stack: str

    def ringing(self) -> Sequence[RingingAlarm] | None:
        cloudwatch = client("cloudwatch")
        if urlsplit(cloudwatch.meta.endpoint_url).hostname in LOOPBACK:
            # The local AWS looks at an alarm only where a number comes in: one that rings there may ring for ever.
            return None
        logical = {physical: name for name, physical in physical_ids(self.stack).items() if name.endswith("Alarm")}
        found: list[RingingAlarm] = []
        for names in batched(logical, NAMES, strict=False):
            answer = cloudwatch.describe_alarms(
                AlarmNames=list(names), StateValue="ALARM", AlarmTypes=["MetricAlarm"], MaxRecords=NAMES
            )
            found += [
                RingingAlarm(
                    name=logical[each["AlarmName"]],
                    since=each.get("StateTransitionedTimestamp", each["StateUpdatedTimestamp"]).timestamp(),
                    description=each.get("AlarmDescription", ""),
                )
                for each in answer["MetricAlarms"]
            ]
        return found
