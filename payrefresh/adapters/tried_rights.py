"""Rights, each tried: nothing says what the role of an integration may do but the API's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.adapters.commerce_layer.http import ApiRequest
from payment_refresh.adapters.commerce_layer.responses import NOT_FOUND
from payment_refresh.errors import NotFound, PermissionMissing, ServerError
from payrefresh.ports import May

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payment_refresh.adapters.commerce_layer.http import Transport

NO_ID = "payrefresh-tries-its-right"
"""No record's id: longer than any, and with hyphens."""


def may_read(transport: Transport, resource: str) -> May:
    """Try to list records of a type, one of them."""
    return _try(transport, ApiRequest(f"/api/{resource}"), {"page[size]": "1"}, resource, May.UNKNOWN_TYPE)


def may_update(transport: Transport, resource: str) -> May:
    """Try to update a record that cannot exist: who may not is refused before any record is looked for."""
    body = {"data": {"type": resource, "id": NO_ID, "attributes": {"metadata": {}}}}
    request = ApiRequest(f"/api/{resource}/{NO_ID}", method="PATCH", body=body)
    return _try(transport, request, {}, resource, May.YES)


def _try(
    transport: Transport, request: ApiRequest, params: Mapping[str, str], resource: str, not_found: May
) -> May:
    """Call; a 404 without a record's code is the edge's own, and says that there is no such type."""
    try:
        # Sparse fields: no secret of a payment or of a gateway comes along.
        transport.call(request, {f"fields[{resource}]": "created_at", **params})
    except PermissionMissing:
        return May.NO
    except NotFound:
        return not_found
    except ServerError as error:
        if error.status != NOT_FOUND:
            raise
        return May.UNKNOWN_TYPE
    return May.YES
