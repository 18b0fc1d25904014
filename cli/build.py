"""Builds the project with SAM CLI and packages it for CloudFormation, as for AWS."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cli.environment import sam_environment
from cli.processes import run_to_end

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.environment import Tools
    from cli.local_aws import LocalAws

BUCKET = "artifacts"


def build_and_package(tools: Tools, aws: LocalAws) -> str:
    """Build the functions and the layer, upload them to the local S3, and return the template that names them.

    The build is cached in `.aws-sam/`, where `sam build` by hand keeps it as well.

    Raises
    ------
    LauncherError
        A SAM command failed; the details are the end of its output.
    """
    environment = sam_environment(tools, aws.temp) | {"AWS_ENDPOINT_URL": aws.endpoint}
    packaged = aws.temp / "packaged.yaml"
    aws.clients.s3.create_bucket(Bucket=BUCKET)
    with _only_one_build(tools):
        build: list[str | Path] = [
            tools.sam,
            "build",
            "--cached",
            "--parallel",
            "--template-file",
            "template.yaml",
        ]
        run_to_end("sam build", build, env=environment, cwd=tools.root, log=aws.temp / "build.log")
        package: list[str | Path] = [
            tools.sam, "package", "--s3-bucket", BUCKET, "--output-template-file", packaged,
            "--template-file", ".aws-sam/build/template.yaml",
        ]  # fmt: skip
        run_to_end("sam package", package, env=environment, cwd=tools.root, log=aws.temp / "package.log")
    return packaged.read_text()


@contextmanager
def _only_one_build(tools: Tools) -> Iterator[None]:
    # Two builds at once, say of a run and of a test, would write the same files.
    folder = tools.root / ".aws-sam"
    folder.mkdir(exist_ok=True)
    with (folder / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
