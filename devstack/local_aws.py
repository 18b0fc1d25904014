"""The local AWS: ministack as a child process on a free loopback port, with IAM enforced."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from devstack.clients import Clients
from devstack.environment import Tools, server_environment
from devstack.processes import free_port, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from devstack.processes import Child

_READY_WITHIN_S = 30.0


@dataclass(slots=True)
class LocalAws:
    """A running local AWS: where it is, clients for it, its process, and a folder that is removed with it."""

    endpoint: str
    clients: Clients
    temp: Path
    _run: Callable[[], AbstractContextManager[Child]]
    process: Child = field(init=False)
    _running: ExitStack = field(default_factory=ExitStack, init=False)

    def start(self) -> None:
        """Start the process and wait until it answers."""
        self.process = self._running.enter_context(self._run())
        self.process.wait_until(lambda: answers(f"{self.endpoint}/_ministack/health"), _READY_WITHIN_S)

    def stop(self) -> None:
        """Stop the process, in a way in which it can still write its state down."""
        self._running.close()


@contextmanager
def local_aws(tools: Tools | None = None, *, keeps_state: bool = False) -> Iterator[LocalAws]:
    """Run an empty local AWS for as long as the body runs.

    Nothing is deployed on it. Afterwards nothing of it is left: no process, no port in use, no file.

    Parameters
    ----------
    keeps_state
        Whether it can be stopped and started again with all that it holds. It does not outlive a kill.
    """
    tools = tools or Tools.find()
    with tempfile.TemporaryDirectory(prefix="devstack-") as folder:
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
        if keeps_state:
            folders = {"STATE_DIR": str(temp / "state"), "S3_DATA_DIR": str(temp / "s3")}
            environment |= {"PERSIST_STATE": "1", "S3_PERSIST": "1", **folders}

        def run() -> AbstractContextManager[Child]:
            log = temp / "local-aws.log"
            return running("The local AWS", [tools.ministack], env=environment, cwd=temp, log=log)

        aws = LocalAws(endpoint, Clients.connect(endpoint), temp, run)
        try:
            aws.start()
            yield aws
        finally:
            aws.clients.close()
            aws.stop()


def answers(url: str) -> bool:
    """Whether a server answers 200 at `url`."""
    try:
        return httpx.get(url, timeout=1.0, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
