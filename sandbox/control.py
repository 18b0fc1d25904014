"""The control API under /_sandbox: switches, faults, orders by hand, scenarios, truth and counters."""

from __future__ import annotations

import dataclasses
import random
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.gateways import show_switches
from sandbox.given_out import given_out
from sandbox.ledger import ledger
from sandbox.manual import act, make_order
from sandbox.requests import read_json
from sandbox.scenario import Scenario
from sandbox.store import epoch
from sandbox.truth import truth
from sandbox.watcher import Watcher
from sandbox.webhooks import set_circuits

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from sandbox.world import World


class Control:
    """What tests and the launcher steer a sandbox with. It asks for no credentials: loopback only."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ids = random.Random(2)  # noqa: S311 - ids of orders made by hand, nothing secret

    def routes(self) -> list[Route]:
        """Give everything below /_sandbox."""
        table: dict[str, dict[str, Callable[[Request], Awaitable[Response]]]] = {
            "health": {"GET": self.health},
            "credentials": {"GET": self.credentials},
            "switches": {"GET": self.switches, "PUT": self.set_switches},
            "faults": {"GET": self.faults, "PUT": self.set_faults},
            "orders": {"GET": self.orders, "POST": self.make_order},
            "orders/{id}/actions": {"POST": self.act},
            "tokens/revoke": {"POST": self.revoke_tokens},
            "webhooks": {"PUT": self.set_circuits},
            "scenario": {"GET": self.scenario, "POST": self.start_scenario},
            "truth": {"GET": self.truth},
            "calls": {"GET": self.calls},
            "secrets": {"GET": self.secrets},
        }
        return [
            Route(f"/_sandbox/{path}", endpoint, methods=[method])
            for path, methods in table.items()
            for method, endpoint in methods.items()
        ]

    async def health(self, _request: Request) -> Response:
        """Answer that it serves."""
        return JSONResponse({"status": "ok"})

    async def credentials(self, _request: Request) -> Response:
        """Give what a client needs; beside it, credentials that are wrong in one way each."""
        config = self._world.config
        shown: dict[str, object] = {"organization": config.organization, "mode": config.mode}
        for name, client in config.clients.items():
            pair = {"client_id": client.client_id, "client_secret": client.client_secret}
            shown |= {name: pair} if name else pair
        return JSONResponse(shown)

    async def switches(self, _request: Request) -> Response:
        """Show all switches."""
        return JSONResponse(dataclasses.asdict(self._world.switches))

    async def set_switches(self, request: Request) -> Response:
        """Turn the switches named in the body; the others stay."""
        self._world.switches.update(await _object(request))
        show_switches(self._world.store, self._world.switches)
        return await self.switches(request)

    async def faults(self, _request: Request) -> Response:
        """Show the rules in force, with their hits."""
        return JSONResponse({"faults": self._world.faults.show()})

    async def set_faults(self, request: Request) -> Response:
        """Put the rules of the body in force, in place of all others."""
        body = await _object(request)
        rules = body.get("faults")
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            raise ValueError('faults must be {"faults": [{"route": ..., "kind": ...}, ...], "seed": 0}')
        self._world.faults.replace(rules, seed=body.get("seed", 0))
        return await self.faults(request)

    async def orders(self, _request: Request) -> Response:
        """Give what each order costs and holds, and where it stands."""
        return JSONResponse({"orders": list(ledger(self._world))})

    async def make_order(self, request: Request) -> Response:
        """Make one order by hand."""
        return JSONResponse(make_order(self._world, self._ids, await _object(request)), 201)

    async def act(self, request: Request) -> Response:
        """Let something happen to an order, by hand."""
        return JSONResponse(act(self._world, self._ids, request.path_params["id"], await _object(request)))

    async def revoke_tokens(self, _request: Request) -> Response:
        """Make every issued token invalid."""
        return JSONResponse({"revoked": self._world.tokens.revoke_all()})

    async def set_circuits(self, request: Request) -> Response:
        """Open or close the circuits of all webhooks, or of those of one topic."""
        return JSONResponse({"webhooks": set_circuits(self._world.store, await _object(request))})

    async def scenario(self, _request: Request) -> Response:
        """Give how far the scenario is."""
        return JSONResponse(self._world.player.show())

    async def start_scenario(self, request: Request) -> Response:
        """Start a scenario; register webhooks before."""
        scenario = Scenario.read(await _object(request))
        self._world.player.start(scenario)
        return JSONResponse({**dataclasses.asdict(scenario), **self._world.player.show()}, 202)

    async def truth(self, request: Request) -> Response:
        """Give what a watcher must have ended with; `?refreshing=false` for one that only observes.

        `?act_on_orders_after=` (ISO 8601) is for one that only observes older orders; `?late_after_s=`,
        `?carts_end_after_s=`, `?echo_s=` and `?skew_s=` are seconds that `Watcher` explains.
        """
        asked = request.query_params
        after = asked.get("act_on_orders_after")
        names = ("late_after_s", "carts_end_after_s", "echo_s", "skew_s")
        seconds = {name: float(asked[name]) for name in names if name in asked}
        watcher = Watcher(refreshing=asked.get("refreshing", "true") == "true", **seconds)
        rows = truth(self._world, watcher, None if after is None else epoch(after))
        return JSONResponse({"orders": rows})

    async def calls(self, _request: Request) -> Response:
        """Give the counters of API calls, and of webhook deliveries."""
        return JSONResponse({**self._world.calls.show(), "webhook_deliveries": dict(self._world.delivery.counts)})

    async def secrets(self, _request: Request) -> Response:
        """Give every secret that was made or given out, to search what a run left behind for them."""
        return JSONResponse(given_out(self._world))


async def control_error(request: Request, error: Exception) -> Response:
    """Answer what cannot be done with the reason; in the API itself, such an error is a fault of the sandbox."""
    if not request.url.path.startswith("/_sandbox/"):
        raise error
    return JSONResponse({"error": str(error)}, 400)


async def _object(request: Request) -> dict[str, Any]:
    body = await read_json(request)
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")
    return body
