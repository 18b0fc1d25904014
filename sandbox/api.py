"""The endpoints of the organization: the token, and JSON:API resources by the table of types."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.edge import MEDIA_TYPE
from sandbox.edge_answers import page_not_found
from sandbox.errors import ApiError, not_found, unauthorized, validation_error
from sandbox.gateways import GATEWAY_TYPES, pull_triggers
from sandbox.oddities import REFRESH_LAGS
from sandbox.query import parse_query
from sandbox.requests import admit, read_attributes, read_json
from sandbox.resources import PAYMENT_TYPES, TYPES
from sandbox.restrictions import restrict
from sandbox.store import Record, Ref, new_id
from sandbox.tokens import TokenRefused
from sandbox.webhooks import new_webhook, update_webhook

if TYPE_CHECKING:
    from starlette.requests import Request

    from sandbox.documents import Renderer
    from sandbox.query import Query
    from sandbox.schema import ResourceType
    from sandbox.world import World

_SHOWN_HEADERS = ("accept", "content-type", "content-length", "user-agent")


class Api:
    """The endpoints of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ids = random.Random(1)  # noqa: S311 - ids of webhooks, nothing secret

    def routes(self) -> list[Route]:
        """Give everything below /oauth and /api."""
        one = "/api/{type}/{id}"
        return [
            Route("/oauth/token", self.token, methods=["POST"]),
            Route("/api/{type}", self.list_page, methods=["GET"]),
            Route("/api/{type}", self.create, methods=["POST"]),
            Route(one, self.retrieve, methods=["GET"]),
            Route(one, self.update, methods=["PATCH"]),
            Route(one, self.delete, methods=["DELETE"]),
            Route(f"{one}/{{relation}}", self.related, methods=["GET"]),
        ]

    async def token(self, request: Request) -> Response:
        """POST /oauth/token."""
        try:
            return JSONResponse(self._world.tokens.issue(await read_json(request)))
        except TokenRefused as refusal:
            return JSONResponse(refusal.document, refusal.status)

    async def list_page(self, request: Request) -> Response:
        """GET a page of a type."""
        resource = admit(request, self._world.tokens, "list")
        records = [] if request.state.blind else list(self._world.store.all(resource.name))
        return self._page(request, resource, records)

    async def retrieve(self, request: Request) -> Response:
        """GET one record."""
        resource = admit(request, self._world.tokens, "retrieve")
        record = self._find(request)
        return _answer(self._world.renderer.one(record, self._single(request, resource)))

    async def related(self, request: Request) -> Response:
        """GET what a record is related to, e.g. the order of a payment."""
        resource = admit(request, self._world.tokens, "retrieve")
        record = self._find(request)
        relation = resource.relations.get(request.path_params["relation"])
        known = [TYPES[target] for target in relation.targets if target in TYPES] if relation else []
        if relation is None or not known:
            raise not_found()
        related = (self._world.store.get(ref) for ref in record.related(request.path_params["relation"]))
        records = [each for each in related if each is not None]
        if relation.many:
            return self._page(request, known[0], records)
        if not records:
            return _answer({"data": None})
        return _answer(self._world.renderer.one(records[0], self._single(request, TYPES[records[0].type])))

    async def create(self, request: Request) -> Response:
        """POST a record: a webhook, the one type that can be made."""
        resource = admit(request, self._world.tokens, "create")
        if request.state.blind:
            raise unauthorized()  # it would be a record of the other mode, which is not kept here
        query = self._single(request, resource)
        allowed = resource.creatable | {"_enable", "_disable"}
        attributes = await read_attributes(request, resource, allowed)
        webhook = new_webhook(new_id(self._ids), attributes, self._world.config.clock())
        self._world.store.add(webhook)
        return _answer(self._showing_secrets().one(webhook, query), 201)

    async def update(self, request: Request) -> Response:
        """PATCH a record: attributes and triggers."""
        if request.path_params["type"] in PAYMENT_TYPES:
            await self._note_refresh(request)
        resource = admit(request, self._world.tokens, "update")
        record = self._find(request)
        query = self._single(request, resource)
        attributes = await read_attributes(request, resource, resource.updatable | resource.triggers)
        if record.type in PAYMENT_TYPES:
            return self._update_payment(request, record, query, attributes)
        if record.type in GATEWAY_TYPES:
            pull_triggers(record, attributes, self._world.config.clock())
            return _answer(self._world.renderer.one(record, query))
        update_webhook(record, attributes, self._world.config.clock())
        is_new_secret = attributes.get("_regenerate_shared_secret") is True
        renderer = self._showing_secrets() if is_new_secret else self._world.renderer
        return _answer(renderer.one(record, query))

    async def delete(self, request: Request) -> Response:
        """DELETE a record."""
        admit(request, self._world.tokens, "delete")
        self._world.store.remove(self._find(request).ref)
        return Response(status_code=204)

    async def refused(self, request: Request, error: Exception) -> Response:
        """Answer with the error object of a refusal."""
        if not isinstance(error, ApiError):
            raise error
        switches = self._world.switches
        if error.status == 404 and switches.not_found_page:
            return page_not_found()
        if switches.unknown_type_page and request.path_params.get("type") not in TYPES:
            return page_not_found()
        shown = error.answered_as(switches.errors_as[error.code]) if error.code in switches.errors_as else error
        return _answer(shown.document(), shown.status)

    def _update_payment(
        self, request: Request, payment: Record, query: Query, attributes: dict[str, Any]
    ) -> Response:
        world = self._world
        plain = {name: value for name, value in attributes.items() if not name.startswith("_")}
        if plain:
            payment.attributes |= plain
            world.organization.touch(payment)
        renderer = world.renderer
        if attributes.get("_refresh"):
            intent = world.gateway.intents[payment.ref]
            known = world.store.get(intent.order)
            order_before = None if known is None else known.copy()
            with world.quiet(muted=world.switches.refresh_is_silent):
                confirmed = world.gateway.refresh(intent)
            intent.refreshes.append((request.scope["arrived_at"], world.config.clock()))
            if not confirmed and (status := world.switches.unconfirmed_refresh_status) != 200:
                refusal = validation_error("The payment has not been authorized by the gateway.", "_refresh")
                raise refusal if status == refusal.status else refusal.answered_as(f"{status} NOT_AUTHORIZED")
            if order_before and (world.switches.refresh_order_lags or REFRESH_LAGS in order_before.oddities):
                renderer, intent.lagged = self._showing(order_before), True
        return _answer(renderer.one(payment, query))

    def _showing_secrets(self) -> Renderer:
        """Give a renderer for the answer that makes a webhook's secret: it shows it in any case."""
        renderer = self._world.renderer
        return replace(renderer, switches=replace(renderer.switches, webhook_secrets_shown_once=False))

    def _showing(self, stale: Record) -> Renderer:
        """Give a renderer that shows one record as it was."""
        shown = self._world.renderer

        def lookup(ref: Ref) -> Record | None:
            return stale if ref == stale.ref else shown.lookup(ref)

        return replace(shown, lookup=lookup)

    async def _note_refresh(self, request: Request) -> None:
        self._world.calls.refreshes.append(
            {
                "method": request.method,
                "path": request.scope["path_as_sent"],
                "query": dict(request.query_params),
                "headers": {name: request.headers[name] for name in _SHOWN_HEADERS if name in request.headers},
                "body": await read_json(request),
            }
        )

    def _find(self, request: Request) -> Record:
        record = self._world.store.get(Ref(request.path_params["type"], request.path_params["id"]))
        if record is None or request.state.blind:
            raise not_found()
        return record

    def _single(self, request: Request, resource: ResourceType) -> Query:
        pairs = request.query_params.multi_items()
        updating = request.method == "PATCH"
        return parse_query(
            resource, restrict(resource, pairs, self._world.switches, updating=updating), single=True
        )

    def _page(self, request: Request, resource: ResourceType, records: list[Record]) -> Response:
        pairs = request.query_params.multi_items()
        query = parse_query(resource, restrict(resource, pairs, self._world.switches))
        found = query.select(records, self._world.store)
        if resource.name == "orders" and "filter[q][id_in]" in request.query_params:
            self._world.gateway.looked_at(found[: query.page_size])
        return _answer(self._world.renderer.page(found, query, request.scope["path_as_sent"], pairs))


def _answer(document: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(document), status, media_type=MEDIA_TYPE)


async def http_error(_request: Request, error: Exception) -> Response:
    """Answer an unknown path with the edge's page, and an unknown method with an error object."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 404:
        return page_not_found()
    code = "METHOD_NOT_ALLOWED" if error.status_code == 405 else "BAD_REQUEST"
    return _answer(ApiError(error.status_code, code, error.detail, error.detail).document(), error.status_code)
