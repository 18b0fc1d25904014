"""Importing a function composes it and calls nobody: what fails outside fails an invocation, which is repeated."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from devstack.environment import ACCESS_KEY, REGION, ROOT
from tests.integration.handlers.test_settings import EVENTS, SETTINGS

CLOSED = "http://127.0.0.1:9"
"""Nobody listens there."""

WATCHED = """
import json, sys
attempts = []
outgoing = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg"}
sys.addaudithook(lambda name, _: attempts.append(name) if name in outgoing else None)
import app
at_import = list(attempts)
class Context:
    function_name, memory_limit_in_mb, aws_request_id = "function", 256, "00000000-0000-4000-8000-000000000000"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:function"
    def get_remaining_time_in_millis(self):
        return 120_000
try:
    answer = app.handler(json.load(sys.stdin), Context())
except Exception as error:
    answer = type(error).__name__
print(json.dumps({"at_import": at_import, "at_invocation": attempts, "answer": answer}))
"""


@pytest.mark.parametrize("function", SETTINGS)
def test_importing_a_function_calls_neither_aws_nor_commerce_layer(function: str) -> None:
    own = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "functions" / function), str(ROOT / "layers/core")]),
        "POWERTOOLS_SERVICE_NAME": "payment-refresh",
        "POWERTOOLS_METRICS_NAMESPACE": "PaymentRefresh",
        "AWS_ENDPOINT_URL": CLOSED,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_MAX_ATTEMPTS": "1",
    }
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-W", "ignore", "-c", WATCHED],
        input=(ROOT / "events" / f"{EVENTS[function]}.json").read_text(),
        env=SETTINGS[function] | own,
        check=True,
        capture_output=True,
        text=True,
    )
    seen = json.loads(done.stdout.splitlines()[-1])

    assert seen["at_import"] == []
    assert seen["at_invocation"] != []  # it is seen, where there is a call
    assert seen["answer"] != "SettingsError"
