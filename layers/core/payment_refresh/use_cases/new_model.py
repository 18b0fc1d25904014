"""Orders of the new payments model, which nothing here can refresh: counted apart, and named in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.verdict import is_new_model
from payment_refresh.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payment_refresh.domain.order import Order
    from payment_refresh.ports import Log


def count_new_model(orders: Iterable[Order], log: Log) -> list[Metric]:
    """Name the metric once for each order of the new payments model; the log says which they are."""
    found = [order.id for order in orders if is_new_model(order)]
    for order_id in found:
        log.info("new_model_order", extra={"order_id": order_id})
    return [Metric.NEW_MODEL_ORDERS] * len(found)
