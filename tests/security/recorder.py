"""Records every call to AWS that a function makes, whichever of its parts makes it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import EndpointConnectionError

from payment_refresh.adapters.aws import forget_clients
from tests.security.policy import Call

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BATCHES = {"sqs:SendMessageBatch": "sqs:SendMessage"}
"""Calls that IAM knows under another name."""


@dataclass(slots=True)
class Recorder:
    """The calls so far.

    Attributes
    ----------
    resources
        The template's name of each table, queue, secret and bus.
    failing
        Operations that AWS does not answer now.
    """

    resources: Mapping[tuple[str, str], str]
    calls: set[Call] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)

    def note(self, params: Mapping[str, Any], model: Any, **_: object) -> None:
        """Record a call that is about to be made."""
        service = model.service_model.signing_name
        action = f"{service}:{model.name}"
        resource, keys = self._about(params)
        self.calls.add(Call(BATCHES.get(action, action), resource, frozenset(keys)))
        if model.name in self.failing:
            raise EndpointConnectionError(endpoint_url=service)

    def _about(self, params: Mapping[str, Any]) -> tuple[str, set[str]]:
        """Name the resource of a call, and the keys of its items."""
        if "RequestItems" in params:
            ((table, wanted),) = params["RequestItems"].items()
            return self.resources["table", table], {key["pk"]["S"] for key in wanted["Keys"]}
        if "IndexName" in params:
            return f"${{{self.resources['table', params['TableName']]}}}/index/{params['IndexName']}", set()
        if "TableName" in params:
            return self.resources["table", params["TableName"]], {(params.get("Key") or params["Item"])["pk"]["S"]}
        if "QueueUrl" in params:
            return self.resources["queue", params["QueueUrl"]], set()
        if "SecretId" in params:
            return self.resources["secret", params["SecretId"]], set()
        (bus,) = {entry["EventBusName"] for entry in params["Entries"]}
        return self.resources["bus", bus], set()


@contextmanager
def recording(resources: Mapping[tuple[str, str], str]) -> Iterator[Recorder]:
    """Record what the adapters' clients call while the block runs."""
    recorder = Recorder(resources)
    boto3.setup_default_session()
    assert boto3.DEFAULT_SESSION is not None
    boto3.DEFAULT_SESSION.events.register("provide-client-params.*.*", recorder.note)
    forget_clients()
    try:
        yield recorder
    finally:
        forget_clients()
        boto3.setup_default_session()
