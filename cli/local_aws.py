"""The local AWS: ministack as a child process on a free loopback port, with IAM enforced."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from cli.clients import Clients
from cli.environment import Tools, server_environment
from cli.processes import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.processes import Child

_READY_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class LocalAws:
    """A running local AWS: where it is, clients for it, its process, and a folder that is removed with it."""

    endpoint: str
    clients: Clients
    process: Child
    temp: Path


@contextmanager
def local_aws(tools: Tools | None = None) -> Iterator[LocalAws]:
    """Run an empty local AWS for as long as the body runs.

    Nothing is deployed on it. Afterwards nothing of it is left: no process, no port in use, no file.
    """
    tools = tools or Tools.find()
    with tempfile.TemporaryDirectory(prefix="payrefresh-") as folder:
        temp = Path(folder)
        port = free_port()
        endpoint = f"http://127.0.0.1:{port}"
        environment = server_environment(temp) | {
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "AUTH": "true",
            # Listeners of their own, which BIND_HOST does not move to the loopback interface.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
        }
        log = temp / "local-aws.log"
        with running("The local AWS", [tools.ministack], env=environment, cwd=temp, log=log) as process:
            process.wait_until(lambda: answers(f"{endpoint}/_ministack/health"), _READY_WITHIN_S)
            clients = Clients.connect(endpoint)
            try:
                yield LocalAws(endpoint, clients, process, temp)
            finally:
                clients.close()


def answers(url: str) -> bool:
    """Whether a server answers 200 at `url`."""
    try:
        return httpx.get(url, timeout=1.0, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
