"""Each function's rights against the calls it makes: every call is granted, and every right used or explained.

The functions' own handlers, put together by the composition roots in the template's environment, over the local
AWS and the sandbox. The local AWS does not look at the keys of items; this does.
"""

from __future__ import annotations

import contextlib
import io
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from payment_refresh.composition.root import Composed
from payment_refresh.domain.payment import REFRESHABLE
from sandbox.config import Config
from sandbox.server import running
from tests.integration.handlers.conftest import Context
from tests.integration.sandbox.driver import Driver
from tests.security.policy import Call, Grant, grants, refused, unused
from tests.security.recorder import recording
from tests.security.stack import Stack
from tests.support.functions import COMPOSED, imported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devstack.local_aws import LocalAws
    from tests.template.model import Template

ROLES = {
    "order_events": "OrderEventsRole",
    "discover": "DiscoverRole",
    "sweep": "SweepRole",
    "refresh": "RefreshRole",
    "digest": "DigestRole",
}
BY_LAMBDA = {
    ("OwnLogs", "logs:CreateLogStream"): "Lambda writes what the function prints",
    ("OwnLogs", "logs:PutLogEvents"): "likewise",
    ("FailureDestination", "sqs:SendMessage"): "Lambda sends there what the function failed at",
    ("Queue", "sqs:ReceiveMessage"): "Lambda's poller receives for the function",
    ("Queue", "sqs:DeleteMessage"): "the poller deletes what was handled",
    ("Queue", "sqs:GetQueueAttributes"): "the poller asks for the queue's settings",
}
"""Rights that Lambda itself uses under the function's role, and what for; the code never does."""

USED_BY_LAMBDA = {
    "order_events": {"OwnLogs", "FailureDestination"},
    "discover": {"OwnLogs", "FailureDestination"},
    "sweep": {"OwnLogs", "FailureDestination"},
    "refresh": {"OwnLogs", "Queue"},
    "digest": {"OwnLogs", "FailureDestination"},
}


@pytest.fixture(scope="module")
def made(aws: LocalAws, deployed: Template) -> Iterator[Mapping[str, set[Call]]]:
    """The calls that each function makes in the life of some payments."""
    with (
        running(Config()) as sandbox,
        httpx.Client(base_url=sandbox.url, trust_env=False) as http,
        contextlib.redirect_stdout(io.StringIO()),
    ):
        yield play(Stack(aws, Driver(sandbox, http), deployed))


def play(stack: Stack) -> Mapping[str, set[Call]]:
    """Let every function do all that it can be made to do; what is placed long ago is due at once."""
    found: dict[str, set[Call]] = defaultdict(set)

    def run(function: str, event: dict[str, Any], *, failing: str = "") -> Any:
        with (
            pytest.MonkeyPatch.context() as patch,
            recording(stack.resources) as recorder,
            contextlib.ExitStack() as last,
        ):
            for name, value in stack.environment(function).items():
                patch.setenv(name, value)
            recorder.failing.add(failing)
            app = last.enter_context(imported(function))
            answer = app.handler(event, Context())
            close(getattr(app, COMPOSED[function]))
        found[function] |= recorder.calls
        return answer

    def send_event(**wanted: Any) -> None:
        order = stack.driver.order(announce=False, ago_s=3600, **wanted)
        assert run("order_events", stack.webhook(order["order_id"]))["statusCode"] == 200

    for kind in REFRESHABLE:
        send_event(payment_type=kind)
    send_event(payment=False)
    stack.driver.order(announce=False, ago_s=7200)
    assert run("discover", {})["created"] == 1
    stack.poison()
    assert run("sweep", {}, failing="SendMessageBatch")["refused"] > 0
    assert run("sweep", {})["claimed"] > 0
    assert run("refresh", stack.received()) == {"batchItemFailures": []}
    stack.report()
    assert run("digest", {})["sent"] is True
    return found


def close(composed: Any) -> None:
    """Close the connections of what a composition root made."""
    made = composed.get() if isinstance(composed, Composed) else composed
    api = getattr(made, "commerce_layer", None) or getattr(made, "orders", None)
    if api is not None:
        api.transport.http.close()


@pytest.mark.parametrize("function", ROLES)
def test_every_call_is_granted(made: Mapping[str, set[Call]], deployed: Template, function: str) -> None:
    assert refused(grants(deployed, ROLES[function]), made[function]) == set()


@pytest.mark.parametrize("function", ROLES)
def test_every_right_is_used_or_explained(
    made: Mapping[str, set[Call]], deployed: Template, function: str
) -> None:
    by_lambda = {right for right in BY_LAMBDA if right[0] in USED_BY_LAMBDA[function]}

    assert unused(grants(deployed, ROLES[function]), made[function]) == by_lambda


def test_whose_work_a_function_could_do_besides_its_own(made: Mapping[str, set[Call]], deployed: Template) -> None:
    """What is not granted is refused; the refresh alone may do all that another does: what discover does."""
    able = {
        (function, other)
        for function, role in ROLES.items()
        for other in ROLES.keys() - {function}
        if not refused(grants(deployed, role), made[other])
    }

    assert able == {("refresh", "discover")}


class TestTheComparison:
    """It finds a right that is missing, one that is too much, and a row out of reach."""

    READ = Call("dynamodb:GetItem", "StateTable.Arn", frozenset({"mark#rate"}))
    GRANT = Grant("Marks", "dynamodb:GetItem", "StateTable.Arn", ("mark#*",))

    def test_a_granted_call(self) -> None:
        assert refused([self.GRANT], [self.READ]) == set()
        assert unused([self.GRANT], [self.READ]) == set()

    @pytest.mark.parametrize(
        "call",
        [
            Call("dynamodb:PutItem", "StateTable.Arn", frozenset({"mark#rate"})),
            Call("dynamodb:GetItem", "AnotherTable.Arn", frozenset({"mark#rate"})),
            Call("dynamodb:GetItem", "StateTable.Arn", frozenset({"mark#rate", "orders#x"})),
        ],
    )
    def test_one_that_is_not(self, call: Call) -> None:
        assert refused([self.GRANT], [call]) == {call}
        assert unused([self.GRANT], [call]) == {("Marks", "dynamodb:GetItem")}
