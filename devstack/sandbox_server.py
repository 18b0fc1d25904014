"""The sandbox as a child process: a made-up organization with a gateway behind it, and its control interface."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from devstack.environment import server_environment
from devstack.errors import LauncherError
from devstack.organization import INCLUDED, TOPICS, Organization
from devstack.processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from devstack.environment import Tools
    from devstack.processes import Child

_READY_WITHIN_S = 30.0
_LATE = 0.1
_JSON_API = "application/vnd.api+json"


@dataclass(frozen=True, slots=True)
class SandboxServer:
    """A running sandbox: its organization, its process, and its control interface."""

    organization: Organization
    process: Child
    _http: httpx.Client

    def register_webhooks(self, callback_url: str) -> dict[str, list[str]]:
        """Register one webhook for each topic, as an organization's owner would; return the secrets by topic."""
        token = self._token()
        return {topic: [self._register(topic, f"{callback_url}/{topic}", token)] for topic in TOPICS}

    def start_scenario(self, *, loss: float, **scenario: object) -> None:
        """Let orders come in, with every kind of story that the sandbox knows."""
        late = min(_LATE, 1 - loss)  # of the webhooks that are not lost, some come late
        messy = {"mix": "messy", "loss": loss, "late": late}
        _checked(self._http.post("/_sandbox/scenario", json=messy | scenario))

    def scenario(self) -> Mapping[str, Any]:
        """Return how far the scenario is."""
        scenario: Mapping[str, Any] = _json(self._http.get("/_sandbox/scenario"))
        return scenario

    def truth(self, *, observe: bool, policy: Mapping[str, float] | None = None) -> list[Mapping[str, Any]]:
        """Return what really happened, one entry for each payment.

        Parameters
        ----------
        observe
            Whether the watcher may only look.
        policy
            Seconds of its policy, as the sandbox names them.
        """
        asked: dict[str, str] = {"refreshing": "false" if observe else "true"}
        asked |= {name: str(seconds) for name, seconds in (policy or {}).items()}
        orders: list[Mapping[str, Any]] = _json(self._http.get("/_sandbox/truth", params=asked))["orders"]
        return orders

    def ledger(self) -> list[Mapping[str, Any]]:
        """Return what each order costs and holds, and where it stands."""
        orders: list[Mapping[str, Any]] = _json(self._http.get("/_sandbox/orders"))["orders"]
        return orders

    def calls(self) -> Mapping[str, Any]:
        """Return what the API counted since it started."""
        calls: Mapping[str, Any] = _json(self._http.get("/_sandbox/calls"))
        return calls

    def secrets(self) -> Mapping[str, Sequence[str]]:
        """Return every secret that the organization has and gave out since it started, by what it is."""
        secrets: Mapping[str, Sequence[str]] = _json(self._http.get("/_sandbox/secrets"))
        return secrets

    def _token(self) -> str:
        grant = {
            "grant_type": "client_credentials",
            "client_id": self.organization.client_id,
            "client_secret": self.organization.client_secret,
        }
        token: str = _json(self._http.post("/oauth/token", json=grant))["access_token"]
        return token

    def _register(self, topic: str, callback_url: str, token: str) -> str:
        attributes = {
            "name": f"Payment Refresh {topic}",
            "topic": topic,
            "callback_url": callback_url,
            "include_resources": list(INCLUDED),
        }
        answer = self._http.post(
            "/api/webhooks",
            json={"data": {"type": "webhooks", "attributes": attributes}},
            headers={"Authorization": f"Bearer {token}", "Content-Type": _JSON_API, "Accept": _JSON_API},
        )
        secret: str = _json(answer)["data"]["attributes"]["shared_secret"]
        return secret


@contextmanager
def sandbox_server(tools: Tools, temp: Path) -> Iterator[SandboxServer]:
    """Run a sandbox on a free loopback port for as long as the body runs."""
    port_file, log = temp / "sandbox.port", temp / "sandbox.log"
    command: list[str | Path] = [tools.python, "-m", "sandbox", "--port", "0", "--port-file", port_file]
    with running("The sandbox", command, env=server_environment(temp), cwd=tools.root, log=log) as process:
        process.wait_until(lambda: port_file.exists() and port_file.read_text().strip() != "", _READY_WITHIN_S)
        url = f"http://127.0.0.1:{int(port_file.read_text())}"
        with httpx.Client(base_url=url, timeout=10.0, trust_env=False) as http:
            credentials = _json(http.get("/_sandbox/credentials"))
            organization = Organization(
                base_url=url,
                auth_url=f"{url}/oauth/token",
                slug=credentials["organization"],
                mode=credentials["mode"],
                client_id=credentials["client_id"],
                client_secret=credentials["client_secret"],
            )
            yield SandboxServer(organization, process, http)


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        request = f"{answer.request.method} {answer.request.url.path}"
        raise LauncherError(
            f"The sandbox answered {answer.status_code} to {request}:", answer.text.splitlines()[:20]
        )
    return answer


def _json(answer: httpx.Response) -> Any:
    return _checked(answer).json()
