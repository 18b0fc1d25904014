"""Interpret Commerce Layer's HTTP responses: return a document, or raise the error that says what to do.

Error codes: https://docs.commercelayer.io/core/handling-errors. The bodies of 5xx and 429 responses are not
specified, so nothing relies on them. Errors never contain text of a response, which may include a secret or a
shopper's data; only strings that look like an error code or a request id.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from payment_refresh.errors import (
    CommerceLayerError,
    CredentialsRefused,
    Declined,
    MayNotRead,
    MayNotUpdate,
    NotFound,
    RateLimited,
    RequestRefused,
    ServerError,
    Unavailable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]

QUERY_REFUSED = ("INVALID_INCLUDE", "INVALID_RESOURCE", "INVALID_FIELD")
"""Codes of the 400 to a relation, a type of sparse fields, or a field that the API does not know."""
INVALID_TOKEN = "INVALID_TOKEN"  # noqa: S105  an error code, not a token
RECORD_NOT_FOUND = "RECORD_NOT_FOUND"
"""The one code that speaks of a record. The edge in front of the API answers 404 with a page and no code."""

OK, CREATED, NO_CONTENT = 200, 201, 204
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_MANY_REQUESTS, SERVER_ERROR = 401, 403, 404, 429, 500

_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_SECONDS = re.compile(r"[0-9]{1,6}")

RIGHTS: Mapping[str, str] = {"POST": "create", "PATCH": "update", "DELETE": "delete"}
"""What a role may not do where it is refused, by the request's method; else it may not read."""

CLASSES: Mapping[int, type[CommerceLayerError]] = {
    NOT_FOUND: NotFound,
    409: Declined,
    422: Declined,
    TOO_MANY_REQUESTS: RateLimited,
}


def read_answer(
    status: int, headers: Mapping[str, str], content: bytes, what: str, *, success: int = OK
) -> Document:
    """Return the response's document; a response without content is an empty one.

    Parameters
    ----------
    what
        Method and path, for the error's message; the method also determines which right is missing.
    success
        The one status that the request succeeds with.

    Raises
    ------
    CommerceLayerError
        The subclass says what to do; with status, code and request id.
    """
    document = {} if status == success == NO_CONTENT else read_json(content)
    if status == success and document is not None:
        return document
    code = read_code(document)
    details: dict[str, Any] = {"status": status, "code": code, "request_id": _request_id(headers)}
    if status >= SERVER_ERROR:
        raise ServerError(f"{what} answered {status}", **details)
    if status == success:
        raise ServerError(f"{what} answered {status} with no JSON document", **details)
    if status == NOT_FOUND and code != RECORD_NOT_FOUND:
        raise ServerError(f"{what} answered {status} without {RECORD_NOT_FOUND}", **details)
    if status == TOO_MANY_REQUESTS:
        details["retry_after"] = _seconds(headers.get("retry-after"))
    refused = f"{what} answered {status} {code or ''}".rstrip()
    if status == FORBIDDEN or (status == UNAUTHORIZED and code != INVALID_TOKEN):
        raise _permission_missing(what, refused, details)
    raise (CredentialsRefused if status == UNAUTHORIZED else CLASSES.get(status, RequestRefused))(
        refused, **details
    )


def read_token_answer(status: int, headers: Mapping[str, str], content: bytes) -> Document:
    """Return the token endpoint's document; any 4xx but 429 is reported as `CredentialsRefused`.

    Raises
    ------
    CredentialsRefused
        The client id or secret is wrong.
    CommerceLayerError
        As `read_answer`.
    """
    try:
        return read_answer(status, headers, content, "the token endpoint")
    except (RateLimited, Unavailable):
        raise
    except CommerceLayerError as error:
        raise CredentialsRefused(
            f"the token endpoint answered {error.reason}: "
            "the client id or client secret in the API secret is wrong",
            status=status,
            code=error.code,
            request_id=error.request_id,
        ) from None


def read_json(content: bytes) -> Document | None:
    """Parse a JSON object; None if it is not one."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def read_code(document: Document | None) -> str | None:
    """Read the first error's code; auth errors are a single object, API errors a list."""
    errors = (document or {}).get("errors")
    first = errors[0] if isinstance(errors, list) and errors else errors
    code = first.get("code") if isinstance(first, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def _permission_missing(what: str, refused: str, details: dict[str, Any]) -> CommerceLayerError:
    method, _, path = what.partition(" ")
    resource = path.removeprefix("/api/").partition("/")[0]
    right = RIGHTS.get(method, "read")
    kind = MayNotRead if right == "read" else MayNotUpdate
    return kind(
        f"{refused}: the integration's role may not {right} {resource}; give it that permission", **details
    )


def _request_id(headers: Mapping[str, str]) -> str | None:
    """Read the request's id for Commerce Layer's support; answers that the edge makes have none."""
    request_id = headers.get("x-request-id", "")
    return request_id if _REQUEST_ID.fullmatch(request_id) else None


def _seconds(value: str | None) -> float | None:
    """Read Retry-After; 0 is absent, since the edge writes it into every answer of its own."""
    return (float(value) or None) if value is not None and _SECONDS.fullmatch(value) else None
