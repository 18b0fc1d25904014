"""Deployment: a function that cannot start is reported at once, with its log."""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from devstack.environment import ROOT, Tools
from devstack.errors import LauncherError
from devstack.local_stack import local_stack
from devstack.organization import Organization

if TYPE_CHECKING:
    from pathlib import Path

    from devstack.stack import LocalStack

NOBODY = Organization(
    base_url="http://127.0.0.1:9", auth_url="http://127.0.0.1:9/oauth/token", slug="nobody", mode="test",
    client_id="an-id", client_secret="a-secret",
)  # fmt: skip

LAYER = 'build-CoreLayer:\n\tmkdir "$(ARTIFACTS_DIR)/python"\n\tcp word.py "$(ARTIFACTS_DIR)/python"\n'


def _project(root: Path, **handlers: str) -> Tools:
    """Make a project with this one's template and environments, and with handlers and a layer of its own."""
    for environment in (".venv", ".venv-runtime", ".venv-local-aws", ".venv-sam"):
        (root / environment).symlink_to(ROOT / environment)
    shutil.copy(ROOT / "template.yaml", root)
    files = {f"functions/{name}/app.py": code for name, code in handlers.items()}
    for name, text in (files | {"layers/core/Makefile": LAYER, "layers/core/word.py": "WORD = 'layered'"}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tools.find(root)


EMF = json.dumps(
    {
        "_aws": {
            "Timestamp": "NOW",
            "CloudWatchMetrics": [
                {"Namespace": "Tests", "Dimensions": [["kind"]], "Metrics": [{"Name": "Sweeps", "Unit": "Count"}]}
            ],
        },
        "kind": "curious",
        "Sweeps": [1],
    }
).replace('"NOW"', "NOW")
"""A line in the embedded metric format, but for its time."""


def _sum_of_sweeps(stack: LocalStack) -> float:
    now = time.time()
    stack.flush_metrics()
    query = {
        "Id": "sweeps",
        "MetricStat": {
            "Metric": {
                "Namespace": "Tests",
                "MetricName": "Sweeps",
                "Dimensions": [{"Name": "kind", "Value": "curious"}],
            },
            "Period": 3600,
            "Stat": "Sum",
        },
    }
    answer = stack.aws.clients.cloudwatch.get_metric_data(
        MetricDataQueries=[query], StartTime=now - 7200, EndTime=now + 3600
    )
    return float(sum(answer["MetricDataResults"][0]["Values"]))


FINE = "def handler(event, context):\n    return {}\n"


def test_functions_run_under_the_runtime_client_with_their_layer(tmp_path: Path) -> None:
    curious = (
        "import logging, os, time\n"
        "from word import WORD\n"
        "def handler(event, context):\n"
        "    logging.getLogger().info('I am %s under %s', WORD, os.environ['AWS_EXECUTION_ENV'])\n"
        f"    print('''{EMF}'''.replace('NOW', str(int(time.time() * 1000))))\n"
        "    return {'region': os.environ['AWS_REGION'], 'timezone': os.environ['TZ']}\n"
    )

    with local_stack(
        organization=NOBODY,
        tools=_project(tmp_path, order_events=FINE, discover=FINE, sweep=curious, refresh=FINE, digest=FINE),
    ) as stack:
        assert stack.sweep() == {"region": "us-east-1", "timezone": ":UTC"}
        assert stack.sweeps == 2
        assert stack.scheduled_sweeps() == 0
        log = "\n".join(stack.log("Sweep"))
        assert '"message": "I am layered under AWS_Lambda_python3.13"' in log
        assert stack.errors() == []
        assert _sum_of_sweeps(stack) == stack.sweeps
        assert stack.discover() == {}
        assert stack.digest() == {}
        assert (stack.events(), stack.announced_messages()) == ([], 0)
        table = stack.outputs["StateTableName"]
        expiry = stack.aws.clients.dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        assert (expiry["TimeToLiveStatus"], expiry["AttributeName"]) == ("ENABLED", "expires_at")


def test_a_function_that_cannot_start_is_reported_at_once_with_its_log(tmp_path: Path) -> None:
    broken = "import no_such_module\n"
    tools = _project(tmp_path, order_events=FINE, discover=FINE, sweep=broken, refresh=FINE, digest=FINE)

    with (
        pytest.raises(LauncherError, match="Function Sweep failed at its first start") as failure,
        local_stack(organization=NOBODY, tools=tools),
    ):
        pytest.fail("the stack came up")

    assert "no_such_module" in "\n".join(failure.value.details)
