"""The rows of the matrix: what fails in each, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tests.chaos.aws_faults import AwsFault

if TYPE_CHECKING:
    from collections.abc import Mapping

STUCK_BEFORE = frozenset({"stuck_before_paid", "stuck_before_settled", "stuck_before_unpaid"})
"""Left out everywhere: discover looks far back in its first pass only, before the first row."""
CALLING = STUCK_BEFORE | {"throttled"}
"""Left out of rows with a short fault: after a 429, nothing is called for up to a minute, and it would miss."""

HELD = frozenset({"old_source_wins"})
"""Left out where a claim may stay without its message, or the API fails for a while: a lease, and the way back to
it, are as long as a cart's whole life here, so one of a cart's two payments may end as abandoned before the other
one is asked about."""

type Special = Literal["restart", "kills"]

_WRITES = frozenset({"PutItem", "UpdateItem"})
_SENDS = frozenset({"SendMessageBatch"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A fault, and the scenario it meets.

    Attributes
    ----------
    meaning
        What fails, in words.
    aws, api
        Rules of the proxy and of the sandbox, in force for `window_s` from `FAULT_AT_S` on.
    cold
        Whether all functions have to start anew when it begins.
    special
        What is done instead of, or besides, the rules.
    left_out
        Kinds of stories that are not played in it.
    """

    name: str
    meaning: str
    aws: tuple[AwsFault, ...] = ()
    api: tuple[Mapping[str, Any], ...] = ()
    cold: bool = False
    special: Special | None = None
    left_out: frozenset[str] = CALLING
    orders: int = 60
    over_s: float = 10.0
    window_s: float = 10.0

    @property
    def stores_nothing(self) -> bool:
        """Whether a process that has refreshed a payment may be unable to store that."""
        return self.special == "restart" or any(fault.service == "dynamodb" for fault in self.aws)


FAULT_AT_S = 3.0
"""When it begins; the orders begin to come in before."""

KILLS, KILL_EVERY_S = 30, 5.0
LETTERS_TOO_S = 28.0
"""A window that lasts until the first dead letters are sent."""

ROWS = (
    Row(
        name="none",
        meaning="nothing fails; what the other rows are to be compared with",
        window_s=0.0,
        left_out=STUCK_BEFORE,
    ),
    Row(
        name="dynamodb_throttled",
        meaning="DynamoDB throttles 70 % of all calls",
        aws=(AwsFault(service="dynamodb", kind="throttled", share=0.7),),
    ),
    Row(
        name="dynamodb_failing",
        meaning="DynamoDB answers every call with 500",
        aws=(AwsFault(service="dynamodb", kind="failed"),),
    ),
    Row(
        name="dynamodb_lost",
        meaning="DynamoDB writes, and the answer of 40 % of the writes is lost",
        aws=(AwsFault(service="dynamodb", kind="lost", operations=_WRITES, share=0.4),),
        left_out=CALLING | HELD,
    ),
    Row(
        name="others_throttled",
        meaning="SQS, EventBridge and Secrets Manager throttle 70 % of all calls, and all functions start anew",
        aws=tuple(
            AwsFault(service=service, kind="throttled", share=0.7)
            for service in ("sqs", "events", "secretsmanager")
        ),
        cold=True,
        window_s=15.0,
    ),
    Row(
        name="sqs_failing",
        meaning="SQS answers every call with 500",
        aws=(AwsFault(service="sqs", kind="failed"),),
        window_s=LETTERS_TOO_S,
    ),
    Row(
        name="sqs_entries",
        meaning="SQS refuses half of the messages of each batch",
        aws=(AwsFault(service="sqs", kind="entries", share=0.5),),
        window_s=LETTERS_TOO_S,
    ),
    Row(
        name="sqs_lost",
        meaning="SQS takes the messages, and the answer of 60 % of the batches is lost",
        aws=(AwsFault(service="sqs", kind="lost", operations=_SENDS, share=0.6),),
        window_s=LETTERS_TOO_S,
    ),
    Row(
        name="events_failing",
        meaning="EventBridge answers every call with 500",
        aws=(AwsFault(service="events", kind="failed"),),
        window_s=15.0,
    ),
    Row(
        name="events_entries",
        meaning="EventBridge refuses half of the events of each batch",
        aws=(AwsFault(service="events", kind="entries", share=0.5),),
        window_s=15.0,
    ),
    Row(
        name="events_lost",
        meaning="EventBridge takes the events, and the answer of 60 % of the calls is lost",
        aws=(AwsFault(service="events", kind="lost", share=0.6),),
        window_s=15.0,
    ),
    Row(
        name="secrets_failing",
        meaning="Secrets Manager answers every call with 500, and all functions start anew",
        aws=(AwsFault(service="secretsmanager", kind="failed"),),
        cold=True,
    ),
    Row(
        name="starts_failing",
        meaning="DynamoDB and Secrets Manager answer every call with 500 while all functions start",
        aws=tuple(AwsFault(service=service, kind="failed") for service in ("dynamodb", "secretsmanager")),
        cold=True,
        window_s=15.0,
    ),
    Row(
        name="api_failing",
        meaning="Commerce Layer answers every call with 500 or 503",
        api=({"route": "/api/*", "status": 500, "share": 0.5}, {"route": "/api/*", "status": 503}),
        left_out=CALLING | HELD,
    ),
    Row(
        name="api_silent",
        meaning="Commerce Layer says nothing for two seconds and hangs up, or resets the connection at once",
        api=(
            {"route": "/api/*", "kind": "hang", "seconds": 2, "share": 0.5},
            {"route": "/api/*", "kind": "reset", "share": 0.5},
        ),
        left_out=CALLING | HELD,
    ),
    Row(
        name="api_lost",
        meaning="Commerce Layer refreshes the payment, and the answer of 70 % of the refreshes is lost",
        api=({"route": "PATCH", "kind": "reset", "after": True, "share": 0.7},),
        left_out=CALLING | HELD,
    ),
    Row(
        name="api_limited",
        meaning="Commerce Layer refuses every call for its rate (429)",
        api=({"route": "/api/*", "status": 429},),
        left_out=CALLING | HELD,
    ),
    Row(
        name="auth_down",
        meaning="Commerce Layer gives no tokens, and all functions start anew",
        api=({"route": "/oauth/token", "status": 503},),
        cold=True,
        window_s=15.0,
    ),
    Row(
        name="restart",
        meaning="the local AWS is stopped cleanly for 5 s and started again with its state",
        special="restart",
        window_s=5.0,
    ),
    Row(
        name="kills",
        meaning=f"every {KILL_EVERY_S:.0f} s, {KILLS} times, the process of a random function is killed (SIGKILL)",
        special="kills",
        left_out=STUCK_BEFORE | HELD,
        orders=200,
        over_s=140.0,
        window_s=KILLS * KILL_EVERY_S,
    ),
)
"""In the order in which they are played, all on one stack."""
