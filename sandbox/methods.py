"""Payment methods: one for each gateway and each way to go on after an authorization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.gateways import payment_type_of
from sandbox.payments import PAYMENT_KINDS
from sandbox.store import Record, new_id
from sandbox.transactions import money

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from sandbox.store import Ref, Store


def payment_method(store: Store, gateway: Ref, wanted: Mapping[str, bool], now: str, ids: random.Random) -> Record:
    """Give the payment method of a gateway that has `wanted`; it is made the first time."""
    payment_type = payment_type_of(gateway.type)
    own: dict[str, Any] = {"payment_source_type": payment_type, **wanted}
    for method in store.all("payment_methods"):
        if method.one["payment_gateway"] == gateway and own.items() <= method.attributes.items():
            return method
    attributes = {
        "name": PAYMENT_KINDS[payment_type].method_name,
        "currency_code": "EUR",
        "moto": False,
        "require_capture": True,
        **money("price_amount", 0),
        **own,
        "created_at": now,
        "updated_at": now,
        "metadata": {},
    }
    return store.add(Record("payment_methods", new_id(ids), attributes, one={"payment_gateway": gateway}))
