"""Cold starts: fresh interpreters that import a function, or a bare handler, and their cost."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devstack.environment import ACCESS_KEY, REGION, ROOT
from tests.integration.handlers.test_settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CLOCK = """
import resource, sys
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
begun = cpu()
"""
REPORT = """
ended = cpu()
import json
print(json.dumps({"cpu_ms": (ended - begun) * 1000, "modules": sorted(sys.modules)}))
"""
FUNCTION = """
import app
"""
BARE = """
import json
import boto3
from botocore.config import Config
config = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "max_attempts": 3})
clients = {service: boto3.client(service, config=config) for service in sys.argv[2].split(",")}
def handler(event, context):
    return {}
"""
INVOCATIONS = """
import contextlib, io, json
import app
class Context:
    function_name, memory_limit_in_mb, aws_request_id = "function", 256, "00000000-0000-4000-8000-000000000000"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:function"
    def get_remaining_time_in_millis(self):
        return 120_000
event, used, answers = json.load(sys.stdin), [], []
for _ in range(2):
    begun = cpu()
    with contextlib.redirect_stdout(io.StringIO()):
        answers.append(app.handler(event, Context()))
    used.append((cpu() - begun) * 1000)
print(json.dumps({"first_ms": used[0], "second_ms": used[1], "answers": answers}))
"""
HTTPX = """
import httpx
http = httpx.Client(
    timeout=httpx.Timeout(connect=3.0, read=10.0, write=5.0, pool=1.0), follow_redirects=False, trust_env=False
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A function, and what it has of the outside once it is imported.

    Attributes
    ----------
    services
        Whose clients it makes.
    http
        Whether it has an HTTP client.
    """

    function: str
    services: tuple[str, ...]
    http: bool = False

    @property
    def baseline(self) -> str:
        """Contents of the bare handler, in words."""
        clients = f"bare handler with boto3 clients of {', '.join(self.services)}"
        return clients + " and an httpx.Client" * self.http

    @property
    def code(self) -> str:
        """The code that a sample of the function runs."""
        return CLOCK + FUNCTION + REPORT

    @property
    def bare(self) -> str:
        """The code that a sample of the bare handler runs."""
        return CLOCK + BARE + HTTPX * self.http + REPORT


STARTS = (
    Start(function="order_events", services=("dynamodb", "secretsmanager")),
    Start(function="sweep", services=("dynamodb", "sqs")),
    Start(function="refresh", services=("dynamodb", "secretsmanager", "events"), http=True),
    Start(function="discover", services=("dynamodb", "secretsmanager"), http=True),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """Result of a sample: its CPU time, and all modules that it has imported."""

    cpu_ms: float
    modules: list[str]


def build_layer(folder: Path, python: Path) -> Path:
    """Build the layer as `sam build` does; returns the folder that is on the functions' path."""
    arguments = ["build-CoreLayer", f"ARTIFACTS_DIR={folder}", f"PYTHON={python}"]
    subprocess.run(  # noqa: S603 - our own command
        ["make", "--silent", "-C", "layers/core", *arguments],  # noqa: S607 - whichever make there is
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        check=True,
        capture_output=True,
    )
    return folder / "python"


def sample(start: Start, code: str, *, python: Path, path: Sequence[Path]) -> Reading:
    """Run code in a fresh interpreter, which sees what a function sees."""
    arguments = [start.function, ",".join(start.services)]
    return Reading(**interpreted(code, arguments, python=python, path=path, variables=SETTINGS[start.function]))


def interpreted(
    code: str,
    arguments: Sequence[str],
    *,
    python: Path,
    path: Sequence[Path],
    variables: Mapping[str, str],
    event: str = "",
) -> dict[str, Any]:
    """Run code in a fresh interpreter, with these variables, and an event as its input; gives its last line."""
    own = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "PYTHONDONTWRITEBYTECODE": "1",  # as in Lambda, where code is in folders that cannot be written to
        "POWERTOOLS_SERVICE_NAME": "payment-refresh",
        "POWERTOOLS_METRICS_NAMESPACE": "PaymentRefresh/stack",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_DEFAULT_REGION": REGION,
    }
    done = subprocess.run(  # noqa: S603 - our own command
        [python, "-c", code, *arguments],
        input=event,
        env=own | dict(variables),
        check=True,
        capture_output=True,
        text=True,
    )
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed
