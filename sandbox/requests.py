"""Checks that every API request must pass: media types, a token with the right, for writes a JSON:API body."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sandbox.edge import MEDIA_TYPE
from sandbox.errors import ApiError, bad_request, not_found, param_missing, param_not_allowed, unauthorized
from sandbox.resources import SOURCE_TYPES, TYPES
from sandbox.versions import FIRST

if TYPE_CHECKING:
    from starlette.requests import Request

    from sandbox.schema import ResourceType
    from sandbox.tokens import Tokens


def admit(request: Request, tokens: Tokens, method: str) -> ResourceType:
    """Let a request in, and give the resource type it is about.

    `method` is what it wants: ``list``, ``retrieve``, ``create``, ``update`` or ``delete``. The request's state
    says whether its client is `blind`: a token of the other mode sees no record.

    Raises
    ------
    ApiError
        406 and 415 for media types, 401 ``INVALID_TOKEN`` or ``UNAUTHORIZED``, 404 for an unknown type, 405.
    """
    accept = request.headers.get("accept", "")
    if accept != MEDIA_TYPE:
        detail = f"All requests must use the '{MEDIA_TYPE}' Accept. This request specified '{accept}'."
        raise ApiError(406, "NOT_ACCEPTABLE", "Not acceptable", detail)
    content_type = request.headers.get("content-type", "")
    if method in ("create", "update") and content_type != MEDIA_TYPE:
        detail = f"All writes must use the '{MEDIA_TYPE}' Content-Type. This request specified '{content_type}'."
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type", detail)
    client = tokens.check(request.headers.get("authorization"))
    resource = TYPES.get(request.path_params["type"])
    if resource is None or (resource.name in SOURCE_TYPES and request.scope["version"] != FIRST):
        raise not_found()
    if method not in resource.methods:
        raise ApiError(
            405, "METHOD_NOT_ALLOWED", "Method not allowed", f"{resource.name} cannot be {method}d here."
        )
    if not tokens.has_right(client, method, resource.name):
        raise unauthorized()
    request.state.blind = client.other_mode
    return resource


async def read_attributes(request: Request, resource: ResourceType, allowed: frozenset[str]) -> dict[str, Any]:
    """Give the attributes of a write, all of them allowed.

    Raises
    ------
    ApiError
        400 that names what is missing, unknown or not that of the URL.
    """
    body = await read_json(request)
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict):
        raise param_missing("data")
    if data.get("type") != resource.name:
        detail = f"{data.get('type')} is not a valid resource here."
        raise bad_request("INVALID_RESOURCE", "Invalid resource", detail)
    record_id = request.path_params.get("id")
    if record_id is not None and data.get("id") != record_id:
        detail = f"The URL does not support the key {data.get('id')}"
        raise bad_request("KEY_NOT_INCLUDED_IN_URL", "Key is not included in URL", detail)
    attributes = data.get("attributes", {})
    if not isinstance(attributes, dict):
        raise param_missing("attributes")
    for name in attributes:
        if name not in allowed:
            raise param_not_allowed(name)
    return attributes


async def read_json(request: Request) -> Any:
    """Give the parsed body; None when it is no JSON."""
    try:
        return json.loads(await request.body())
    except ValueError:
        return None
