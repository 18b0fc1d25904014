"""Cold starts: fresh interpreters that import and bootstrap a function, or a bare handler, and their cost."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from devstack.environment import ACCESS_KEY, REGION, ROOT
from tests.integration.handlers.test_settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
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
from payment_refresh.composition import bootstrap
from payment_refresh.adapters.aws import client
getattr(bootstrap, sys.argv[1])(app.logger)
for service in sys.argv[2].split(","):
    client(service)
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
CALL = """
clients["dynamodb"].update_item(
    TableName="table",
    Key={"pk": {"S": "mark#first_deployment"}},
    UpdateExpression="SET first_at = if_not_exists(first_at, :now)",
    ExpressionAttributeValues={":now": {"N": "1767225600"}},
    ReturnValues="ALL_NEW",
)
"""
HTTPX = """
import httpx
http = httpx.Client(
    timeout=httpx.Timeout(connect=3.0, read=10.0, write=5.0, pool=1.0), follow_redirects=False, trust_env=False
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A function, and what it has of the outside when a usual first invocation is over.

    Attributes
    ----------
    services
        Whose clients it makes.
    calls
        Whether its bootstrap asks the table something.
    http
        Whether it has an HTTP client.
    """

    function: str
    services: tuple[str, ...]
    calls: bool = False
    http: bool = False

    @property
    def baseline(self) -> str:
        """Contents of the bare handler, in words."""
        clients = f"bare handler with boto3 clients of {', '.join(self.services)}"
        return clients + " and an httpx.Client" * self.http + ", which asks the table once" * self.calls

    @property
    def code(self) -> str:
        """The code that a sample of the function runs."""
        return CLOCK + FUNCTION + REPORT

    @property
    def bare(self) -> str:
        """The code that a sample of the bare handler runs."""
        return CLOCK + BARE + HTTPX * self.http + CALL * self.calls + REPORT


STARTS = (
    Start(function="order_events", services=("dynamodb", "secretsmanager")),
    Start(function="sweep", services=("dynamodb", "sqs"), calls=True),
    Start(function="refresh", services=("dynamodb", "secretsmanager", "events"), calls=True, http=True),
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


def sample(start: Start, code: str, *, python: Path, path: Sequence[Path], endpoint: str) -> Reading:
    """Run code in a fresh interpreter, which sees what a function sees."""
    own = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "PYTHONDONTWRITEBYTECODE": "1",  # as in Lambda, where code is in folders that cannot be written to
        "POWERTOOLS_SERVICE_NAME": "payment-refresh",
        "POWERTOOLS_METRICS_NAMESPACE": "PaymentRefresh/stack",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_DEFAULT_REGION": REGION,
    }
    done = subprocess.run(  # noqa: S603 - our own command
        [python, "-c", code, start.function, ",".join(start.services)],
        env=SETTINGS[start.function] | own,
        check=True,
        capture_output=True,
        text=True,
    )
    return Reading(**json.loads(done.stdout.splitlines()[-1]))


class _Table(BaseHTTPRequestHandler):
    """Answers every request as DynamoDB answers the one that a bootstrap sends."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"Attributes": {"first_at": {"N": "1767225600"}}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named so by its base
        """Say nothing."""


@contextmanager
def table() -> Iterator[str]:
    """Serve what the bootstraps ask; gives the endpoint."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Table)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
