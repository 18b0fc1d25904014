"""Builds the project with SAM CLI and packages it for CloudFormation, as for AWS."""

from __future__ import annotations

import fcntl
import json
import shutil
from contextlib import contextmanager
from hashlib import sha256
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
_TEMPLATE = "packaged.json"
_SOURCES = ("template.yaml", "functions", "layers", "requirements/sam.txt")


def build_and_package(tools: Tools, aws: Target) -> str:
    """Build the functions and the layer, upload all to the local S3, and return the URL of the template there.

    Where nothing has changed since the last build, what SAM made then is uploaded: SAM takes seven seconds to find
    that out by itself.

    Raises
    ------
    LauncherError
        A SAM command failed; the details are the end of its output.
    """
    s3 = aws.clients.s3
    s3.create_bucket(Bucket=_BUCKET)
    with _only_one_build(tools.root / _FOLDER) as folder:
        packaged, made_of = folder / "packaged", folder / "packaged-of"
        sources = _digest(tools.root)
        if not made_of.exists() or made_of.read_text() != sources:
            made_of.unlink(missing_ok=True)
            shutil.rmtree(packaged, ignore_errors=True)
            packaged.mkdir()
            _run_sam(tools, aws, folder, packaged / _TEMPLATE)
            for uploaded in s3.list_objects_v2(Bucket=_BUCKET)["Contents"]:
                s3.download_file(_BUCKET, uploaded["Key"], str(packaged / uploaded["Key"]))
            made_of.write_text(sources)
        else:
            for path in packaged.iterdir():
                s3.upload_file(str(path), _BUCKET, path.name)
        # As `sam deploy` does it: with the request itself, no template may come that is longer than 51,200 bytes.
        template = without_metric_math((packaged / _TEMPLATE).read_text())
    s3.put_object(Bucket=_BUCKET, Key=_TEMPLATE, Body=template)
    return f"{aws.endpoint}/{_BUCKET}/{_TEMPLATE}"


def _run_sam(tools: Tools, aws: Target, folder: Path, template: Path) -> None:
    environment = sam_environment(tools, aws.temp) | {"AWS_ENDPOINT_URL": aws.endpoint}
    # samconfig.toml is for deploying to AWS: `sam deploy --guided` writes a person's choices into it.
    settings = aws.temp / "samconfig.toml"
    settings.touch()

    def sam(command: str, *arguments: str | Path) -> None:
        line = [tools.sam, command, "--config-file", settings, *arguments]
        run_to_end(f"sam {command}", line, env=environment, cwd=tools.root, log=aws.temp / f"{command}.log")

    build, cache = folder / "build", folder / "cache"
    sam("build", "--cached", "--parallel", "--build-dir", build, "--cache-dir", cache)
    sam(
        "package", "--template-file", build / "template.yaml", "--s3-bucket", _BUCKET,
        "--use-json", "--output-template-file", template,
    )  # fmt: skip


def _digest(root: Path) -> str:
    """A digest of all that a build is made of."""
    digest = sha256()
    for name in _SOURCES:
        top = root / name
        files = [top] if top.is_file() else sorted(path for path in top.rglob("*") if path.is_file())
        for path in files:
            if path.parent.name != "__pycache__":
                content = path.read_bytes()
                digest.update(f"{path.relative_to(root)} {len(content)}\n".encode() + content)
    return digest.hexdigest()


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
