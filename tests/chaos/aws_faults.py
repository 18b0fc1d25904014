"""Faults between a function and an AWS service, and the answers in which they show. Pure."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from email.message import Message

type Kind = Literal["throttled", "failed", "lost", "entries"]

_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")
_THROTTLED = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "sqs": "RequestThrottled",
    "events": "ThrottlingException",
    "secretsmanager": "ThrottlingException",
}
"""The name under which each service refuses what is too much for it."""

_CODE = "InternalFailure"
_BATCHES = frozenset({"PutEvents", "SendMessageBatch"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to an AWS service, as far as a fault needs to know it."""

    service: str
    operation: str
    body: bytes

    @classmethod
    def read(cls, headers: Mapping[str, str] | Message, body: bytes) -> Call:
        """Read service and operation from a signed request's headers; both are empty where they are not there."""
        scope = _SCOPE.search(headers.get("Authorization", ""))
        operation = headers.get("X-Amz-Target", "").rpartition(".")[2]
        return cls(service=scope[1] if scope else "", operation=operation, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsFault:
    """A rule: a share of the calls of a service go wrong.

    Attributes
    ----------
    kind
        ``throttled`` and ``failed`` do not pass the call on; ``lost`` passes it on and loses the answer;
        ``entries`` passes on what is left of a batch without a share of its entries.
    operations
        Which calls it is about; all where it is empty.
    """

    service: str
    kind: Kind
    operations: frozenset[str] = frozenset()
    share: float = 1.0


@dataclass(slots=True)
class AwsFaults:
    """The rules in force, and how often each kind struck."""

    seed: int = 1
    hits: dict[str, int] = field(default_factory=dict, init=False)
    _rules: tuple[AwsFault, ...] = field(default=(), init=False)
    _dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311 - shares of faults, nothing secret

    def replace(self, rules: Sequence[AwsFault]) -> None:
        """Put other rules in force; none heals everything."""
        self._rules = tuple(rules)

    def take(self, call: Call) -> AwsFault | None:
        """Give the fault that a call meets, if any; a batch meets one of its entries by itself."""
        for rule in self._rules:
            if rule.service != call.service or (rule.operations and call.operation not in rule.operations):
                continue
            if rule.kind == "entries":
                return rule if call.operation in _BATCHES else None
            if self._dice.random() < rule.share:
                self.struck(rule.kind)
                return rule
        return None

    def divide(self, rule: AwsFault, entries: Sequence[dict[str, Any]]) -> list[bool]:
        """Say for each entry of a batch whether it gets through."""
        through = [self._dice.random() >= rule.share for _ in entries]
        for _ in range(through.count(False)):
            self.struck(rule.kind)
        return through

    def struck(self, kind: str) -> None:
        """Count one call or entry that went wrong."""
        self.hits[kind] = self.hits.get(kind, 0) + 1


def refusal(rule: AwsFault) -> tuple[int, bytes]:
    """Give the status and the body of a refusal."""
    name, status = (_THROTTLED[rule.service], 400) if rule.kind == "throttled" else (_CODE, 500)
    return status, json.dumps({"__type": name, "message": "made up by the fault proxy"}).encode()


def merged(operation: str, entries: Sequence[dict[str, Any]], through: Sequence[bool], answer: Any) -> Any:
    """Put the refusals of single entries into the answer that the others got; its order is the batch's."""
    if operation == "SendMessageBatch":
        refused = [
            {"Id": entry["Id"], "SenderFault": False, "Code": _CODE, "Message": "made up by the fault proxy"}
            for entry, passed in zip(entries, through, strict=True)
            if not passed
        ]
        return {"Successful": answer.get("Successful", []), "Failed": [*answer.get("Failed", []), *refused]}
    taken = iter(answer.get("Entries", []))
    failure = {"ErrorCode": _CODE, "ErrorMessage": "made up by the fault proxy"}
    results = [next(taken) if passed else failure for passed in through]
    return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}
