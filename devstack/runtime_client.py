"""Runs the deployed functions under AWS's own runtime client, which the local AWS does not use by itself.

The local AWS would run them in a worker of its own: no log format, no stack traces, a new environment after each
error. As a custom runtime, a function is started by a `bootstrap` file instead; ours starts `awslambdaric`, as AWS
does. Code and layer are what was deployed: both are taken from the local AWS, and only the bootstrap is added.
"""

from __future__ import annotations

import io
import shlex
import zipfile
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef

    from devstack.environment import Tools
    from devstack.local_aws import LocalAws

_SHORTEST_TIMEOUT_S = 60
"""On a busy machine with few cores, half a second of Lambda can take ten."""


def use_runtime_client(aws: LocalAws, tools: Tools, function: str) -> None:
    """Make `function` start under the runtime client, with its layers and with the local AWS as its AWS."""
    functions = aws.clients.functions
    deployed = functions.get_function(FunctionName=function)
    configuration = deployed["Configuration"]
    layers = [_unpacked_layer(aws, layer["Arn"]) for layer in configuration["Layers"]]
    variables = configuration["Environment"]["Variables"] | {"AWS_ENDPOINT_URL": aws.endpoint}
    bootstrap = _bootstrap(configuration, tools.runtime_python, layers)
    functions.update_function_code(
        FunctionName=function, ZipFile=_with_bootstrap(_download(deployed["Code"]["Location"]), bootstrap)
    )
    functions.update_function_configuration(
        FunctionName=function,
        Runtime="provided.al2023",
        Environment={"Variables": variables},
        Timeout=max(_SHORTEST_TIMEOUT_S, configuration["Timeout"]),
    )


def _bootstrap(configuration: FunctionConfigurationTypeDef, python: Path, layers: Sequence[Path]) -> bytes:
    """Return the file that starts the function, with the variables that AWS sets and the local AWS does not."""
    logging = configuration["LoggingConfig"]
    variables = {
        "TZ": ":UTC",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{configuration['Runtime']}",
        "AWS_LAMBDA_LOG_GROUP_NAME": logging["LogGroup"],
        "AWS_LAMBDA_LOG_FORMAT": logging["LogFormat"],
        "AWS_LAMBDA_LOG_LEVEL": logging["ApplicationLogLevel"],
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    libraries = "".join(f":{shlex.quote(str(layer / 'python'))}" for layer in layers)
    lines.append(f'export PYTHONPATH="$LAMBDA_TASK_ROOT"{libraries}')
    lines.append(f'exec {shlex.quote(str(python))} -m awslambdaric "$_HANDLER"')
    return "\n".join(["#!/bin/sh", *lines, ""]).encode()


def _with_bootstrap(code: bytes, bootstrap: bytes) -> bytes:
    archive = io.BytesIO(code)
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o100755 << 16  # an executable file
    with zipfile.ZipFile(archive, "a") as files:
        files.writestr(entry, bootstrap)
    return archive.getvalue()


def _unpacked_layer(aws: LocalAws, arn: str) -> Path:
    """Return the folder with the layer's files, which on AWS is /opt."""
    folder = aws.temp / "layers" / arn.replace(":", "_")
    if not folder.exists():
        content = aws.clients.functions.get_layer_version_by_arn(Arn=arn)["Content"]
        with zipfile.ZipFile(io.BytesIO(_download(content["Location"]))) as files:
            files.extractall(folder)
    return folder


def _download(location: str) -> bytes:
    answer = httpx.get(location, timeout=30.0, trust_env=False)
    return answer.raise_for_status().content
