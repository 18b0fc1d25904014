"""Builds the project with SAM CLI and packages it for CloudFormation, as for AWS."""

from __future__ import annotations

import fcntl
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from devstack.environment import sam_environment
from devstack.processes import run_to_end

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devstack.deployment import Target
    from devstack.environment import Tools

_BUCKET = "artifacts"
_FOLDER = ".aws-sam/local"
"""Not where `sam build` by hand puts its build: each may run while the other does."""


def build_and_package(tools: Tools, aws: Target) -> str:
    """Build the functions and the layer, upload all to the local S3, and return the URL of the template there.

    What has not changed since the last build is taken from a cache.

    Raises
    ------
    LauncherError
        A SAM command failed; the details are the end of its output.
    """
    environment = sam_environment(tools, aws.temp) | {"AWS_ENDPOINT_URL": aws.endpoint}
    # samconfig.toml is for deploying to AWS: `sam deploy --guided` writes a person's choices into it.
    settings = aws.temp / "samconfig.toml"
    settings.touch()
    packaged = aws.temp / "packaged.json"
    aws.clients.s3.create_bucket(Bucket=_BUCKET)

    def sam(command: str, *arguments: str | Path) -> None:
        line = [tools.sam, command, "--config-file", settings, *arguments]
        run_to_end(f"sam {command}", line, env=environment, cwd=tools.root, log=aws.temp / f"{command}.log")

    with _only_one_build(tools.root / _FOLDER) as folder:
        build, cache = folder / "build", folder / "cache"
        sam("build", "--cached", "--parallel", "--build-dir", build, "--cache-dir", cache)
        sam(
            "package", "--template-file", build / "template.yaml", "--s3-bucket", _BUCKET,
            "--use-json", "--output-template-file", packaged,
        )  # fmt: skip
    # As `sam deploy` does it: with the request itself, no template may come that is longer than 51,200 bytes.
    aws.clients.s3.put_object(Bucket=_BUCKET, Key=packaged.name, Body=without_metric_math(packaged.read_text()))
    return f"{aws.endpoint}/{_BUCKET}/{packaged.name}"


def without_metric_math(template: str) -> str:
    """Leave out the alarms that the local AWS refuses; those that it takes, it does not evaluate either."""
    parsed = json.loads(template)
    parsed["Resources"] = {
        logical_id: resource
        for logical_id, resource in parsed["Resources"].items()
        if not (resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"])
    }
    return json.dumps(parsed)


@contextmanager
def _only_one_build(folder: Path) -> Iterator[Path]:
    # Two builds at once, say of a run and of a test, would write the same files.
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
