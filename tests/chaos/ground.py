"""Ground of the chaos tests: the stack, the proxy that its functions talk through, the sandbox's switches."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from devstack.local_stack import local_stack
from devstack.stack import FUNCTIONS
from tests.chaos.proxy import fault_proxy
from tests.chaos.workers import kill, workers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devstack.progress import Progress
    from devstack.sandbox_server import SandboxServer
    from devstack.stack import LocalStack
    from tests.chaos.proxy import FaultProxy

QUICK: Mapping[str, str] = {
    "FirstCheckAfter": "4s",
    "GiveUpAfter": "23s",
    "GiveUpGrace": "10s",
    "CheckCapIdle": "5s",
    "CheckCapBusy": "12s",
    "CartCheckAges": "4s,10s,20s",
    "CancelledCheckAges": "2s,4s,7s,10s",
    # Not half as long: the third bounds the time for refreshes, and a fault takes most of half of it.
    "ReplacedCheckAges": "2s,4s,30s,32s",
    "UnplacedAfter": "3s",
    "MissingAfter": "3s",
    "DiscoverAfter": "2s",
    "WebhookLateAfter": "13s",
    "ClaimLease": "45s",
}
"""Half of what `make run` takes, as the stories are played twice as fast: a payment's whole life in half a minute.

Only FirstCheckAfter is as there: a capture 0.2 s after a refresh must pass for the work of that. A claim falls due
again before a row of the matrix is over.
"""

VISIBILITY_S = 30
"""Seconds after which a message that failed comes again: longer than a batch takes, which is up to 25 here.

Else a batch is handled twice at once, which on AWS the function's timeout prevents.
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """A deployed stack whose functions reach AWS through a proxy."""

    stack: LocalStack
    sandbox: SandboxServer
    proxy: FaultProxy
    _http: httpx.Client

    def start_scenario(self, wanted: Mapping[str, Any]) -> None:
        """Let orders come in."""
        self._ask("POST", "scenario", wanted)

    def fail_api(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Put the sandbox's faults in force; none heals everything."""
        self._ask("PUT", "faults", {"faults": list(rules)})

    def api_hits(self, rules: Sequence[Mapping[str, Any]]) -> int:
        """Return how many of the API's calls met these faults; those that stories play are listed after them."""
        return sum(rule["hits"] for rule in self._ask("GET", "faults")["faults"][: len(rules)])

    def close_circuits(self) -> None:
        """Reset the webhooks' circuits, as a person does whom the alarm has called."""
        self._ask("PUT", "webhooks", {"circuit_state": "closed"})

    def kill_all(self) -> None:
        """Let every function start anew."""
        for worker in workers(self.stack):
            kill(worker)

    def _ask(self, method: str, what: str, body: Mapping[str, Any] | None = None) -> Any:
        answer = self._http.request(method, f"/_sandbox/{what}", json=body)
        if answer.is_error:
            raise RuntimeError(f"the sandbox answered {answer.status_code} to {method} {what}: {answer.text}")
        return answer.json()


@contextmanager
def ground(progress: Progress, *, seed: int, parameters: Mapping[str, str] = QUICK) -> Iterator[Ground]:
    """Deploy a stack with a proxy before its AWS, for as long as the body runs."""
    with local_stack(
        parameters=parameters, progress=progress, visibility_s=VISIBILITY_S, keeps_state=True
    ) as stack:
        if stack.sandbox is None:
            raise RuntimeError("there is no sandbox")
        url = stack.organization.base_url
        with (
            fault_proxy(stack.aws.endpoint, stack.aws.clients, seed) as proxy,
            httpx.Client(base_url=url, timeout=30, trust_env=False) as http,
        ):
            lead_through(stack, proxy.url)
            yield Ground(stack, stack.sandbox, proxy, http)


def lead_through(stack: LocalStack, endpoint: str) -> None:
    """Let the functions take another endpoint for AWS."""
    functions = stack.aws.clients.functions
    for function in FUNCTIONS:
        name = stack.resources[function]
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables | {"AWS_ENDPOINT_URL": endpoint}}
        )
    stack.start_functions()
