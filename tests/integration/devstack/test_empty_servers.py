"""The launcher's `empty`: two servers to set up on, a file to source, and nothing left of either afterwards."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from devstack.clients import Clients
from devstack.empty_servers import write_privately
from devstack.environment import ROOT
from tests.integration.devstack.process_table import descendants, still_running, wait_until

if TYPE_CHECKING:
    from pathlib import Path

ORDER = """
source build/local.env
curl --silent --fail "$SANDBOX/_sandbox/orders" -d '{}'; echo
echo "${AWS_PROFILE-unset} $PAYREFRESH_CLIENT_ID"
curl --silent --fail "$AWS_ENDPOINT_URL/_ministack/health" >/dev/null && echo up
"""


def test_sourced_file_leads_to_both_servers_and_is_gone_with_them(tmp_path: Path) -> None:
    """Its one process is also shown to put the metrics of log lines to CloudWatch."""
    file = tmp_path / "build" / "local.env"
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "devstack", "empty", "--env-file", str(file)]
    with (tmp_path / "output").open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_until(file.exists, "the file")
        started = descendants(process.pid)
        shell = subprocess.run(  # noqa: S603 - our own commands
            ["bash", "-c", ORDER],  # noqa: S607 - where it is depends on the system
            cwd=tmp_path, env=environment | {"AWS_PROFILE": "a-real-account"},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        endpoint = re.search(r"local AWS +(http\S+)", (tmp_path / "output").read_text())
        assert endpoint is not None
        metrics = metrics_of_a_line(endpoint[1])
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait()

    assert metrics == ["Settled"]
    order, variables, aws = shell.stdout.splitlines()
    assert '"order_number":"10000001"' in order
    assert (variables, aws) == ("unset sandbox-integration", "up")
    assert (status, file.exists(), still_running(started)) == (0, False, [])
    assert list(tmp_path.glob("devstack-*")) == []
    assert "source " in (tmp_path / "output").read_text()


def metrics_of_a_line(endpoint: str) -> list[str]:
    """Write a line as a function does; returns the names of the metrics that come of it."""
    clients = Clients.connect(endpoint)
    group, stream, now = "/aws/lambda/some-stack-refresh", "one", int(time.time() * 1000)
    directive = {"Namespace": "PaymentRefresh/some-stack", "Dimensions": [[]], "Metrics": [{"Name": "Settled"}]}
    line = json.dumps({"_aws": {"Timestamp": now, "CloudWatchMetrics": [directive]}, "Settled": 1})
    try:
        clients.logs.create_log_group(logGroupName=group)
        clients.logs.create_log_stream(logGroupName=group, logStreamName=stream)
        clients.logs.put_log_events(
            logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": now, "message": line}]
        )
        wait_until(lambda: bool(clients.cloudwatch.list_metrics()["Metrics"]), "a metric")
        return [metric["MetricName"] for metric in clients.cloudwatch.list_metrics()["Metrics"]]
    finally:
        clients.close()


def test_file_of_credentials_can_be_read_by_nobody_else(tmp_path: Path) -> None:
    write_privately(tmp_path / "build" / "local.env", "export A=b\n")

    assert (tmp_path / "build" / "local.env").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "build" / "local.env").read_text() == "export A=b\n"
