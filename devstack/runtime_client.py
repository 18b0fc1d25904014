"""Runs the deployed functions under AWS's own runtime client, which the local AWS does not use by itself.

The local AWS would run them in a worker of its own: no log format, no stack traces, a new environment after each
error. As a custom runtime, a function is started by a `bootstrap` file instead; ours starts `awslambdaric`, as AWS
does. Code and layer are what was deployed: both are taken from the local AWS, and only the bootstrap is added.
"""

from __future__ import annotations

import io
import shlex
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef

    from devstack.clients import Clients
    from devstack.deployment import Target
    from devstack.environment import Tools

_SHORTEST_TIMEOUT_S = 60
"""On a busy machine with few cores, half a second of Lambda can take ten."""


CUSTOM_RUNTIME: Final = "provided.al2023"


def uses_runtime_client(clients: Clients, function: str) -> bool:
    """Whether a function starts under the runtime client already."""
    return clients.functions.get_function(FunctionName=function)["Configuration"]["Runtime"] == CUSTOM_RUNTIME


def use_runtime_client(aws: Target, tools: Tools, function: str, layer_folder: Path) -> None:
    """Make `function` start under the runtime client, with its layers and with the local AWS as its AWS.

    Nothing is done where it does already.

    Parameters
    ----------
    layer_folder
        Where its layers are unpacked to; it must outlive the function.
    """
    functions = aws.clients.functions
    deployed = functions.get_function(FunctionName=function)
    configuration = deployed["Configuration"]
    if configuration["Runtime"] == CUSTOM_RUNTIME:
        return
    layers = [_unpacked_layer(aws, layer["Arn"], layer_folder) for layer in configuration["Layers"]]
    variables = configuration["Environment"]["Variables"] | {"AWS_ENDPOINT_URL": aws.endpoint}
    bootstrap = _bootstrap(configuration, tools.runtime_python, layers)
    functions.update_function_code(
        FunctionName=function, ZipFile=_with_bootstrap(_download(deployed["Code"]["Location"]), bootstrap)
    )
    functions.update_function_configuration(
        FunctionName=function,
        Runtime=CUSTOM_RUNTIME,
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
    archive = io.BytesIO()
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o100755 << 16  # an executable file
    with zipfile.ZipFile(io.BytesIO(code)) as deployed, zipfile.ZipFile(archive, "w") as files:
        for each in deployed.infolist():
            if each.filename != entry.filename:  # an update may leave it, but not the custom runtime
                files.writestr(each, deployed.read(each))
        files.writestr(entry, bootstrap)
    return archive.getvalue()


def _unpacked_layer(aws: Target, arn: str, layer_folder: Path) -> Path:
    """Return the folder with the layer's files, which on AWS is /opt; it is named by what is in it."""
    content = aws.clients.functions.get_layer_version_by_arn(Arn=arn)["Content"]
    folder = layer_folder / content["CodeSha256"].replace("/", "_")
    if not folder.exists():
        layer_folder.mkdir(parents=True, exist_ok=True)
        # Unpacked beside its place: one that is there is whole, whatever was stopped when.
        with tempfile.TemporaryDirectory(dir=layer_folder, ignore_cleanup_errors=True) as beside:
            unpacked = Path(beside) / "layer"
            with zipfile.ZipFile(io.BytesIO(_download(content["Location"]))) as files:
                files.extractall(unpacked)
            if not folder.exists():
                unpacked.rename(folder)
    return folder


def _download(location: str) -> bytes:
    answer = httpx.get(location, timeout=30.0, trust_env=False)
    return answer.raise_for_status().content
