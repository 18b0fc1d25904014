"""Commerce Layer in memory, for many calls: it remembers what stands, and none of the calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.payment import PaymentKey
from tests.support.commerce_layer import FakeCommerceLayer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(slots=True, kw_only=True)
class SimulatedCommerceLayer(FakeCommerceLayer):
    """A `FakeCommerceLayer` to which nothing is scripted: what goes wrong is the weather's part."""

    def find_orders(
        self, payment_type: str, payment_ids: Sequence[str], on_sent: Callable[[], None]
    ) -> Mapping[str, str | None]:
        """Give the order ids of payments; of one whose order was deleted, None."""
        on_sent()
        keys = [PaymentKey(payment_type, id_) for id_ in payment_ids]
        found = {key.id: self.payments[key] for key in keys if key in self.payments}
        return {id_: order_id if order_id in self.orders else None for id_, order_id in found.items()}

    def _called(self, method: str, *about: str) -> None:
        """Remember nothing."""
